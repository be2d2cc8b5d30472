import {
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  verify,
  type KeyObject,
} from 'node:crypto';
import { edgeAad, edgeDigest } from '@lethe/contracts';
import { digestKeyOf, EdgeSession, platformKeyOf, publicHalf } from './edge-session.ts';

const NOW = new Date('2026-11-22T17:20:00.000Z');
/** RFC 8032, 7.1, test 1. */
const RFC8032 = {
  d: Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex').toString('base64url'),
  x: Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex').toString('base64url'),
};
const signer = platformKeyOf('backend-1', { kty: 'OKP', crv: 'Ed25519', ...RFC8032 });

const hour = generateKeyPairSync('x25519');
const intake = {
  kid: '2026-11-22T17',
  publicKey: { kty: 'OKP' as const, crv: 'X25519' as const, x: hour.publicKey.export({ format: 'jwk' }).x! },
  until: '2026-11-22T18:00:00.000Z',
};
const json = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;

const lengthFirst = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
/** RFC 7518, 4.6.2: one round of the Concat KDF. */
const concatKdf = (secret: Buffer, algorithm: string, apu: string, apv: string, bits: number): Buffer => {
  const [round, size] = [Buffer.alloc(4), Buffer.alloc(4)];
  round.writeUInt32BE(1);
  size.writeUInt32BE(bits);
  const info = [
    lengthFirst(Buffer.from(algorithm)),
    lengthFirst(Buffer.from(apu)),
    lengthFirst(Buffer.from(apv)),
    size,
  ];
  return createHash('sha256')
    .update(Buffer.concat([round, secret, ...info]))
    .digest()
    .subarray(0, bits / 8);
};
/** Opens a compact JWE by hand: RFC 7518 ECDH-ES+A256KW over X25519 (RFC 8037), RFC 3394 key wrap, AES-256-GCM. */
function openJwe(jwe: string, privateKey: KeyObject): Record<string, unknown> {
  const [header, wrapped, iv, ciphertext, tag] = jwe.split('.') as [string, string, string, string, string];
  const { epk } = json(header) as { epk: { kty: string; crv: string; x: string } };
  const secret = diffieHellman({ privateKey, publicKey: createPublicKey({ key: epk, format: 'jwk' }) });
  const unwrap = createDecipheriv(
    'id-aes256-wrap',
    concatKdf(secret, 'ECDH-ES+A256KW', '', '', 256),
    Buffer.alloc(8, 0xa6),
  );
  const key = Buffer.concat([unwrap.update(Buffer.from(wrapped, 'base64url')), unwrap.final()]);
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'));
  decipher.setAAD(Buffer.from(header));
  decipher.setAuthTag(Buffer.from(tag, 'base64url'));
  return JSON.parse(
    Buffer.concat([decipher.update(Buffer.from(ciphertext, 'base64url')), decipher.final()]).toString('utf8'),
  ) as Record<string, unknown>;
}

describe('known answers', () => {
  test('the Concat KDF of these tests is that of RFC 7518, appendix C', () => {
    const z = Buffer.from([
      158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163, 218, 128, 106, 72,
      246, 218, 167, 121, 140, 254, 144, 196,
    ]);
    expect(concatKdf(z, 'A128GCM', 'Alice', 'Bob', 128).toString('base64url')).toBe('VqqN6vgjbSBcIijNcacQGg');
  });
});

