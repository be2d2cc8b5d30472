import { afterAll, expect, test } from '@jest/globals';
import { Lethe, type Statement } from '@lethe/client';
import { http } from '@lethe/contracts';
import { verifyCertificate } from '@lethe/ledger';
import { parkedRoute } from '@lethe/platform';
import { eventually, WHOLE_LETHE } from '@lethe/testing';
import { at, begun, ended, type Life } from './life.contract.ts';

afterAll(ended);

/** A store of the platform under a name of its own; how often it was asked. */
async function store(life: Life, participant: string, statement: () => Statement | undefined) {
  const asked: string[] = [];
  const platform = new Lethe({
    addresses: life.running!.url,
    token: () => life.instance.token('backend'),
    participant,
  });
  await platform.onErasure(({ request }) => {
    asked.push(request);
    const said = statement();
    return said === undefined ? Promise.reject(new Error('says nothing yet')) : Promise.resolve(said);
  });
  return { asked, close: () => platform.close() };
}

/** No answer is taken while this stands: as if erasure had been put back to before the first. */
const NOT_YET = [
  `create function not_yet() returns trigger language plpgsql as $$ begin raise exception 'not yet' using errcode = '55P03'; end $$`,
  `create trigger not_yet before update on request_participant for each row when (new.done_at is not null) execute function not_yet()`,
];

test('answers to an order of erasure are said again when erasure, the log and every outbox have lost them; who was silent is waited for (I24)', async () => {
  const life = await begun();
  await life.round(1);
  const subject = life.people[0]!;
  const held = (await life.instance.ask('officer', http.Holdings, { params: { subject } })).holdings;
  const parts = held.reduce((sum, one) => sum + one.parts, 0);
  expect(parts).toBeGreaterThan(0);
  await life.stop();
  await life.offline(NOT_YET, 'lethe_erasure');
  await life.start();
  const archive = { found: 4, deleted: 4, rescan: 0 };
  let speaks = false;
  let answering = await store(life, 'archive', () => archive);
  let quiet = await store(life, 'quiet', () => (speaks ? { found: 1, deleted: 1, rescan: 0 } : undefined));
  const { request } = await life.instance.platform().askErasure({
    ...{ subject, kind: 'erasure', identity: { method: 'login-and-code', verifiedAt: at } },
    idempotencyKey: 'answers-lost',
  });
  const waiting = async () => [...(await life.instance.platform().request(request)).waitingFor].sort();
  await eventually(async () => quiet.asked.length > 0 && answering.asked.length > 0, WHOLE_LETHE);
  expect(await waiting()).toEqual(['archive', 'collection', 'consent', 'quiet', 'retention']);
  await Promise.all([answering.close(), quiet.close()]);
  await life.stop();
  await life.keepOlder('erasure');
  for (const database of ['lethe_erasure', 'lethe_older'])
    await life.offline(['drop trigger not_yet on request_participant', 'drop function not_yet'], database);
  await life.start();

  // Everybody but one has answered, and erasure knows it.
  answering = await store(life, 'archive', () => archive);
  await eventually(async () => (await waiting()).join() === 'quiet', WHOLE_LETHE);
  await answering.close();
  await life.stop();

  await life.putBackOlder('erasure');
  // More than seven days pass.
  await life.offline([`delete from event_log where topic ~ '^lethe[.]'`], 'lethe_log');
  for (const service of ['collection', 'consent', 'retention'])
    await life.offline([`delete from outbox where topic ~ '^lethe[.]'`], `lethe_${service}`);
  await life.start();
  expect((await life.recover('erasure', 'one')).state).toBe('proposed');
  expect((await life.recover('erasure', 'two')).state).toBe('recovered');

  // Services say again what they had said; of what stores of the platform said nobody but they know.
  await eventually(async () => (await waiting()).join() === 'archive,quiet', WHOLE_LETHE);
  answering = await store(life, 'archive', () => archive);
  quiet = await store(life, 'quiet', () => (speaks ? { found: 1, deleted: 1, rescan: 0 } : undefined));
  await eventually(async () => (await waiting()).join() === 'quiet', WHOLE_LETHE);
  await eventually(() => quiet.asked.length > 0, WHOLE_LETHE);
  expect((await life.instance.platform().request(request)).certificate).toBeUndefined();
  speaks = true;
  const certificate = await eventually(
    async () => (await life.instance.platform().request(request)).certificate,
    WHOLE_LETHE,
  );
  await Promise.all([answering.close(), quiet.close()]);

  const document = await life.instance.platform().certificate(certificate);
  const verified = verifyCertificate(document, await life.instance.ask('auditor', http.LedgerKeys));
  expect(verified).toMatchObject({ ok: true, findings: [] });
  const said = Object.fromEntries(
    verified.document!.certificate.participants.map(({ participant, ...counts }) => [participant, counts]),
  );
  expect(said).toMatchObject({
    archive: { found: 4, deleted: 4, rescan: 0 },
    collection: { found: parts, deleted: parts, rescan: 0 },
    consent: { deleted: 0, rescan: 0 },
    quiet: { found: 1, deleted: 1, rescan: 0 },
    retention: { rescan: 0 },
  });
  for (const service of ['consent', 'collection', 'retention', 'erasure'] as const)
    await eventually(async () => {
      const { parked, stopped } = await life.instance.ask('operator', parkedRoute(service));
      return parked.length + stopped.length === 0;
    }, WHOLE_LETHE);
  await life.stop();
}, 300_000);
