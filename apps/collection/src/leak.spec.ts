import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { events } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import pg from 'pg';
import { startCollection, type Bench } from './collection.contract.ts';
import { EdgeBench, face } from './edge/edge.contract.ts';

/** Servers whose operator wants to know everything: each statement with its values in the log, and statistics of them. */
const TELLING = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track': 'all',
  log_statement: 'all',
  log_parameter_max_length: '-1',
  log_parameter_max_length_on_error: '-1',
  log_min_error_statement: 'error',
  log_min_messages: 'notice',
  log_error_verbosity: 'verbose',
};

let bench: Bench;
let edge: EdgeBench;
beforeAll(async () => {
  bench = await startCollection(undefined, TELLING);
  edge = new EdgeBench(bench);
  for (const { admin } of [bench.data, bench.keys])
    await admin.transaction((sql) => sql.query('create extension pg_stat_statements'));
}, 120_000);
afterAll(async () => {
  await edge?.stop();
  await bench?.stop();
});

const START = '2027-01-10T04:00:00.000Z';

/** A text in every form in which it might lie somewhere. */
function encodings(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((pad) =>
    Buffer.concat([Buffer.alloc(pad), bytes])
      .toString('base64')
      .slice(pad === 0 ? 0 : 4, -4),
  );
  const utf16 = Buffer.from(text, 'utf16le');
  return [
    bytes,
    utf16,
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('hex').toUpperCase()),
    ...base64.map((each) => Buffer.from(each)),
  ];
}

function* filesOf(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) yield* filesOf(path);
    else if (stat?.isFile()) yield path;
  }
}

/** The markers that stand in any of these texts, in any encoding. */
const heard = (markers: readonly string[], texts: readonly string[]): string[] => {
  const all = Buffer.from(texts.join('\n'));
  return markers.filter((marker) => encodings(marker).some((bytes) => all.includes(bytes)));
};

/** The markers found below a folder, in any encoding. */
function found(folder: string, markers: readonly string[]): string[] {
  const needles = markers.flatMap((marker) => encodings(marker).map((bytes) => ({ marker, bytes })));
  const hits = new Set<string>();
  for (const path of filesOf(folder)) {
    const content = readFileSync(path);
    for (const { marker, bytes } of needles)
      if (content.includes(bytes)) hits.add(`${marker} in ${path.slice(folder.length)}`);
  }
  return [...hits];
}

/** Whatever the servers have in memory of tables and of their write-ahead logs is in files. */
async function onDisk(): Promise<void> {
  for (const { postgres } of [bench.data, bench.keys]) {
    const client = new pg.Client(postgres.server.admin);
    await client.connect();
    await client.query('select pg_switch_wal()');
    await client.query('checkpoint');
    await client.end();
  }
}

/** What the servers have seen of statements, and may tell whoever asks. */
async function statements(): Promise<string[]> {
  const found: string[] = [];
  for (const { admin } of [bench.data, bench.keys])
    await admin.transaction(async (sql) => {
      for (const { query } of await sql.query<{ query: string }>('select query from pg_stat_statements'))
        found.push(query);
    });
  return found;
}

