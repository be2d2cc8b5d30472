import {
  createCipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hkdfSync,
  randomBytes,
  randomUUID,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import {
  EDGE_MESSAGE_BYTES,
  edgeAad,
  edgeDigest,
  SESSION_JWE,
  SESSION_JWS,
  SESSION_MS,
  type http,
} from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import { CompactEncrypt, CompactSign } from 'jose';
import type { z } from 'zod';
import type { EdgeMessage } from './edge-log.ts';

/** The platform's Ed25519 key: the private half stays here, the public half is registered with Lethe under the kid. */
export interface PlatformKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}
export type IntakeKey = z.output<(typeof http.IntakeKey)['answer']>;

/** @throws Fault `invalid` for what is not an Ed25519 private key */
export function platformKeyOf(kid: string, jwk: JsonWebKey): PlatformKey {
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw new Fault('invalid', 'client/not-ed25519', 'the signing key must be Ed25519', 'key');
  return { kid, privateKey };
}

export const publicHalf = ({ privateKey }: PlatformKey): string =>
  createPublicKey(privateKey).export({ format: 'jwk' }).x!;

/**
 * The key under which idempotency keys are named in topics: always the same for one signing key, so that an answer can be matched
 * also after a restart; nobody without that key can try out idempotency keys.
 */
export function digestKeyOf({ privateKey }: PlatformKey): KeyObject {
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d!, 'base64url');
  const bytes = Buffer.from(hkdfSync('sha256', seed, '', 'lethe/edge/1/digest', 32));
  const key = createSecretKey(bytes);
  seed.fill(0);
  bytes.fill(0);
  return key;
}

/** An hour of sealed submissions. The key is nowhere but here and, sealed to the hour's intake key, in Lethe's topic. */
export class EdgeSession {
  private constructor(
    readonly tenant: string,
    readonly id: string,
    readonly expires: Date,
    private readonly statement: string,
    private readonly key: KeyObject,
    private readonly digestKey: KeyObject,
  ) {}

  static async open(
    tenant: string,
    platform: PlatformKey,
    digestKey: KeyObject,
    intake: IntakeKey,
    now: Date,
  ): Promise<EdgeSession> {
    const id = randomUUID();
    const bytes = randomBytes(32);
    const expires = new Date(Math.min(now.getTime() + SESSION_MS, Date.parse(intake.until) + SESSION_MS));
    const secret = {
      tenant,
      session: id,
      key: bytes.toString('base64url'),
      digestKey: digestKey.export().toString('base64url'),
      expires: expires.toISOString(),
    };
    const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify(secret)))
      .setProtectedHeader({ ...SESSION_JWE, kid: intake.kid })
      .encrypt(createPublicKey({ key: intake.publicKey, format: 'jwk' }));
    const statement = await new CompactSign(Buffer.from(jwe))
      .setProtectedHeader({ ...SESSION_JWS, kid: platform.kid })
      .sign(platform.privateKey);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return new EdgeSession(tenant, id, expires, statement, key, digestKey);
  }

  /** The opening, for every slot: it stands before what is sealed under it. */
  openings(slots: number): EdgeMessage[] {
    return Array.from({ length: slots }, (_, slot) =>
      this.message(slot, 'platform.session-opened.v1', { session: this.id, statement: this.statement }),
    );
  }

  /** @throws Fault `invalid` `client/too-large` */
  seal(slot: number, submission: { readonly idempotencyKey: string }, digest: string): EdgeMessage {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv, { authTagLength: 16 });
    cipher.setAAD(edgeAad(this.tenant, this.id, digest));
    const sealed = Buffer.concat([
      cipher.update(JSON.stringify(submission), 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ]).toString('base64url');
    const message = this.message(slot, 'platform.submission-sealed.v1', {
      session: this.id,
      digest,
      iv: iv.toString('base64url'),
      sealed,
    });
    if (message.value.length > EDGE_MESSAGE_BYTES)
      throw new Fault('invalid', 'client/too-large', 'a submission does not fit one message', 'fields');
    return message;
  }

  digest(idempotencyKey: string): string {
    return edgeDigest(this.digestKey, this.tenant, idempotencyKey);
  }

  private message(slot: number, type: string, data: Readonly<Record<string, string>>): EdgeMessage {
    const id = randomUUID();
    return { slot, id, value: JSON.stringify({ specversion: '1.0', id, source: 'platform', type, data }) };
  }
}
