import { createCipheriv, createHmac, createPublicKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { CompactEncrypt, CompactSign } from 'jose';

/** A platform written by hand, from the words of the contract and without the client: right unless told otherwise. */
export interface Forged {
  readonly session: string;
  readonly key: Buffer;
  readonly digestKey: Buffer;
  readonly opening: string;
}

export async function openSession(about: {
  readonly tenant: string;
  readonly signer: { readonly kid: string; readonly privateKey: KeyObject };
  readonly intake: {
    readonly kid: string;
    readonly publicKey: { readonly kty: 'OKP'; readonly crv: 'X25519'; readonly x: string };
  };
  readonly now: Date;
  readonly lifeMs?: number;
  readonly named?: {
    readonly tenant?: string;
    readonly session?: string;
    readonly intakeKid?: string;
    readonly signerKid?: string;
  };
  readonly spoil?: (statement: string) => string;
  readonly plain?: string;
}): Promise<Forged> {
  const session = randomUUID();
  const key = randomBytes(32);
  const digestKey = randomBytes(32);
  const secret = {
    tenant: about.named?.tenant ?? about.tenant,
    session: about.named?.session ?? session,
    key: key.toString('base64url'),
    digestKey: digestKey.toString('base64url'),
    expires: new Date(about.now.getTime() + (about.lifeMs ?? 3_500_000)).toISOString(),
  };
  const jwe =
    about.plain ??
    (await new CompactEncrypt(Buffer.from(JSON.stringify(secret)))
      .setProtectedHeader({
        alg: 'ECDH-ES+A256KW',
        enc: 'A256GCM',
        typ: 'lethe-session+jwe',
        kid: about.named?.intakeKid ?? about.intake.kid,
      })
      .encrypt(createPublicKey({ key: about.intake.publicKey, format: 'jwk' })));
  const signed = await new CompactSign(Buffer.from(jwe))
    .setProtectedHeader({ alg: 'EdDSA', typ: 'lethe-session+jws', kid: about.named?.signerKid ?? about.signer.kid })
    .sign(about.signer.privateKey);
  const statement = about.spoil?.(signed) ?? signed;
  return { session, key, digestKey, opening: message('platform.session-opened.v1', { session, statement }) };
}

export const message = (type: string, data: unknown): string =>
  JSON.stringify({ specversion: '1.0', id: randomUUID(), source: 'platform', type, data });

const framed = (...texts: string[]): Buffer =>
  Buffer.concat(
    texts.map((text) => Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), Buffer.from(text)])),
  );

/** Seals bytes under a session as the contract says; `as` names another tenant, session or digest in the associated data. */
export function seal(
  tenant: string,
  { session, key, digestKey }: Forged,
  plain: Buffer,
  idempotencyKey: string,
  as: { tenant?: string; digest?: string } = {},
): { value: string; digest: string } {
  const digest =
    as.digest ?? createHmac('sha256', digestKey).update(`lethe/edge/1/key\n${tenant}\n${idempotencyKey}`).digest('hex');
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(framed('lethe/edge/1', as.tenant ?? tenant, session, digest));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  return {
    digest,
    value: message('platform.submission-sealed.v1', { session, digest, iv: iv.toString('base64url'), sealed }),
  };
}
