import { inTopic } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import type { StoredRecord } from '@lethe/messaging';
import { startCollection, type Bench, type Tenant } from '../collection.contract.ts';
import { EdgeBench, face, START } from './edge.contract.ts';
import { openSession, seal, type Forged } from './forge.contract.ts';
import { IntakeReader } from './intake-reader.ts';
import type { Admitting } from './judging.ts';
import { Sessions } from './sessions.ts';

let bench: Bench;
let edge: EdgeBench;
beforeAll(async () => {
  bench = await startCollection();
  // Reads nothing by itself: each test hands its reader what the log would.
  edge = new EdgeBench(bench, { roundMs: 3_600_000 });
}, 120_000);
afterAll(async () => {
  await edge?.stop();
  await bench?.stop();
});

async function reading(name: string, intake: (real: Admitting) => Admitting = (real) => real) {
  const tenant = await bench.tenant(name, START);
  const subject = await tenant.person('u-1');
  await tenant.consent(subject, 'face-verification', 1, 'given', 'separate');
  const signer = await edge.registered(tenant);
  const session = await openSession({
    tenant: tenant.id,
    signer,
    intake: await edge.edge.intakeKey(tenant.id, edge.now()),
    now: edge.now(),
  });
  const { context } = bench.running;
  const reader = new IntakeReader(
    tenant.id,
    context,
    intake(bench.service.intake),
    new Sessions(context.database, bench.keyring),
  );
  const read = (from: number, ...values: string[]) =>
    reader.read({
      topic: inTopic(tenant.id),
      slot: 3,
      records: values.map((value, index) => recordAt(from + index, value)),
    });
  const sealed = (value: string) => submissionOf(tenant, session, face(subject, value));
  return { tenant, session, reader, read, sealed };
}
const recordAt = (offset: number, value: string): StoredRecord => ({
  number: 0,
  incarnation: '',
  id: '',
  value,
  offset: BigInt(offset),
});
const submissionOf = (tenant: Tenant, session: Forged, submission: ReturnType<typeof face>): string =>
  seal(tenant.id, session, Buffer.from(JSON.stringify(submission)), submission.idempotencyKey).value;

test('what the log lost before it was read is evidence; what is read again changes nothing', async () => {
  const { tenant, read } = await reading('reader-holes');
  expect(await read(0, 'bad')).toEqual({ kind: 'go-on', next: 1n });
  expect(await read(5, 'bad')).toEqual({ kind: 'go-on', next: 6n });
  const seen = await edge.refusals(tenant);
  expect(seen.map(({ code, offset, size }) => [code, offset, size])).toEqual(
    expect.arrayContaining([
      ['hole', 1, 4],
      ['not-json', 0, 3],
      ['not-json', 5, 3],
    ]),
  );
  expect(await read(0, 'bad', 'bad')).toEqual({ kind: 'go-on', next: 6n });
  expect(await edge.refusals(tenant)).toHaveLength(seen.length);
});

test('while a store is away everything waits, nothing is set aside, and the position stands', async () => {
  let away = true;
  const { tenant, session, reader, read, sealed } = await reading('reader-away', (real) => ({
    collect: (...asked) =>
      away ? Promise.reject(new Fault('unavailable', 'sealing/away', 'away')) : real.collect(...asked),
  }));
  const values = [session.opening, sealed('one')];
  expect(await read(0, ...values)).toMatchObject({ kind: 'pause', next: 0n });
  expect([await reader.from(inTopic(tenant.id), 3), await tenant.count('intake_waiting')]).toEqual([undefined, 0]);
  away = false;
  expect(await read(0, ...values)).toEqual({ kind: 'go-on', next: 2n });
  expect(await tenant.count('part')).toBe(1);
});

test('a submission that fails by itself waits aside, sealed; the others are admitted, and it is answered when it can be', async () => {
  let ill = true;
  const isIll = (fields: unknown) => ill && JSON.stringify(fields).includes('ill-value');
  const { tenant, session, reader, read, sealed } = await reading('reader-ill', (real) => ({
    collect: (of, submissions, at) =>
      submissions.some(({ fields }) => isIll(fields))
        ? Promise.reject(new Error('a mistake of ours'))
        : real.collect(of, submissions, at),
  }));
  expect(await read(0, session.opening, sealed('one'), sealed('ill-value'), sealed('three'))).toEqual({
    kind: 'go-on',
    next: 4n,
  });
  expect([
    await tenant.count('part'),
    await tenant.count('intake_waiting'),
    await tenant.count('intake_waiting', `value like '%ill-value%'`),
  ]).toEqual([2, 1, 0]);
  expect(await reader.retryWaiting()).toBe(0);
  ill = false;
  expect(await reader.retryWaiting()).toBe(1);
  expect([await tenant.count('part'), await tenant.count('intake_waiting')]).toEqual([3, 0]);
});

test('two readers of one slot: the slower one finds the position moved, and nothing is counted twice', async () => {
  const { tenant, session, read, sealed } = await reading('reader-two');
  const values = [session.opening, sealed('one'), 'bad'];
  const outcomes = await Promise.all([read(0, ...values), read(0, ...values)]);
  expect(outcomes.map(({ next }) => next)).toEqual([3n, 3n]);
  expect([await tenant.count('part'), (await edge.refusals(tenant)).length]).toEqual([1, 1]);
});
