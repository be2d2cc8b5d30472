import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http } from '@lethe/contracts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, killServers, LetheProcess, NODE, ROOT } from './lethe-process.ts';

jest.setTimeout(600_000);

const PEOPLE = 150;
const TENANT = 'imported';
const folder = mkdtempSync(join(tmpdir(), 'lethe-import-'));
const home = join(folder, 'home');
const file = join(folder, 'people.jsonl');
const every = (nth: number): number[] =>
  Array.from({ length: PEOPLE }, (_, index) => index).filter((index) => index % nth === 0);
const person = (index: number): string => `u-${String(index)}`;
const noticed = (index: number): string => `2021-05-01T10:00:${String(index % 60).padStart(2, '0')}.000Z`;

/** What a platform knows of its people: of some of them it has forgotten this or that, and some of it was never right. */
const LINES: readonly object[] = [
  ...every(1).map((index) => ({
    kind: 'notice',
    person: person(index),
    about: 'policy',
    version: '2020-11-18',
    at: noticed(index),
    channel: 'app',
  })),
  ...every(10).map((index) => ({
    kind: 'guardian',
    person: person(index),
    child: true,
    guardianVerified: true,
    // Of every second of them the guardian was verified before anything was collected; of the others nobody knows.
    at: index % 20 === 0 ? noticed(index) : 'unknown',
    guardian: person(index + 1),
  })),
  ...every(1).map((index) => ({
    kind: 'consent',
    person: person(index),
    purpose: 'personalized-display',
    state: 'given',
    level: index % 10 === 3 ? 'unknown' : 'opt-in',
    notice: index % 10 === 4 ? 'unknown' : '2020-11-18',
    at: index % 10 === 5 ? 'unknown' : noticed(index),
  })),
  ...every(7).map((index) => ({
    kind: 'consent',
    person: person(index),
    purpose: 'personalized-display',
    state: 'withdrawn',
    level: 'opt-in',
    notice: '2020-11-18',
    at: '2026-03-01T10:00:00.000Z',
  })),
  { kind: 'consent', person: 'u-0', purpose: 'personalized-display' },
  ...every(1).map((index) => ({
    kind: 'record',
    person: person(index),
    id: `o-${String(index)}`,
    purpose: 'order',
    collectedAt: index % 10 === 6 ? 'unknown' : '2026-02-03T20:00:00+08:00',
    matter: { kind: 'order', id: `o-${String(index)}` },
    fields: {
      'order-number': `O-${String(index)}`,
      'event-name': '茶馆',
      'event-day': '2026-02-20',
      'order-amount': 380,
    },
  })),
  ...every(15).map((index) => ({
    kind: 'record',
    person: person(index),
    id: `f-${String(index)}`,
    purpose: 'face-verification',
    collectedAt: '2026-02-03T20:00:00+08:00',
    declarations: ['face-function'],
    fields: { 'face-image': 'never-agreed-to' },
  })),
  ...every(1).map((index) => ({
    kind: 'anchor',
    person: person(index),
    matter: { kind: 'order', id: `o-${String(index)}` },
    anchor: 'transaction-completed',
    at: '2026-02-21T22:00:00+08:00',
  })),
];

let lethe: LetheProcess;
const findings = new Set<string>();

/** The importer as somebody runs it; every finding it has told is remembered, also by one that is killed. */
class Importing {
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor() {
    this.#child = spawn(
      NODE,
      [join(ROOT, 'apps/lethe/bin/lethe.js'), 'import', file, '--tenant', TENANT, '--target', lethe.url, '--json'],
      { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let told = '';
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (told += text));
    this.ended = new Promise((resolve) =>
      this.#child.once('close', (code) => {
        for (const line of told.split('\n').filter((text) => text.includes('"code"'))) findings.add(line);
        resolve(code);
      }),
    );
  }

  /** Resolves when so many lines have been taken; at once when it has ended before. */
  async past(lines: number): Promise<void> {
    let over = false;
    void this.ended.then(() => (over = true));
    await eventually(`${String(lines)} lines are imported`, () => Promise.resolve(over || taken() >= lines));
  }

  async kill(): Promise<void> {
    process.kill(-this.#child.pid!, 'SIGKILL');
    await this.ended;
  }
}

