import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Lethe, Submission } from '@lethe/client';
import { http } from '@lethe/contracts';
import { tenantId, type SubjectRef } from '@lethe/kernel';
import { canonical, verifyCertificate } from '@lethe/ledger';
import { KafkaEventLog } from '@lethe/messaging';
import { duplicates, listeners, misheard, quiet, unbalanced } from './books.ts';
import { Cluster, SERVICES, SLOTS } from './cluster.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { LivingKeys, type Ciphertext } from './living-keys.ts';
import { encodings, Markers } from './markers.ts';
import { booking, freshKey, peopleOf, preference, registration, signIn } from './people.ts';
import { Traffic } from './traffic.ts';

jest.setTimeout(900_000);

const TENANT = tenantId('ticketing');
const START = '2024-02-05T02:00:00.000Z';
const WAIT_MS = 20_000;
const MORE = 20;

const folder = mkdtempSync(join(tmpdir(), 'lethe-cluster-'));
const markers = new Markers();
let cluster: Cluster;
let doors: Doors;
let neighbor: Doors;
let platform: Lethe;
let traffic: Traffic;

let victims: SubjectRef[];
let bystander: SubjectRef;
let held: SubjectRef;
let hold: string;
const archive = new Set<string>();
/** What the vault held of those who are erased, and of those who are not, before anybody was. */
let theirs: Ciphertext[];
let others: Ciphertext[];
let seen: string;
let certificates: string[];

