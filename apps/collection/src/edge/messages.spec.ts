import { createPrivateKey, createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { edgeAad, edgeDigest } from '@lethe/contracts';
import type { Database, TenantId } from '@lethe/kernel';
import type { Keyring } from '@lethe/sealing';
import { arrived, unseal } from './messages.ts';
import { Sessions } from './sessions.ts';

const vector = JSON.parse(readFileSync(new URL('edge.vector.json', import.meta.url), 'utf8')) as {
  tenant: TenantId;
  session: string;
  statement: string;
  submission: Record<string, unknown>;
  signer: { kid: string; x: string };
  intake: { kid: string; d: string; x: string };
  secret: { key: string; digestKey: string; expires: string };
  message: { digest: string; aad: string; iv: string; sealed: string };
};
const { tenant, session, message } = vector;
const AT = new Date('2026-11-22T17:20:00.000Z');

/** One registered key and one living intake key. */
function sessions(key = { kid: vector.signer.kid, x: vector.signer.x, ended_at: null as Date | null }): Sessions {
  const { d, x, kid } = vector.intake;
  const intake = createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', d, x }, format: 'jwk' });
  const database = {
    within: (_: TenantId, work: (sql: unknown) => unknown) => work({ query: () => Promise.resolve([key]) }),
  } as unknown as Database;
  const keyring = {
    intakeKeys: { open: (_: TenantId, asked: string) => Promise.resolve(asked === kid ? intake : undefined) },
  } as unknown as Keyring;
  return new Sessions(database, keyring);
}

describe('known answers, made by another implementation', () => {
  test('a session is believed and its secret read', async () => {
    const believed = await sessions().believe(tenant, session, vector.statement, AT);
    if ('code' in believed) throw new Error(believed.code);
    expect(believed.open.key.export().toString('base64url')).toBe(vector.secret.key);
    expect(believed.open.digestKey.export().toString('base64url')).toBe(vector.secret.digestKey);
    expect(believed.stored).toMatchObject({
      session,
      signer: 'backend-1',
      intakeKid: '2026-11-22T17',
      expires: new Date(vector.secret.expires),
    });
  });

  test('a sealed submission opens to what was sealed', () => {
    const open = {
      tenant,
      session,
      key: createSecretKey(Buffer.from(vector.secret.key, 'base64url')),
      digestKey: createSecretKey(Buffer.from(vector.secret.digestKey, 'base64url')),
      expires: AT,
    };
    expect(unseal(open, { kind: 'sealed', session, ...message })).toEqual({ submission: vector.submission });
  });

  test('the digest of an idempotency key and the associated data are those of the vector', () => {
    expect(
      edgeDigest(
        createSecretKey(Buffer.from(vector.secret.digestKey, 'base64url')),
        tenant,
        String(vector.submission['idempotencyKey']),
      ),
    ).toBe(message.digest);
    expect(Buffer.from(edgeAad(tenant, session, message.digest)).toString('hex')).toBe(message.aad);
  });
});

test('no byte of a statement can be changed', async () => {
  const { statement } = vector;
  for (let at = 0; at < statement.length; at += 7) {
    if (statement[at] === '.') continue;
    const changed = `${statement.slice(0, at)}${statement[at] === 'A' ? 'Q' : 'A'}${statement.slice(at + 1)}`;
    const believed = await sessions().believe(tenant, session, changed, AT);
    // The last characters of a base64url text may carry bits that mean nothing.
    if (!('code' in believed))
      expect(
        Buffer.from(changed.split('.')[2]!, 'base64url').equals(Buffer.from(statement.split('.')[2]!, 'base64url')),
      ).toBe(true);
  }
});

test('a signer whose key was ended is a stranger', async () => {
  expect(await sessions({ ...vector.signer, ended_at: AT }).believe(tenant, session, vector.statement, AT)).toEqual({
    code: 'unknown-signer',
  });
});

test.each([
  ['one minute before its end', '2026-11-22T18:19:00.000Z', undefined],
  ['two minutes after its end', '2026-11-22T18:22:00.000Z', 'session-expired'],
  ['two hours before its end', '2026-11-22T16:20:00.000Z', 'session-too-long'],
])('a session stated %s', async (_, at, code) => {
  const believed = await sessions().believe(tenant, session, vector.statement, new Date(at));
  expect('code' in believed ? believed.code : undefined).toBe(code);
});

test('what is deeper than any message of ours is not read, and brackets inside a text count for nothing', () => {
  const codeOf = (value: string) => {
    const read = arrived({ number: 0, incarnation: '', id: '', value, offset: 0n });
    return read.kind === 'bad' ? read.code : read.kind;
  };
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  expect(codeOf(nested(16))).toBe('not-a-message');
  expect(codeOf(nested(17))).toBe('not-json');
  // Many, yet none within another.
  expect(codeOf(`[${Array.from({ length: 40 }, () => '{}').join(',')}]`)).toBe('not-a-message');
  expect(codeOf(JSON.stringify({ text: '[{'.repeat(40) }))).toBe('not-a-message');
  expect(codeOf(JSON.stringify({ text: '"\\"[{'.repeat(40) }))).toBe('not-a-message');
});