const taken = (): number =>
  existsSync(`${file}.progress`)
    ? (JSON.parse(readFileSync(`${file}.progress`, 'utf8')) as { lines: number }).lines
    : 0;

beforeAll(async () => {
  writeFileSync(file, LINES.map((line) => JSON.stringify(line)).join('\n'));
  lethe = LetheProcess.embedded(home, await freePort(), join(folder, 'lethe.log'));
  await lethe.start();
  await new Doors(lethe.url, TENANT).open('2026-03-02T02:00:00Z');
});
afterAll(async () => {
  await lethe.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** All that Lethe holds of one of them, as the person may see it. */
async function heldOf(doors: Doors, index: number) {
  const client = doors.client();
  const subject = await client.subject(person(index));
  const { acts, notices } = await doors.ask('backend', http.ConsentHistory, { params: { subject } });
  const { parts } = await client.copyOf(subject);
  const { guardian } = await client.consentsOf(subject);
  return { acts, notices, parts, guardian };
}

test('an importer and an instance that are killed midway, and started again, take everything in once', async () => {
  // The importer dies three times, in notices, consents and records; the instance with its servers once, under its hands.
  for (const [lines, victim] of [
    [100, 'importer'],
    [250, 'importer'],
    [300, 'instance'],
    [430, 'importer'],
  ] as const) {
    const importing = new Importing();
    await importing.past(lines);
    expect(taken()).toBeLessThan(LINES.length);
    if (victim === 'instance') {
      await lethe.kill();
      killServers(home);
      await lethe.start();
    }
    await importing.kill();
  }
  expect(taken()).toBeGreaterThan(0);
  expect(await new Importing().ended).toBe(1);
  expect(existsSync(`${file}.progress`)).toBe(false);

  const doors = new Doors(lethe.url, TENANT);
  const before = await Promise.all(every(1).map((index) => heldOf(doors, index)));
  for (const [index, { acts, notices, parts, guardian }] of before.entries()) {
    const withdrawn = index % 7 === 0;
    expect({ index, acts: acts.map(({ state }) => state) }).toEqual({
      index,
      acts: withdrawn ? ['given', 'withdrawn'] : ['given'],
    });
    expect(notices).toMatchObject([{ at: noticed(index) }]);
    expect(guardian).toBe(index % 10 === 0 ? 'verified' : 'not-needed');
    const unknown = ['level', 'notice', 'at'].filter((_, nth) => index % 10 === 3 + nth);
    expect(acts[0]).toMatchObject({ imported: true, unknown });
    expect(acts[0]).toMatchObject(index % 10 === 4 ? { notice: '0-unknown' } : { notice: '2020-11-18' });
    expect(acts[0]).toMatchObject(index % 10 === 3 ? { level: 'acceptance' } : { level: 'opt-in' });
    // What was collected of a child before the guardian stood is a finding, and not taken in.
    const mine = index % 20 === 10 ? [] : [{ purpose: 'order', disposal: '2029-03-02' }];
    expect(parts).toMatchObject(mine);
    expect(parts.map(({ fields }) => fields['order-number'])).toEqual(mine.map(() => `O-${String(index)}`));
  }

  // All of it once more, as somebody does who is not sure: the same findings, nothing more and nothing twice.
  const told = new Set(findings);
  expect(told.size).toBe(new Set([...told].map((text) => (JSON.parse(text) as { line: number }).line)).size);
  findings.clear();
  expect(await new Importing().ended).toBe(1);
  expect([...findings].sort()).toEqual([...told].sort());
  expect(await Promise.all(every(1).map((index) => heldOf(doors, index)))).toEqual(before);
});