beforeAll(async () => {
  cluster = await Cluster.start(folder);
  doors = new Doors(cluster.addresses, TENANT);
  neighbor = new Doors(cluster.addresses, 'neighbor');
  await doors.open(START);
  await neighbor.open(START);
  platform = doors.client({ participant: 'archive' });
  await platform.onErasure(({ subject }) => {
    const found = archive.delete(subject) ? 1 : 0;
    return Promise.resolve({ found, deleted: found, rescan: archive.has(subject) ? 1 : 0 });
  });
});
afterAll(async () => {
  await traffic?.stop().catch(() => undefined);
  await platform?.close();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const inVault = (subjects: readonly SubjectRef[]): Promise<Ciphertext[]> =>
  cluster.data.rows<Ciphertext>(
    'lethe_collection',
    'select part, subject, compartment, class, sealed from part where tenant = $1 and subject = any($2) and sealed is not null order by part',
    [TENANT, subjects],
  );
const collection = <Row>(sql: string, values: readonly unknown[] = []) =>
  cluster.data.rows<Row>('lethe_collection', sql, values);

/** Everything a platform would know of one person, each text a marker. */
async function joins(subject: SubjectRef): Promise<void> {
  const { version } = await doors.askUntil('backend', http.CurrentNotice);
  const marked = (submission: Submission): Submission => ({
    ...submission,
    fields: Object.fromEntries(
      Object.entries(submission.fields).map(([name, value]) => [
        name,
        typeof value === 'string' && !/-day$|^genre$|-at$/.test(name) ? markers.text(name) : value,
      ]),
    ),
  });
  const account = await platform.matter(subject, 'account', `account-${subject}`);
  const order = await platform.matter(subject, 'order', `order-${subject}`);
  const answers = await platform.collect(
    [
      registration(subject, account, version, START),
      booking(subject, order, START, { day: '2024-03-01', genre: 'concert' }),
      signIn(subject, START),
    ].map(marked),
  );
  expect(answers.map(({ outcome }) => outcome)).toEqual(['admitted', 'admitted', 'admitted']);
  await platform.anchor([{ matter: order, subject, anchor: 'transaction-completed', at: START }]);
  archive.add(subject);
}
const shownTo = async (subject: SubjectRef): Promise<string> => {
  const shown = await Promise.all(
    ['registration', 'order', 'security'].map((purpose) => platform.open({ purpose, subject })),
  );
  return canonical(
    shown
      .flatMap(({ opened }) => opened.map(({ part, fields }) => ({ part, fields })))
      .sort((a, b) => a.part.localeCompare(b.part)),
  );
};

test('the broker restarts and each service is killed in the middle of traffic, and the work goes on', async () => {
  const [bystanding, holding, ...leaving] = await peopleOf(platform, 'person', 4);
  if (bystanding === undefined || holding === undefined) throw new Error('nobody');
  [bystander, held, victims] = [bystanding, holding, leaving];
  for (const subject of [bystander, held, ...victims]) await joins(subject);
  await platform.consent([{ subject: bystander, purpose: 'personalized-display', state: 'given', level: 'opt-in' }]);
  await eventually('something rests on a consent', async () => {
    const { collectedAt: _, ...now } = preference(bystander, START);
    return (await platform.collect([now]))[0]?.outcome === 'admitted';
  });
  ({ hold } = await doors.ask('officer', http.PlaceHold, {
    body: {
      scope: { kind: 'subject', subject: held },
      reason: 'court-order',
      authority: 'district-court',
      reviewOn: '2025-01-01',
    },
  }));
  theirs = await inVault(victims);
  others = await inVault([bystander, held]);
  seen = await shownTo(bystander);

  traffic = new Traffic(
    platform,
    { signingIn: await peopleOf(platform, 'crowd', 3), browsing: await peopleOf(platform, 'browser', 2) },
    START,
  );
  traffic.start();
  const goesOn = async (what: string): Promise<void> => {
    const [before, cycles] = [traffic.admitted, traffic.cycles];
    await eventually(
      `${what}: submissions are admitted`,
      () => Promise.resolve(traffic.admitted > before + MORE),
      240_000,
    );
    await eventually(`${what}: withdrawals are effective`, () => Promise.resolve(traffic.cycles > cycles), 240_000);
  };
  await goesOn('at first');
  await cluster.kafka.restart();
  await goesOn('after the broker restarted');
  for (const service of ['collection', 'consent', 'retention'] as const) {
    await cluster.killAndStart(service);
    await goesOn(`after ${service} was killed`);
  }
  const requests = await Promise.all(
    victims.map((subject) =>
      platform.askErasure({
        subject,
        kind: 'close-account',
        identity: { method: 'login-and-code', verifiedAt: START },
        idempotencyKey: freshKey(),
      }),
    ),
  );
  await cluster.killAndStart('erasure');
  await goesOn('after erasure was killed');
  certificates = await Promise.all(
    requests.map(({ request }) =>
      eventually(
        'the erasure is certified',
        async () => {
          const asked = await platform.request(request, 'certified', WAIT_MS);
          if (asked.certificate === undefined)
            throw new Error(`${asked.state}, waits for ${asked.waitingFor.join(', ')}`);
          return asked.certificate;
        },
        240_000,
      ),
    ),
  );
  await traffic.stop();
  await quiet(cluster.data);
});

test('every submission got one answer, and asked again the same one (I1)', async () => {
  expect(traffic.wrong).toEqual([]);
  const keys = traffic.told.map(({ submission }) => submission.idempotencyKey);
  expect(new Set(keys).size).toBe(keys.length);
  const admitted = traffic.told.flatMap(({ submission, answer }) =>
    answer.outcome === 'admitted' && submission.purpose === 'security' ? [{ submission, answer }] : [],
  );
  for (let from = 0; from < admitted.length; from += 200) {
    const some = admitted.slice(from, from + 200);
    const again = await platform.collect(some.map(({ submission }) => submission));
    expect(again).toEqual(some.map(({ answer }) => ({ ...answer, replayed: true })));
  }
  const rows = await collection<{ record: string }>(
    `select record from part where tenant = $1 and purpose = 'security' and subject <> all($2)`,
    [TENANT, [bystander, held, ...victims]],
  );
  expect(rows.map(({ record }) => record).sort()).toEqual(admitted.map(({ answer }) => answer.record).sort());
});

test('the accounts of every consumer close, and each heard every number once and in order (I2, I3)', async () => {
  expect(await unbalanced(cluster.data)).toEqual([]);
  expect(await misheard(cluster.data)).toEqual([]);
});

test('no effect without its announcement and no announcement without its effect (I4)', async () => {
  const [ever] = await collection<{ announced: number; present: number; removed: number }>(
    `select (select sum(jsonb_array_length(value::jsonb #> '{data,parts}'))::int from outbox where value::jsonb ->> 'type' = 'collection.parts-admitted.v1') as announced,
            (select count(*)::int from part) as present,
            (select coalesce(sum(n), 0)::int from counted where what in ('erased', 'deleted')) as removed`,
  );
  expect(ever?.present).toBe((ever?.announced ?? 0) - (ever?.removed ?? 0));
  const consents = await cluster.data.rows<{ history: number; both: number; events: number }>(
    'lethe_consent',
    `select (select count(*)::int from consent_history) as history,
            (select count(*)::int from consent_history h join outbox o on o.event_id = h.event) as both,
            (select count(*)::int from outbox where value::jsonb ->> 'type' = 'consent.consent-changed.v1') as events`,
  );
  expect(consents[0]?.both).toBe(consents[0]?.history);
  expect(consents[0]?.events).toBe(consents[0]?.history);
  const [openings] = await collection<{ n: number }>(
    `select count(*)::int as n from opening where tenant = $1 and purpose = 'security'`,
    [TENANT],
  );
  expect(openings?.n).toBeGreaterThanOrEqual(traffic.opened);
});

test('nothing came in on a consent after its withdrawal was answered effective (I7)', () => {
  expect(traffic.closed.length).toBeGreaterThan(0);
  const late = traffic.closed.flatMap(({ subject, from, to }) =>
    traffic.told.filter(
      ({ submission, sentAt, answeredAt, answer }) =>
        submission.subject === subject && sentAt > from && answeredAt < to && answer.outcome === 'admitted',
    ),
  );
  expect(late).toEqual([]);
});

test('every part names its basis, and a consent that stood when it came in (I8)', async () => {
  const parts = await collection<{
    subject: string;
    purpose: string;
    basis: string;
    consent: string | null;
    version: number | null;
  }>('select subject, purpose, basis, consent, consent_version as version from part where tenant = $1', [TENANT]);
  expect(parts.filter(({ basis }) => basis === '')).toEqual([]);
  const given = await cluster.data.rows<{ consent: string; subject: string; purpose: string; version: number }>(
    'lethe_consent',
    // The consent names the notice under which it was given, whatever the submission said.
    `select consent, subject, purpose, version from consent_history where tenant = $1 and state = 'given' and notice <> ''`,
    [TENANT],
  );
  const stood = new Set(
    given.map(({ consent, subject, purpose, version }) => `${consent} ${subject} ${purpose} ${String(version)}`),
  );
  const onConsent = parts.filter(({ basis }) => basis === 'consent');
  expect(onConsent.length).toBeGreaterThan(0);
  expect(
    onConsent.filter(
      ({ consent, subject, purpose, version }) =>
        !stood.has(`${String(consent)} ${subject} ${purpose} ${String(version)}`),
    ),
  ).toEqual([]);
});

test('a certificate was issued after every participant had passed the freeze and said what it did, and verifies (I24)', async () => {
  const { keys } = await doors.ask('auditor', http.LedgerKeys);
  for (const certificate of certificates) {
    expect(verifyCertificate(canonical(await platform.certificate(certificate)), { keys })).toMatchObject({ ok: true });
  }
  const rows = await cluster.data.rows<{ participant: string; kind: string; passed: boolean; honest: boolean }>(
    'lethe_erasure',
    `select p.participant, p.kind, (p.kind = 'platform' or (p.frozen_position >= r.freeze_number and p.position >= r.freeze_number)) as passed,
            (p.done_at is not null and p.rescan = 0 and p.deleted + p.restricted >= p.found) as honest
       from request r join request_participant p using (tenant, request) where r.tenant = $1 and r.certificate is not null`,
    [TENANT],
  );
  expect(rows).toHaveLength(victims.length * 4);
  expect(rows.filter(({ passed, honest }) => !passed || !honest)).toEqual([]);
});

test('of the erased only what a floor keeps is left, restricted until it ends; of everybody else nothing has changed (I17, I29)', async () => {
  const left = await collection<{ class: string; restricted: boolean; until: string }>(
    `select class, restricted, restricted_until::text as until from part where tenant = $1 and subject = any($2)`,
    [TENANT, victims],
  );
  expect(left).toEqual(
    victims.map(() => ({ class: 'orders', restricted: true, until: expect.stringMatching(/^2027-02-0[5-7]$/) })),
  );
  for (const subject of victims) expect(JSON.parse(await shownTo(subject))).toEqual([]);
  expect(await inVault([bystander, held])).toEqual(others);
  expect(await shownTo(bystander)).toBe(seen);
});

test('what was said of the erased before, however late it is heard again, creates nothing (I26)', async () => {
  const before = await collection<{ table: string; n: number }>(COUNT_OF_PERSON, [TENANT, victims]);
  const log = new KafkaEventLog({
    brokers: cluster.kafka.brokers,
    clientId: 'late',
    slots: SLOTS,
    onFatal: () => undefined,
  });
  const heardBefore = await duplicates(cluster.data);
  let expected = 0;
  for (const service of ['consent', 'retention', 'erasure'] as const) {
    const rows = await cluster.data.rows<{
      topic: string;
      slot: number;
      incarnation: string;
      number: number;
      id: string;
      value: string;
    }>(
      `lethe_${service}`,
      `select topic, slot, incarnation, number::int, event_id as id, value from outbox where tenant = $1 and value::jsonb ->> 'subject' = any($2) order by number`,
      [TENANT, victims],
    );
    for (const { topic, slot, ...record } of rows) {
      await log.append(topic, slot, [record]);
      expected += await listeners(cluster.data, topic, slot);
    }
  }
  await log.close();
  expect(expected).toBeGreaterThan(0);
  await eventually('they were heard again', async () => {
    const heard = (await duplicates(cluster.data)) - heardBefore;
    if (heard < expected) throw new Error(`${String(heard)} of ${String(expected)} duplicates`);
    return true;
  });
  const late = await platform.collect(victims.map((subject) => signIn(subject, START)));
  expect(late.map((answer) => answer.outcome === 'refused' && answer.refusal.code)).toEqual(
    victims.map(() => 'subject-erased'),
  );
  expect(await collection(COUNT_OF_PERSON, [TENANT, victims])).toEqual(before);
  expect(await unbalanced(cluster.data)).toEqual([]);
});

test('what is due is gone at the end of its day though collection is killed on the way; what is held stays (I14, I15)', async () => {
  const { tallies } = await doors.askUntil('officer', http.Forecast);
  const day = tallies.find((one) => one.class === 'security-logs')?.day ?? '';
  await doors.moveTo(`${day}T04:00:00Z`);
  await doors.ask('operator', http.Sweep, { body: { waitMs: 0 } });
  await cluster.killAndStart('collection');
  await doors.sweep();
  const left = await eventually(
    'the rows are gone',
    async () => {
      const rows = await collection<{ subject: string; kept: boolean }>(
        `select subject, kept from part where tenant = $1 and class = 'security-logs'`,
        [TENANT],
      );
      return rows.length <= 1 ? rows : undefined;
    },
    240_000,
  );
  expect(left).toEqual([{ subject: held, kept: true }]);
  expect((await platform.open({ purpose: 'security', subject: bystander })).opened).toEqual([]);
  const { holdings } = await doors.ask('officer', http.Holdings, { params: { subject: held } });
  expect(holdings.find((one) => one.class === 'security-logs')).toMatchObject({ parts: 1, held: 1 });
  const keys = await LivingKeys.of(TENANT, cluster.keys, cluster.home);
  const logs = others.filter((one) => one.class === 'security-logs');
  expect(logs.map((one) => [one.subject, keys.opens(one) !== undefined]).sort()).toEqual(
    [
      [held, true],
      [bystander, false],
    ].sort(),
  );
  await doors.ask('officer', http.ReleaseHold, { params: { hold } }, 'another-officer');
  await eventually(
    'what the hold kept goes',
    async () =>
      (await collection(`select 1 from part where tenant = $1 and class = 'security-logs'`, [TENANT])).length === 0,
  );
});

test('no marker of anybody is in a table, WAL, topic or log, no ciphertext of the erased opens, and no key lies in clear (I22, I33, I49)', async () => {
  await cluster.data.checkpoint();
  await cluster.keys.checkpoint();
  const name = markers.nameOf(markers.text('any'));
  expect(await cluster.filesHolding(encodings(name.slice(0, -5)).map(({ needle }) => needle))).toEqual([]);
  expect(markers.below(folder)).toEqual([]);

  const keys = await LivingKeys.of(TENANT, cluster.keys, cluster.home);
  const gone = theirs.filter((one) => one.class !== 'orders');
  expect(gone.length).toBeGreaterThan(0);
  expect(gone.filter((one) => keys.opens(one) !== undefined)).toEqual([]);
  expect(theirs.filter((one) => one.class === 'orders' && keys.opens(one) === undefined)).toEqual([]);

  const material = [...keys.subjects, ...keys.times].slice(0, 60).flatMap((key) => {
    const raw = key.export();
    return [
      raw,
      Buffer.from(raw.toString('hex')),
      Buffer.from(raw.toString('base64').slice(0, 42)),
      Buffer.from(raw.toString('base64url').slice(0, 42)),
    ];
  });
  expect(await cluster.filesHolding(material)).toEqual([]);
  // The same search finds what is known to be there.
  expect(await cluster.filesHolding([Buffer.from(victims[0] ?? '')])).not.toEqual([]);
});

test('another tenant sees, changes and learns nothing, and a connection without a tenant sees no row (I44, I45)', async () => {
  const parts = others.map(({ part }) => part);
  const stranger = neighbor.client();
  const { opened, refused } = await stranger.open({ purpose: 'registration', parts });
  expect([opened, refused.map(({ refusal }) => refusal.code)]).toEqual([[], parts.map(() => 'not-collected')]);
  const [known, unknown] = await stranger.mayUse([
    { subject: bystander, purpose: 'registration' },
    { subject: Buffer.alloc(16, 7).toString('base64url'), purpose: 'registration' },
  ]);
  expect(known).toEqual(unknown);
  expect(await neighbor.ask('officer', http.Counts)).toMatchObject({ admitted: 0, refused: 0, parts: 0 });
  for (const certificate of certificates) {
    await expect(neighbor.ask('auditor', http.CertificateOf, { params: { certificate } })).rejects.toMatchObject({
      kind: 'missing',
    });
  }
  await stranger.close();
  for (const service of SERVICES) {
    const login = cluster.data.as(cluster.home, service);
    const tables = await cluster.data.rows<{ name: string }>(
      `lethe_${service}`,
      'select relname as name from pg_class where relforcerowsecurity',
    );
    expect(tables.length).toBeGreaterThan(0);
    for (const { name } of tables)
      expect([name, await login.rows(`lethe_${service}`, `select 1 from ${name} limit 1`)]).toEqual([name, []]);
  }
});

test('at the end the accounts of every service close (I2, I3)', async () => {
  await quiet(cluster.data);
  expect(await unbalanced(cluster.data)).toEqual([]);
  expect(await misheard(cluster.data)).toEqual([]);
});

const COUNT_OF_PERSON = `
  select 'part' as table, count(*)::int as n from part where tenant = $1 and subject = any($2)
  union all select 'consent_state', count(*)::int from consent_state where tenant = $1 and subject = any($2)
  union all select 'guardian_state', count(*)::int from guardian_state where tenant = $1 and subject = any($2)
  union all select 'matter_date', count(*)::int from matter_date where tenant = $1 and subject = any($2)
  order by 1`;