test('markers planted in every field are nowhere: not in tables, indexes, WAL, statements, server log, topics, log lines or key store (I22, I33, I49)', async () => {
  const tenant = await bench.tenant('leaks', START);
  const mark = (what: string) => `MARKER-${what}-${newId()}`;
  const markers: string[] = [];
  const planted = (what: string) => {
    const value = mark(what);
    markers.push(value);
    return value;
  };
  const userId = planted('user-id');
  const subject = await tenant.person(userId);
  await tenant.consent(subject, 'face-verification', 1, 'given', 'separate');
  await tenant.consent(subject, 'real-name', 1);
  const account = await tenant.matter(subject, 'account', planted('account-id'));
  const matter = await tenant.matter(subject, 'order', planted('order-id'));
  const answers = await tenant.collect(
    {
      subject,
      purpose: 'face-verification',
      declarations: ['face-function'],
      fields: { 'face-image': planted('face') },
      idempotencyKey: planted('key'),
    },
    {
      subject,
      matter: account,
      purpose: 'real-name',
      declarations: ['frequent-purchaser'],
      fields: { 'legal-name': planted('name'), 'id-number': planted('id') },
    },
    {
      subject,
      matter,
      purpose: 'order',
      fields: {
        'order-number': planted('number'),
        'event-name': planted('event'),
        'event-day': '2027-02-01',
        'order-amount': 1,
        seat: planted('seat'),
      },
    },
    {
      subject,
      matter,
      purpose: 'invoice',
      declarations: ['invoice-requested'],
      fields: { 'invoice-person-name': planted('invoice') },
    },
    { subject, purpose: 'questionnaire', fields: { 'questionnaire-answers': [planted('refused')] } },
    { subject, purpose: 'face-verification', fields: { 'face-image': planted('undeclared') } },
  );
  expect(answers.filter((answer) => answer.outcome === 'admitted').length).toBeGreaterThanOrEqual(4);
  const overTheLog = { ...face(subject, planted('edge-face'), planted('edge-key')) };
  const platform = edge.platform(tenant);
  expect(await platform.collect([overTheLog])).toMatchObject([{ outcome: 'admitted' }]);
  const turnedAway = {
    ...face(subject, planted('edge-refused')),
    fields: { [planted('edge-field')]: planted('edge') },
  };
  expect(await platform.collect([turnedAway])).toMatchObject([{ outcome: 'refused' }]);
  await tenant.openFields('face-verification', subject);

  const erasure = newId();
  await tenant.hear(events.SubjectFrozenV1, { subject }, { erasure, at: START });
  await tenant.hear(
    events.ErasureOrderedV1,
    { subject },
    {
      erasure,
      shred: ['consent.face-verification', 'consent.real-name', 'contract', 'statutory'],
      restrict: [],
      at: START,
    },
  );
  await tenant.shred(subject, ['consent.face-verification', 'consent.real-name', 'contract', 'statutory'], { erasure });
  expect((await tenant.announced(events.SubjectSweptV1))[0]?.data.rescan).toBe(0);

  await onDisk();
  expect(found(bench.data.postgres.folder, markers)).toEqual([]);
  expect(found(bench.keys.postgres.folder, markers)).toEqual([]);
  expect(markers.filter((marker) => bench.lines.some((line) => line.includes(marker)))).toEqual([]);
  const topics = ['lethe.collection', 'lethe.erasure', 'lethe.erasure.order'].flatMap((topic) =>
    [0, 1, 2, 3].flatMap((slot) => bench.log.records(topic, slot).map(({ value }) => value)),
  );
  const ofTheEdge = edge.written(tenant);
  expect(ofTheEdge.filter((value) => value.includes('submission-sealed'))).toHaveLength(2);
  const seen = await statements();
  expect(seen.filter((query) => query.includes('insert into part'))).not.toEqual([]);
  expect(heard(markers, [...topics, ...ofTheEdge, ...seen])).toEqual([]);
});

test('the search finds what is there: a marker written in clear is found in table, index, WAL, server log and statements', async () => {
  const marker = `MARKER-planted-${newId()}`;
  await bench.data.admin.transaction(async (sql) => {
    await sql.query('create table planted (text text primary key)');
    await sql.query('insert into planted values ($1)', [marker]);
  });
  await bench.data.admin.transaction((sql) => sql.query('delete from planted'));
  await onDisk();
  const places = found(bench.data.postgres.folder, [marker]).join('\n');
  await bench.data.admin.transaction((sql) => sql.query(`comment on table planted is '${marker}'`));
  for (const place of ['/base/', '/pg_wal/', '/server.log']) expect(places).toContain(place);
  expect(heard([marker], await statements())).toEqual([marker]);
});
