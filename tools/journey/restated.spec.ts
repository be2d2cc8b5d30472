import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { EmbeddedPostgres } from '@lethe/platform';
import pg from 'pg';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { booking, face, peopleOf, registration } from './people.ts';

jest.setTimeout(400_000);

const START = '2023-03-06T02:00:00.000Z';
const TOPICS = ['lethe.consent', 'lethe.collection'];
const folder = mkdtempSync(join(tmpdir(), 'lethe-restated-'));
const home = join(folder, 'home');
let lethe: LetheProcess;
let doors: Doors;
let people: SubjectRef[];

beforeAll(async () => {
  lethe = LetheProcess.embedded(home, await freePort(), join(folder, 'lethe.log'));
  await lethe.start();
  doors = new Doors(lethe.url, 'ticketing');
  await doors.open(START);
});
afterAll(async () => {
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The data cluster of the home while no Lethe runs on it. */
async function tampering(
  work: (rows: (database: string, sql: string) => Promise<unknown[]>) => Promise<void>,
): Promise<void> {
  const password = readFileSync(join(home, 'secrets', 'data-admin-password'), 'utf8').trim();
  const server = await EmbeddedPostgres.start({ folder: join(home, 'data'), password });
  try {
    const { host, port, user } = server.admin;
    await work(async (database, sql) => {
      const client = new pg.Client({ host, port, user, password, database: `lethe_${database}` });
      await client.connect();
      try {
        return (await client.query(sql)).rows as unknown[];
      } finally {
        await client.end();
      }
    });
  } finally {
    await server.stop();
  }
}

const tallies = async () => {
  const { tallies: all } = await doors.askUntil('officer', http.Forecast);
  return all
    .map(({ class: of, day, custody, parts, state }) => [of, day ?? '', custody, parts, state].join(' '))
    .sort();
};
const mayShowFaces = async () => {
  const questions = people.map((subject) => ({ subject, purpose: 'face-verification' }));
  const { answers } = await doors.askUntil('backend', http.MayUse, { body: { questions } });
  return answers.map(({ may }) => may);
};

test('retention and collection that have lost all they heard are told what stands, though neither the log nor the outbox has it', async () => {
  const platform = doors.client();
  const notice = (await doors.ask('backend', http.CurrentNotice)).version;
  people = await peopleOf(platform, 'person', 8);
  for (const [nth, subject] of people.entries()) {
    const about = { subject, purpose: 'face-verification', level: 'separate' as const, notice };
    await platform.consent([{ ...about, state: 'given' }]);
    const account = await platform.matter(subject, 'account', `a-${String(nth)}`);
    const order = await platform.matter(subject, 'order', `o-${String(nth)}`);
    await platform.collect([
      registration(subject, account, notice, START),
      face(subject, START),
      booking(subject, order, START, { day: '2023-06-01', genre: 'concert' }),
    ]);
    if (nth % 2 === 0) await platform.anchor([{ matter: order, subject, anchor: 'transaction-completed', at: START }]);
    if (nth % 3 === 0) await platform.consent([{ ...about, state: 'withdrawn' }]);
  }
  await platform.close();
  const may = people.map((_, nth) => nth % 3 !== 0);
  const anchored = people.filter((_, nth) => nth % 2 === 0).length;
  const stands = [
    `account waiting ${String(people.length)}`,
    `face dated ${String(may.filter(Boolean).length)}`,
    `orders dated ${String(anchored)}`,
    `orders waiting ${String(people.length - anchored)}`,
  ];
  await eventually('retention has counted every part, withdrawal and anchor', async () => {
    const { tallies: all } = await doors.askUntil('officer', http.Forecast);
    const counted = all.filter(({ parts }) => parts > 0).map((one) => `${one.class} ${one.state} ${String(one.parts)}`);
    return JSON.stringify(counted.sort()) === JSON.stringify(stands) ? true : undefined;
  });
  const before = await tallies();
  expect(await mayShowFaces()).toEqual(may);

  await lethe.stop();
  rmSync(join(home, 'marks'), { recursive: true, force: true });
  const topics = TOPICS.map((topic) => `'${topic}'`).join(', ');
  await tampering(async (rows) => {
    await rows('log', `delete from event_log where topic in (${topics})`);
    for (const service of ['consent', 'collection'])
      await rows(service, `delete from outbox where topic in (${topics}) and number is not null`);
    await rows('retention', `delete from position where topic in (${topics})`);
    await rows('retention', `delete from heard where topic in (${topics})`);
    await rows('retention', 'delete from day_tally; delete from waiting_tally; delete from known_tenant');
    await rows('collection', `delete from position where topic = 'lethe.consent'`);
    await rows('collection', `delete from heard where topic = 'lethe.consent'`);
    await rows('collection', 'delete from consent_state; delete from known_tenant');
  });
  await lethe.start();

  await eventually('the gate knows the consents again', async () =>
    JSON.stringify(await mayShowFaces()) === JSON.stringify(may) ? true : undefined,
  );
  await eventually('retention counts what is there again, though collection has nothing more to tell', async () =>
    JSON.stringify(await tallies()) === JSON.stringify(before) ? true : undefined,
  );
});
