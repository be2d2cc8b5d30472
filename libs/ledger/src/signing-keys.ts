import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  hkdfSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@lethe/kernel';
import { publicKeys, type PublicKeys } from '@lethe/contracts';
import { writeDurably } from './durable-file.ts';

export type Use = 'certificate' | 'log' | 'receipt';
/** What erasure signs; consent signs receipts, with a key of its own. */
const CERTIFYING = ['certificate', 'log'] as const;

/** Of a public Ed25519 key, by its `x`: RFC 7638, RFC 8037. */
export const thumbprint = (x: string): string =>
  createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url');

const publicX = (key: KeyObject): string => {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  if (x === undefined) throw new Error('not an Ed25519 key');
  return x;
};

/**
 * The Ed25519 keys of a service, one for each use: one signs certificates, one checkpoints, one receipts of consent, so that
 * no signature of one kind can pose as the other. A key's id is its use and its RFC 7638 thumbprint.
 */
export class SigningKeys {
  private constructor(private readonly keys: ReadonlyMap<Use, KeyObject>) {}

  /** Keys that live as long as the process. */
  static generate(): SigningKeys {
    const uses: readonly Use[] = [...CERTIFYING, 'receipt'];
    return new SigningKeys(new Map(uses.map((use) => [use, generateKeyPairSync('ed25519').privateKey])));
  }

  /** Reads `<folder>/<use>.pem` (PKCS #8), readable by the owner only, making what is not there yet. */
  static async open(folder: string, uses: readonly Use[] = CERTIFYING): Promise<SigningKeys> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const keys = await Promise.all(uses.map(async (use) => [use, await keyIn(folder, use)] as const));
    return new SigningKeys(new Map(keys));
  }

  kid(use: Use): string {
    return `${use}.${thumbprint(publicX(this.key(use)))}`;
  }

  sign(use: Use, bytes: Uint8Array): Buffer {
    return sign(null, bytes, this.key(use));
  }

  /**
   * The key under which the entries of the replay list are chained, expanded from the private key of the log: whoever opens the
   * one needs the other, and there is no second file to lose.
   */
  entriesKey(): KeyObject {
    const { d } = this.key('log').export({ format: 'jwk' });
    if (d === undefined) throw new Error('not a private key');
    const seed = Buffer.from(d, 'base64url');
    const key = createSecretKey(Buffer.from(hkdfSync('sha256', seed, '', 'lethe/ledger/1/entries', 32)));
    seed.fill(0);
    return key;
  }

  private key(use: Use): KeyObject {
    const key = this.keys.get(use);
    if (key === undefined) throw new Error(`no key for ${use}`);
    return key;
  }

  /** As JWKS: what a verifier needs, and all it needs. */
  publicKeys(): PublicKeys {
    return publicKeys.parse({
      keys: [...this.keys.keys()].map((use) => ({
        kid: this.kid(use),
        kty: 'OKP',
        crv: 'Ed25519',
        x: publicX(this.key(use)),
      })),
    });
  }
}

async function keyIn(folder: string, use: Use): Promise<KeyObject> {
  const path = join(folder, `${use}.pem`);
  const pem = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (pem !== undefined) return createPrivateKey(pem);
  const made = generateKeyPairSync('ed25519').privateKey;
  await writeDurably(path, made.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600);
  return made;
}

/** A key to verify with. */
export interface VerifierKey {
  readonly kid: string;
  /** The 32 bytes of the public key. */
  readonly raw: Buffer;
  verify(bytes: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * Reads a JWKS file.
 * @throws Fault `invalid` when it is not one, or a key id is not that of its key
 */
export function verifierKeys(jwks: unknown): VerifierKey[] {
  const parsed = publicKeys.safeParse(jwks);
  if (!parsed.success) throw new Fault('invalid', 'ledger/public-keys', 'not a key file of Lethe (JWKS, Ed25519)');
  return parsed.data.keys.map(({ kid, kty, crv, x }) => {
    if (!kid.endsWith(`.${thumbprint(x)}`))
      throw new Fault('invalid', 'ledger/public-keys', 'a key id is not the thumbprint of its key');
    const key = createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
    return { kid, raw: Buffer.from(x, 'base64url'), verify: (bytes, signature) => verify(null, bytes, key, signature) };
  });
}
