import { spawnSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { jest } from '@jest/globals';
import { http } from '@lethe/contracts';
import { tenantId } from '@lethe/kernel';
import { MemoryMarks } from '@lethe/messaging';
import { openKeyring } from '@lethe/platform';
import { FileRoot, openStream } from '@lethe/sealing';
import { Auditor } from './auditor.ts';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { erase, inVault, places } from './leaking.ts';
import { freePort, LetheProcess, ROOT } from './lethe-process.ts';
import { LivingKeys, type Ciphertext } from './living-keys.ts';
import { encodings, filesBelow, Markers } from './markers.ts';
import { Planting, type Planted } from './planting.ts';

jest.setTimeout(400_000);

const TENANT = tenantId('leaking');
const START = '2024-02-05T02:00:00.000Z';
const WAIT_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'lethe-leak-'));

/** An instance into which one person was planted, and erased again, the certificate issued. */
interface Story {
  readonly home: string;
  readonly logs: string;
  readonly markers: Markers;
  readonly gone: Planted;
  readonly stays: Planted;
  readonly backup: string;
  /** What was in the vault of those who have gone since. */
  readonly ciphertexts: readonly Ciphertext[];
  readonly restricted: ReadonlySet<string>;
  readonly answers: readonly string[];
  readonly clusters: ReturnType<typeof Auditor.ofHome>;
}

