import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Submission } from '@lethe/client';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { bootstrap, type Running } from '@lethe/platform';
import { Instance } from './demo/instance.ts';
import { installationOf } from './installation.ts';
import { SERVICES } from './services.ts';

const home = mkdtempSync(join(tmpdir(), 'lethe-region-'));
let running: Running | undefined;
let instance: Instance;

/** Starts the whole on the same home, with what the environment says of where it stores. */
async function starts(region: Readonly<Record<string, string>>): Promise<void> {
  await running?.stop();
  running = undefined;
  running = await bootstrap(SERVICES, {
    ...installationOf({ LETHE_HOME: home, LETHE_PORT: '0', ...region }),
    volatile: true,
  });
  instance = new Instance(running.url, 'where-it-lies');
}
afterAll(async () => {
  await running?.stop();
  rmSync(home, { recursive: true, force: true });
}, 60_000);

let key = 0;
const log = (over: Partial<Submission> & Pick<Submission, 'subject'>): Submission => ({
  idempotencyKey: `region-${String((key += 1)).padStart(4, '0')}`,
  purpose: 'display-and-logs',
  channel: 'app',
  fields: { 'viewed-content': '演唱会', 'ip-address': '10.24.31.7' },
  ...over,
});
const told = async (submission: Submission) => (await instance.platform().collect([submission]))[0]!;
const regions = async (subject: SubjectRef) =>
  (await instance.platform().copyOf(subject)).parts.map(({ region }) => region).sort();
const refused = (code: string, clause = 'DM-TER-01') => ({
  outcome: 'refused',
  refusal: { code, clause, field: 'region' },
});

test('what nobody says the place of is refused, what the deployment says stands with the part, and a replay outlives a move', async () => {
  // Nobody says: nothing is kept, and a gate that is asked about nowhere says the same.
  await starts({});
  await instance.open('damai', new Date('2026-03-02T04:00:00Z'));
  const subject = await instance.platform().subject('user-4711');
  const before = log({ subject });
  expect(await told(before)).toMatchObject(refused('region-unknown'));
  expect(await instance.ask('backend', http.Counts)).toMatchObject({ admitted: 0, refused: 1 });
  expect(await regions(subject)).toEqual([]);
  expect(await told(log({ subject, region: 'CN-SH' }))).toMatchObject({ outcome: 'admitted' });

  // The deployment says: it is what the part records. A platform may know it more closely, and no other place.
  await starts({ LETHE_REGION: 'CN' });
  const kept = log({ subject });
  const first = await told(kept);
  expect(first).toMatchObject({ outcome: 'admitted', replayed: false });
  expect(await told(log({ subject, region: 'CN-ZJ' }))).toMatchObject({ outcome: 'admitted' });
  expect(await regions(subject)).toEqual(['CN', 'CN-SH', 'CN-ZJ']);
  expect(await told(log({ subject, region: 'CN-HK' }))).toMatchObject(refused('territory-not-allowed'));
  const law = { ground: 'law', evidence: ['citation'] };
  expect(await told(log({ subject, region: 'GB', abroad: law }))).toMatchObject(refused('region-elsewhere'));
  expect(await regions(subject)).toHaveLength(3);
  // A refusal is given again, as every answer is.
  expect(await told(before)).toMatchObject(refused('region-unknown'));

  // It moved to where the policy does not let: what was answered is answered again, whatever is new is refused.
  await starts({ LETHE_REGION: 'SG' });
  expect(await told(kept)).toEqual({ ...first, replayed: true });
  expect(await told(log({ subject }))).toMatchObject(refused('territory-not-allowed'));
  expect(await told(log({ subject, region: 'CN' }))).toMatchObject(refused('region-elsewhere'));
  expect(await regions(subject)).toHaveLength(3);
}, 240_000);
