import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { Fault } from '@lethe/kernel';

/**
 * A sealed stream: magic 8 bytes, ephemeral public key 32, then chunks of ciphertext with their tag (16). Every chunk but the last
 * holds 64 KiB. A chunk's nonce is its number (11 bytes) and 1 for the last, else 0: the STREAM construction, so that chunks
 * cannot be moved, left out, repeated or cut off. The key is used for one stream only.
 */
const MAGIC = Buffer.from('LETHE\0S1');
const HEADER = MAGIC.length + 32;
const CHUNK = 64 * 1024;
const SEALED_CHUNK = CHUNK + 16;

const rawOf = (key: KeyObject): Buffer => Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url');
const publicFrom = (raw: Buffer): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: raw.toString('base64url') }, format: 'jwk' });

function streamKey(shared: Buffer, ephemeral: Buffer, recipient: Buffer): KeyObject {
  const info = Buffer.concat([MAGIC, ephemeral, recipient]);
  return createSecretKey(Buffer.from(hkdfSync('sha256', shared, Buffer.alloc(0), info, 32)));
}

function nonceOf(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 5, 6);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

const damaged = (what: string) => new Fault('invalid', 'sealing/damaged-stream', `sealed stream: ${what}`);

/** Cuts what flows through into pieces of `size`; the last piece (empty only if it is also the first) is known as the last. */
abstract class Chunked extends Transform {
  private held: Buffer[] = [];
  private length = 0;
  private number = 0;
  protected abstract readonly size: number;
  /** Bytes before the first piece; they are taken off by `begin`. */
  protected readonly before: number = 0;
  private begun = false;
  protected abstract piece(bytes: Buffer, number: number, last: boolean): Buffer;
  protected begin(_header: Buffer): void {}

  private cut(bytes: number): Buffer {
    const all = this.held.length === 1 ? this.held[0]! : Buffer.concat(this.held);
    this.held = all.length > bytes ? [all.subarray(bytes)] : [];
    this.length -= bytes;
    return all.subarray(0, bytes);
  }

  private start(): void {
    if (this.length < this.before) throw damaged('cut short');
    this.begin(this.cut(this.before));
    this.begun = true;
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.held.push(bytes);
      this.length += bytes.length;
      if (!this.begun && this.length >= this.before) this.start();
      // One byte more than a piece is needed: only then is it not the last.
      while (this.begun && this.length > this.size) this.push(this.piece(this.cut(this.size), this.number++, false));
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      if (!this.begun) this.start();
      this.push(this.piece(this.cut(this.length), this.number, true));
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}

class SealStream extends Chunked {
  protected override readonly size = CHUNK;
  private readonly key: KeyObject;
  constructor(recipient: Buffer) {
    super();
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    const ephemeral = rawOf(publicKey);
    this.key = streamKey(diffieHellman({ privateKey, publicKey: publicFrom(recipient) }), ephemeral, recipient);
    this.push(Buffer.concat([MAGIC, ephemeral]));
  }
  protected override piece(bytes: Buffer, number: number, last: boolean): Buffer {
    const cipher = createCipheriv('aes-256-gcm', this.key, nonceOf(number, last), { authTagLength: 16 });
    return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}

class OpenStream extends Chunked {
  protected override readonly size = SEALED_CHUNK;
  protected override readonly before = HEADER;
  private key: KeyObject | undefined;
  constructor(private readonly privateKey: KeyObject) {
    super();
  }
  protected override begin(header: Buffer): void {
    if (!header.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged('not one of ours');
    const ephemeral = header.subarray(MAGIC.length);
    try {
      const shared = diffieHellman({ privateKey: this.privateKey, publicKey: publicFrom(ephemeral) });
      this.key = streamKey(shared, ephemeral, rawOf(createPublicKey(this.privateKey)));
    } catch {
      throw damaged('no key can be agreed');
    }
  }
  protected override piece(bytes: Buffer, number: number, last: boolean): Buffer {
    // An empty last chunk stands only where the whole stream is empty.
    if (bytes.length < 16 || (bytes.length === 16 && number > 0)) throw damaged('cut short');
    const decipher = createDecipheriv('aes-256-gcm', this.key!, nonceOf(number, last), { authTagLength: 16 });
    decipher.setAuthTag(bytes.subarray(bytes.length - 16));
    const plain = decipher.update(bytes.subarray(0, bytes.length - 16));
    try {
      decipher.final();
      return plain;
    } catch {
      throw damaged(last ? 'altered, cut short, or for another key' : 'altered, or for another key');
    }
  }
}

/**
 * Encrypts a stream to a backup's public key (X25519, base64url of 32 bytes): an ephemeral key, HKDF-SHA-256, then AES-256-GCM
 * in chunks of 64 KiB that are numbered and the last of which is marked.
 * @throws Fault `invalid` when the key is none
 */
export function sealStream(publicKey: string): Transform {
  const raw = Buffer.from(publicKey, 'base64url');
  if (raw.length !== 32) throw new Fault('invalid', 'sealing/public-key', 'not an X25519 public key', 'publicKey');
  return new SealStream(raw);
}

/** Reverses `sealStream`. Errs with Fault `invalid` on any change, a missing end, or anything after the end; nothing is handed out unverified. */
export function openStream(privateKey: KeyObject): Transform {
  return new OpenStream(privateKey);
}
