import { createHash, randomBytes } from 'node:crypto';
import type { PlatformKey } from '@lethe/client';
import { inTopic } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { startCollection, type Bench, type Tenant } from '../collection.contract.ts';
import { EdgeBench, face, makeKey, START } from './edge.contract.ts';
import { message, openSession, seal, type Forged } from './forge.contract.ts';

let bench: Bench;
let edge: EdgeBench;
let tenant: Tenant;
let other: Tenant;
let subject: SubjectRef;
let key: PlatformKey;
let otherKey: PlatformKey;
beforeAll(async () => {
  bench = await startCollection();
  edge = new EdgeBench(bench);
  [tenant, other] = [await bench.tenant('bad-input', START), await bench.tenant('somebody-else', START)];
  key = await edge.registered(tenant);
  otherKey = await edge.registered(other, makeKey('other-1'));
  subject = await tenant.person('u-1');
  await tenant.consent(subject, 'face-verification', 1, 'given', 'separate');
}, 120_000);
afterAll(async () => {
  await edge?.stop();
  await bench?.stop();
});

/** Everything that may be wrong in turn. */
interface Kit {
  readonly good: Forged;
  open(wrong?: Partial<Parameters<typeof openSession>[0]>): Promise<Forged>;
  seal(
    plain: Buffer | object,
    about?: { session?: Forged; as?: { tenant?: string; digest?: string }; key?: string },
  ): { value: string; digest: string };
}
const MARK = 'MARK-13812345678';
const submission = (idempotencyKey = newId()) => face(subject, MARK, idempotencyKey);

async function kit(): Promise<Kit> {
  const intake = await edge.edge.intakeKey(tenant.id, edge.now());
  const open: Kit['open'] = (wrong = {}) =>
    openSession({ tenant: tenant.id, signer: key, intake, now: edge.now(), ...wrong });
  const good = await open();
  return {
    good,
    open,
    seal: (plain, about = {}) => {
      const bytes = Buffer.isBuffer(plain) ? plain : Buffer.from(JSON.stringify(plain));
      const idempotencyKey = about.key ?? ('idempotencyKey' in plain ? String(plain.idempotencyKey) : 'key-of-nothing');
      return seal(tenant.id, about.session ?? good, bytes, idempotencyKey, about.as);
    },
  };
}

let offset = 0;
/** Sends into one slot, a good session before and a good submission after; what the bad one came to. */
async function send(bad: readonly string[], { good, seal: sealed }: Kit) {
  const topic = inTopic(tenant.id);
  const behind = submission();
  const after = sealed(behind);
  const from = offset;
  const values = [good.opening, ...bad, after.value];
  await bench.log.append(
    topic,
    0,
    values.map((value) => ({ number: 0, incarnation: 'platform', id: '', value })),
  );
  offset += values.length;
  const answer = (digest: string) => edge.answers(tenant).find(({ data }) => data['digest'] === digest)?.data;
  expect(await eventually(() => answer(after.digest), { what: 'the answer to the one behind' })).toMatchObject({
    outcome: 'admitted',
  });
  return { evidence: (await edge.refusals(tenant)).filter((each) => each.offset >= from), answer, first: from + 1 };
}

type Case = readonly [
  what: string,
  code: string,
  make: (
    kit: Kit,
  ) =>
    | Promise<{ values: string[]; digest?: string; field?: string }>
    | { values: string[]; digest?: string; field?: string },
];
const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const asMessage = ({ value, digest }: { value: string; digest: string }, field?: string) => ({
  values: [value],
  digest,
  ...(field === undefined ? {} : { field }),
});

