import { fork } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { tenantId } from '@lethe/kernel';
import { describePlace } from './place.contract.ts';
import { FolderPlace } from './place.ts';

const home = mkdtempSync(join(tmpdir(), 'lethe-place-'));
/** A volume other than that of the temporary files, where this machine has one. */
const SHARED = '/dev/shm';
const isOther = existsSync(SHARED) && statSync(SHARED).dev !== statSync(home).dev;
const elsewhere = isOther ? mkdtempSync(join(SHARED, 'lethe-place-')) : home;
afterAll(() => {
  for (const folder of [home, elsewhere]) rmSync(folder, { recursive: true, force: true });
});

interface Folders {
  readonly backups: string;
  readonly isolation: string;
}
const files = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.sealed'))
    : [];
const opened = (folders: Folders) => () =>
  Promise.resolve({
    place: new FolderPlace(folders),
    lying: () => Promise.resolve({ available: files(folders.backups), isolated: files(folders.isolation) }),
  });

describePlace('backups in folders', opened({ backups: join(home, 'backups'), isolation: join(home, 'isolation') }));

// Not run where this machine has no second volume that is writable.
const ifOther = isOther ? describe : describe.skip;
ifOther('on two volumes', () => {
  const folders = { backups: join(home, 'backups-here'), isolation: join(elsewhere, 'isolation') };
  describePlace('backups in folders', opened(folders));

  /** Isolates in a process of its own, which ends as by SIGKILL where it is told to. */
  async function killedAt(point: string, at: Folders, backup: string): Promise<void> {
    const script = join(home, 'isolate.mjs');
    writeFileSync(
      script,
      `import { FolderPlace } from ${JSON.stringify(new URL('./place.ts', import.meta.url).href)};
       await new FolderPlace(${JSON.stringify(at)}).isolate('a-tenant', ${JSON.stringify(backup)});`,
    );
    const child = fork(script, {
      execArgv: [
        '--conditions=@lethe/source',
        '--experimental-transform-types',
        '--disable-warning=ExperimentalWarning',
      ],
      env: { ...process.env, NODE_ENV: 'test', LETHE_CRASH_AT: point },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.once('exit', (...how) => resolve(how)),
    );
    expect([code, signal]).toEqual([null, 'SIGKILL']);
  }

  test.each(['retention.isolation.file-copied', 'retention.isolation.copied'])(
    'killed at %s nothing of it has gone, and the next try moves all of it, once',
    async (point) => {
      const at = { backups: join(home, point), isolation: join(elsewhere, point) };
      const place = new FolderPlace(at);
      const [tenant, backup] = [tenantId('a-tenant'), randomUUID()];
      const parts = ['collection', 'consent'].map((service) => ({
        tenant,
        backup,
        service,
        bytes: randomBytes(100_000),
      }));
      for (const part of parts) await place.write(part, Readable.from([part.bytes]));
      await killedAt(point, at, backup);
      expect(files(at.backups)).toHaveLength(2);
      for (const part of parts) expect((await buffer(await place.read(part))).equals(part.bytes)).toBe(true);

      await place.isolate(tenant, backup);
      expect(files(at.backups)).toEqual([]);
      expect(files(at.isolation).sort()).toEqual(parts.map(({ service }) => `a-tenant/${backup}/${service}.sealed`));
      for (const part of parts) expect((await buffer(await place.read(part))).equals(part.bytes)).toBe(true);
      expect(await place.remove(tenant, backup)).toBe(true);
    },
  );

  test('what cannot be copied whole stays where it was', async () => {
    const at = { backups: join(home, 'stays'), isolation: join(elsewhere, 'stays') };
    const place = new FolderPlace(at);
    const part = { tenant: tenantId('a-tenant'), backup: randomUUID(), service: 'collection' };
    await place.write(part, Readable.from([Buffer.from('sealed')]));
    // Something that no file can be renamed to.
    mkdirSync(join(at.isolation, part.tenant, part.backup, 'collection.sealed', 'in-the-way'), { recursive: true });
    await expect(place.isolate(part.tenant, part.backup)).rejects.toThrow();
    expect(files(at.backups)).toEqual([`a-tenant/${part.backup}/collection.sealed`]);
    rmSync(join(at.isolation, part.tenant), { recursive: true });
    await place.isolate(part.tenant, part.backup);
    expect(files(at.backups)).toEqual([]);
    expect((await buffer(await place.read(part))).toString()).toBe('sealed');
  });
});