/** What still runs, to be ended whatever happens. */
const processes: LetheProcess[] = [];
afterAll(async () => {
  await Promise.all(processes.map((one) => one.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function play(name: string, lethe: (home: string, port: number, log: string) => LetheProcess): Promise<Story> {
  const home = join(folder, name);
  const logs = join(folder, `${name}-logs`);
  mkdirSync(logs);
  const running = lethe(home, await freePort(), join(logs, 'lethe.log'));
  processes.push(running);
  await running.start();
  const doors = new Doors(running.url, TENANT);
  await doors.open(START);
  const platform = doors.client();
  // Its invoices: the purpose that the platform keeps itself.
  await platform.onErasure(() => Promise.resolve({ found: 1, deleted: 1, rescan: 0 }));
  const markers = new Markers();
  const planting = new Planting(platform, markers);
  const stays = await planting.person();
  const gone = await planting.person();
  const answers = await planting.turnedAway(gone.subject, running.url, await doors.token('backend'));
  const { opened } = await platform.open({ purpose: 'registration', subject: gone.subject });
  if (opened.length === 0) throw new Error('nothing was opened');
  const clusters = Auditor.ofHome(home);
  const ciphertexts = await inVault(clusters.data, TENANT, [gone.subject, ...gone.others]);
  const { backup } = await doors.ask('operator', http.TakeBackup, { body: { keepDays: 60, waitMs: WAIT_MS } });
  await eventually('the backup is there', async () =>
    (await doors.ask('officer', http.Backups)).backups.some(({ state }) => state === 'available'),
  );
  for (const subject of [gone.subject, ...gone.others])
    answers.push((await erase(platform, subject, START)).certificate);
  const left = await inVault(clusters.data, TENANT, [gone.subject, ...gone.others]);
  await clusters.data.checkpoint();
  await clusters.keys.checkpoint();
  await platform.close();
  return {
    home,
    logs,
    markers,
    gone,
    stays,
    backup,
    ciphertexts,
    restricted: new Set(left.map(({ part }) => part)),
    answers,
    clusters,
  };
}

describe('with the sealing that everybody has', () => {
  let story: Story;
  beforeAll(async () => {
    story = await play('sealed', (home, port, log) => LetheProcess.embedded(home, port, log));
  });

  test('after the certificate no marker is in any file: heap, index, WAL, event log, ledger, key store, backup, isolation, log (I22, I33)', () => {
    expect(places([...story.markers.below(story.home), ...story.markers.below(story.logs)])).toEqual([]);
  });

  test('no answer echoes what was sent in vain, and no certificate names anybody (I43, I49)', () => {
    expect(
      places(story.answers.flatMap((answer, nth) => story.markers.in(Buffer.from(answer), `answer ${String(nth)}`))),
    ).toEqual([]);
  });

  test('what was erased still lies on the disk as ciphertext, and no living key opens it; what stays opens (I29)', async () => {
    const erased = story.ciphertexts.filter(({ part }) => !story.restricted.has(part));
    expect(erased.length).toBeGreaterThan(15);
    expect(new Set(story.ciphertexts.filter(({ part }) => story.restricted.has(part)).map((one) => one.class))).toEqual(
      new Set(['orders']),
    );
    const onDisk = filesBelow(join(story.home, 'data')).map((path) => readFileSync(path));
    const lying = erased.filter(({ sealed }) => onDisk.some((bytes) => bytes.includes(sealed)));
    expect(lying.length).toBeGreaterThan(0);
    const keys = await LivingKeys.of(TENANT, story.clusters.keys, story.home);
    expect(keys.subjects.length * keys.times.length).toBeGreaterThan(0);
    expect(erased.filter((one) => keys.opens(one) !== undefined).map(({ part }) => part)).toEqual([]);
    // The same attempt opens everything of those who stay, so that it is known to be one.
    const theirs = await inVault(story.clusters.data, TENANT, [story.stays.subject, ...story.stays.others]);
    expect(theirs.filter((one) => keys.opens(one) === undefined)).toEqual([]);
    const names = theirs.flatMap((one) =>
      story.markers.in(keys.opens(one) ?? Buffer.alloc(0), one.part).map(({ marker }) => marker),
    );
    expect(new Set(names)).toEqual(new Set(story.stays.sealed));
  });

  test('the isolated backup opens for two persons only, and what it holds of the erased stays closed (I23)', async () => {
    const password = (name: string) => readFileSync(join(story.home, 'secrets', name), 'utf8').trim();
    const at = (user: string, login: string) => ({
      ...story.clusters.keys.place,
      database: 'lethe_keyring',
      user,
      password: password(`keyring/database-${login}-password`),
    });
    const keyring = await openKeyring(
      { login: at('lethe_keyring', 'login'), quarantine: at('lethe_quarantine', 'quarantine') },
      { keys: join(story.home, 'keys'), secrets: join(story.home, 'secrets/keyring') },
      await FileRoot.open(join(story.home, 'secrets/keyring/keyring-root'), { create: false }),
      new MemoryMarks(),
    );
    try {
      const key = await keyring.keyring.openBackupKey(TENANT, story.backup, [
        { by: 'officer-1', reason: 'audit' },
        { by: 'officer-2', reason: 'audit' },
      ]);
      const file = join(story.home, 'isolation', TENANT, story.backup, 'collection.sealed');
      await eventually('the backup is in isolation', () => Promise.resolve(existsSync(file)));
      const content = await buffer(createReadStream(file).pipe(openStream(key)));
      expect(places(story.markers.in(content, 'backup'))).toEqual([]);
      // A frame of the backup may end in the middle of one.
      const held = story.ciphertexts.filter(({ sealed }) =>
        [sealed.subarray(0, 40), sealed.subarray(-40)].some((piece) => content.includes(piece.toString('hex'))),
      );
      expect(held).toHaveLength(story.ciphertexts.length);
    } finally {
      await keyring.close();
    }
  });
});

describe('with a sealer that does nothing in the port’s place', () => {
  let story: Story;
  beforeAll(async () => {
    const built = spawnSync(process.execPath, [join(ROOT, 'apps/lethe/bin/lethe.js'), '--help']);
    expect(built.status).toBe(0);
    const command = [join(import.meta.dirname, 'open-host.ts')];
    story = await play(
      'open',
      (home, port, logFile) => new LetheProcess({ command, env: { LETHE_HOME: home }, port, logFile }),
    );
  });

  test('the same search finds every marker that reached the vault, erased or not', () => {
    const found = new Set(story.markers.below(story.home).map(({ marker }) => marker));
    expect([...story.gone.sealed, ...story.stays.sealed].filter((marker) => !found.has(marker))).toEqual([]);
  });

  test('and nothing else: what was turned away, names and keys are nowhere even so', () => {
    const sealed = new Set([...story.gone.sealed, ...story.stays.sealed]);
    // A page of the write-ahead log may begin in the middle of a marker: that it is one shows, which one does not.
    const whole = /\d{4}$/;
    const more = [...story.markers.below(story.home), ...story.markers.below(story.logs)].filter(
      ({ marker, form }) => form === 'utf-8' && whole.test(marker) && !sealed.has(marker),
    );
    expect(more.map(({ place, marker }) => `${place}: ${marker}`)).toEqual([]);
  });
});

test('the search finds a marker in every encoding, wherever it begins, and inside gzip', () => {
  const markers = new Markers();
  const name = markers.nameOf(markers.text('any'));
  const core = name.slice(0, -5);
  const at = join(folder, 'encodings');
  mkdirSync(at);
  const written = new Map<string, string>();
  encodings(core).forEach(({ form, needle }, nth) => {
    const bytes = Buffer.concat([Buffer.alloc(nth, 0xee), needle, Buffer.alloc(3, 0xee)]);
    writeFileSync(join(at, `${String(nth)}.plain`), bytes);
    writeFileSync(
      join(at, `${String(nth)}.zipped`),
      Buffer.concat([Buffer.alloc(5), gzipSync(bytes), Buffer.from('tail')]),
    );
    written.set(`${String(nth)}.plain`, form);
    written.set(`${String(nth)}.zipped (gzip at 5)`, form);
  });
  const found = new Map(markers.below(at).map(({ place, form }) => [place, form]));
  expect(found).toEqual(written);
  for (let pad = 0; pad < 3; pad += 1) {
    const text = Buffer.from(`${'x'.repeat(pad)}${name} and more`).toString('base64');
    expect(markers.in(Buffer.from(text), 'base64')).not.toEqual([]);
  }
});