const cases: readonly Case[] = [
  ['text that is no JSON', 'not-json', () => ({ values: [`hello ${MARK}`] })],
  ['an empty message', 'not-json', () => ({ values: [''] })],
  ['JSON that is no message', 'not-a-message', () => ({ values: [JSON.stringify({ name: MARK })] })],
  ['JSON a hundred thousand levels deep', 'not-json', () => ({ values: [deep(100_000)] })],
  [
    '5 MB',
    'too-large',
    () => ({ values: [message('platform.submission-sealed.v1', { sealed: MARK.repeat(330_000) })] }),
  ],
  [
    'a fence nobody asked for',
    'not-a-message',
    () => ({
      values: [
        JSON.stringify({
          specversion: '1.0',
          id: newId(),
          source: 'lethe/collection',
          type: 'collection.intake-fence.v1',
        }),
      ],
    }),
  ],
  [
    'a submission under a session nobody opened',
    'unknown-session',
    async (k) => asMessage(k.seal(submission(), { session: await k.open() })),
  ],
  [
    'a submission whose ciphertext was changed',
    'not-sealed',
    (k) => {
      const { value, digest } = k.seal(submission());
      const json = JSON.parse(value) as { data: { sealed: string } };
      json.data.sealed = `${json.data.sealed.startsWith('A') ? 'B' : 'A'}${json.data.sealed.slice(1)}`;
      return asMessage({ value: JSON.stringify(json), digest });
    },
  ],
  [
    'a submission cut short',
    'not-sealed',
    (k) => {
      const { value, digest } = k.seal(submission());
      const json = JSON.parse(value) as { data: { sealed: string } };
      json.data.sealed = json.data.sealed.slice(0, 12);
      return asMessage({ value: JSON.stringify(json), digest });
    },
  ],
  [
    'a submission sealed for another tenant',
    'not-sealed',
    (k) => asMessage(k.seal(submission(), { as: { tenant: 'somebody-else' } })),
  ],
  [
    'a submission under a digest that is not its key’s',
    'not-its-digest',
    (k) => asMessage(k.seal(submission(), { as: { digest: 'ab'.repeat(32) } }), 'idempotencyKey'),
  ],
  ['sealed bytes that are no UTF-8', 'bad-utf8', (k) => asMessage(k.seal(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])))],
  ['sealed text that is no JSON', 'not-json', (k) => asMessage(k.seal(Buffer.from(MARK)))],
  ['sealed JSON that is too deep', 'not-json', (k) => asMessage(k.seal(Buffer.from(`{"fields":${deep(5_000)}}`)))],
  [
    'a submission without a person',
    'invalid',
    (k) => asMessage(k.seal({ ...submission(), subject: undefined }), 'subject'),
  ],
  [
    'a field’s value of a wrong kind',
    'invalid',
    (k) => asMessage(k.seal({ ...submission(), fields: { 'face-image': { [MARK]: 1 } } }), 'fields'),
  ],
  ['something a submission has no place for', 'invalid', (k) => asMessage(k.seal({ ...submission(), [MARK]: 1 }))],
  [
    'a key that reaches for the prototype',
    'invalid',
    (k) =>
      asMessage(
        k.seal(
          Buffer.from(
            JSON.stringify({ ...submission(), purpose: 7 }).replace('"purpose"', '"__proto__":{"a":1},"purpose"'),
          ),
        ),
        'purpose',
      ),
  ],
  [
    'a session with a forged signature',
    'forged-signature',
    async (k) => ({ values: [(await k.open({ signer: { kid: key.kid, privateKey: makeKey().privateKey } })).opening] }),
  ],
  [
    'a session whose statement was changed',
    'forged-signature',
    async (k) => ({
      values: [
        (await k.open({ spoil: (s) => s.replace(/\.(.)/, (_, c: string) => `.${c === 'A' ? 'B' : 'A'}`) })).opening,
      ],
    }),
  ],
  [
    'a session of another tenant’s signer',
    'unknown-signer',
    async (k) => ({ values: [(await k.open({ signer: otherKey })).opening] }),
  ],
  [
    'a session that names another tenant',
    'foreign-tenant',
    async (k) => ({ values: [(await k.open({ named: { tenant: 'somebody-else' } })).opening] }),
  ],
  [
    'a session that names another session',
    'not-its-session',
    async (k) => ({ values: [(await k.open({ named: { session: newId() } })).opening] }),
  ],
  [
    'a session sealed to another tenant’s intake key',
    'broken-jwe',
    async (k) => ({ values: [(await k.open({ intake: await edge.edge.intakeKey(other.id, edge.now()) })).opening] }),
  ],
  [
    'a session sealed to an hour whose key is gone',
    'intake-key-gone',
    async (k) => ({ values: [(await k.open({ named: { intakeKid: '2026-01-01T00' } })).opening] }),
  ],
  [
    'a signed text that is no JWE',
    'broken-jwe',
    async (k) => ({ values: [(await k.open({ plain: 'not a jwe' })).opening] }),
  ],
  [
    'a session that has ended',
    'session-expired',
    async (k) => ({ values: [(await k.open({ lifeMs: -120_000 })).opening] }),
  ],
  [
    'a session for a day',
    'session-too-long',
    async (k) => ({ values: [(await k.open({ lifeMs: 86_400_000 })).opening] }),
  ],
  [
    'a statement that is no JWS',
    'not-signed',
    async () => ({ values: [message('platform.session-opened.v1', { session: newId(), statement: 'a.b.c' })] }),
  ],
];

test.each(cases)('%s: refused as %s with evidence and never the payload; the next flows', async (_, code, make) => {
  const tools = await kit();
  const { values, digest, field } = await make(tools);
  const { evidence, answer, first } = await send(values, tools);
  expect(evidence).toEqual([
    {
      topic: inTopic(tenant.id),
      slot: 0,
      offset: first,
      code,
      sha256: createHash('sha256').update(values[0]!).digest('hex'),
      size: Buffer.byteLength(values[0]!),
    },
  ]);
  if (digest !== undefined)
    expect(answer(digest)).toMatchObject({
      outcome: 'refused',
      refusal: { code, ...(field === undefined ? {} : { field }) },
    });
});

test('of all that was refused nothing is kept in a table, a log line or an answer', async () => {
  const rows = await bench.data.admin.transaction((sql) =>
    sql.query<{ row: string }>(
      `select to_jsonb(r)::text as row from intake_refusal r union all select to_jsonb(w)::text from intake_waiting w union all select value from outbox`,
    ),
  );
  const kept = [
    ...rows.map(({ row }) => row),
    ...bench.lines,
    ...edge.answers(tenant).map((each) => JSON.stringify(each)),
  ].join('\n');
  expect(rows.length).toBeGreaterThan(cases.length);
  expect(kept).not.toContain('MARK-');
});

test('bytes that are no UTF-8 keep their own hash as evidence', async () => {
  const { arrived, evidenceOf } = await import('./messages.ts');
  const raw = randomBytes(64).fill(0xff, 0, 8);
  const record = { number: 0, incarnation: '', id: '', value: raw.toString('utf8'), raw, offset: 0n };
  expect(arrived(record)).toEqual({ kind: 'bad', code: 'bad-utf8' });
  expect(evidenceOf(record)).toEqual({ sha256: createHash('sha256').update(raw).digest('hex'), size: 64 });
});