describe('a session', () => {
  const opened = () => EdgeSession.open('damai', signer, digestKeyOf(signer), intake, NOW);

  test('opens by hand, without jose: signed by the platform, sealed to the hour', async () => {
    const session = await opened();
    const openings = session.openings(3);
    expect(openings.map(({ slot }) => slot)).toEqual([0, 1, 2]);
    const { type, data } = JSON.parse(openings[0]!.value) as {
      type: string;
      data: { session: string; statement: string };
    };
    expect([type, data.session]).toEqual(['platform.session-opened.v1', session.id]);
    const [header, payload, signature] = data.statement.split('.') as [string, string, string];
    expect(json(header)).toEqual({ alg: 'EdDSA', typ: 'lethe-session+jws', kid: 'backend-1' });
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: RFC8032.x }, format: 'jwk' });
    expect(verify(null, Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url'))).toBe(
      true,
    );
    const jwe = Buffer.from(payload, 'base64url').toString();
    expect(json(jwe.split('.')[0]!)).toMatchObject({
      alg: 'ECDH-ES+A256KW',
      enc: 'A256GCM',
      typ: 'lethe-session+jwe',
      kid: '2026-11-22T17',
    });
    expect(openJwe(jwe, hour.privateKey)).toMatchObject({
      tenant: 'damai',
      session: session.id,
      expires: '2026-11-22T18:20:00.000Z',
    });
  });

  test('seals a submission so that only its key, tenant, session and idempotency key open it', async () => {
    const session = await opened();
    const submission = { idempotencyKey: '13812345678', fields: { name: '张三' } };
    const digest = session.digest(submission.idempotencyKey);
    const { value } = session.seal(0, submission, digest);
    for (const secret of ['13812345678', '张三', 'fields']) expect(value).not.toContain(secret);
    const { statement } = (JSON.parse(session.openings(1)[0]!.value) as { data: { statement: string } }).data;
    const secret = openJwe(Buffer.from(statement.split('.')[1]!, 'base64url').toString(), hour.privateKey) as {
      key: string;
      digestKey: string;
    };
    const { data } = JSON.parse(value) as { data: { session: string; digest: string; iv: string; sealed: string } };
    expect(data.digest).toBe(
      createHmac('sha256', Buffer.from(secret.digestKey, 'base64url'))
        .update('lethe/edge/1/key\ndamai\n13812345678')
        .digest('hex'),
    );
    const open = (aad: Uint8Array) => {
      const bytes = Buffer.from(data.sealed, 'base64url');
      const decipher = createDecipheriv(
        'aes-256-gcm',
        Buffer.from(secret.key, 'base64url'),
        Buffer.from(data.iv, 'base64url'),
      );
      decipher.setAAD(aad);
      decipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8');
    };
    expect(JSON.parse(open(edgeAad('damai', session.id, digest)))).toEqual(submission);
    expect(() => open(edgeAad('other', session.id, digest))).toThrow();
    expect(() => open(edgeAad('damai', session.id, 'ab'.repeat(32)))).toThrow();
  });

  test('seals the same twice as two texts under one digest', async () => {
    const session = await opened();
    const seal = () =>
      JSON.parse(session.seal(0, { idempotencyKey: 'the-same-key' }, session.digest('the-same-key')).value) as {
        data: { iv: string; sealed: string; digest: string };
      };
    const [one, two] = [seal().data, seal().data];
    expect([one.digest === two.digest, one.iv === two.iv, one.sealed === two.sealed]).toEqual([true, false, false]);
  });

  test('ends an hour after its hour at the latest, whatever the platform\u2019s clock says', async () => {
    const late = await EdgeSession.open(
      'damai',
      signer,
      digestKeyOf(signer),
      intake,
      new Date('2026-11-22T23:00:00.000Z'),
    );
    expect(late.expires.toISOString()).toBe('2026-11-22T19:00:00.000Z');
  });

  test('refuses a submission that does not fit one message, before it is sent', async () => {
    const session = await opened();
    const big = { idempotencyKey: 'a-big-one', fields: 'x'.repeat(900_000) };
    expect(codeOf(() => session.seal(0, big, session.digest('a-big-one')))).toBe('client/too-large');
  });
});

test('idempotency keys are named alike by every process with the signing key, and by nobody else', () => {
  const again = platformKeyOf('another-kid', { kty: 'OKP', crv: 'Ed25519', ...RFC8032 });
  const other = platformKeyOf('backend-1', generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));
  const name = (key: typeof signer) => edgeDigest(digestKeyOf(key), 'damai', 'order-1');
  expect(name(again)).toBe(name(signer));
  expect(name(other)).not.toBe(name(signer));
  expect(
    digestKeyOf(signer)
      .export()
      .equals(Buffer.from(hkdfSync('sha256', Buffer.from(RFC8032.d, 'base64url'), '', 'lethe/edge/1/digest', 32))),
  ).toBe(true);
  expect(publicHalf(signer)).toBe(RFC8032.x);
});

test('a key that is not Ed25519 is refused', () => {
  expect(codeOf(() => platformKeyOf('backend-1', hour.privateKey.export({ format: 'jwk' })))).toBe(
    'client/not-ed25519',
  );
});

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}
