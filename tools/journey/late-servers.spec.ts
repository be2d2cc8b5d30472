import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EmbeddedPostgres } from '@lethe/platform';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess, NODE, ROOT } from './lethe-process.ts';

const LETHE = join(ROOT, 'apps/lethe/bin/lethe.js');
const PASSWORD = 'only-for-tests';
const SOON_MS = 50_000;

const opened: (() => Promise<void>)[] = [];
let folder: string;
let ports: { readonly data: number; readonly keys: number; readonly own: number };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-late-'));
  ports = { data: await freePort(), keys: await freePort(), own: await freePort() };
});

afterAll(async () => {
  for (const close of opened.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** A server that comes up where it was said to be, long after it was first asked for. */
async function come(cluster: 'data' | 'keys'): Promise<void> {
  const own = join(folder, cluster);
  mkdirSync(own, { mode: 0o711 });
  writeFileSync(join(own, 'port'), String(ports[cluster]));
  const server = await EmbeddedPostgres.start({ folder: own, password: PASSWORD, volatile: true });
  opened.push(() => server.stop());
  expect(server.admin.port).toBe(ports[cluster]);
}

test('a service whose servers are not there yet says which it waits for, is not ready, and becomes it by itself', async () => {
  const url = (cluster: 'data' | 'keys'): string =>
    `postgres://lethe_admin:${PASSWORD}@127.0.0.1:${String(ports[cluster])}`;
  const home = { LETHE_HOME: join(folder, 'home') };
  const servers = { LETHE_DATA_URL: url('data'), LETHE_KEYS_URL: url('keys') };
  const path = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/' };
  await promisify(execFile)(NODE, [LETHE, 'init'], { env: { ...path, ...home } });
  const service = new LetheProcess({
    command: [LETHE, 'serve', '--service', 'collection'],
    env: { ...home, ...servers },
    port: ports.own,
    logFile: join(folder, 'collection.log'),
  });
  opened.push(() => service.stop());
  await service.launch();
  const preparing = promisify(execFile)(NODE, [LETHE, 'init'], { env: { ...path, ...home, ...servers } });
  preparing.catch(() => undefined);
  let prepared = '';
  preparing.child.stderr?.on('data', (text: string) => (prepared += text));

  const says = (line: string, printed = () => service.printed()): Promise<unknown> =>
    eventually(`it says: ${line}`, () => Promise.resolve(printed().includes(line)), SOON_MS);
  const ready = (): Promise<boolean> =>
    fetch(`${service.url}/health/ready`).then(
      ({ status }) => status === 200,
      () => false,
    );
  const waiting = (cluster: 'data' | 'keys', setting: string): string =>
    `waiting (platform/database-unavailable: PostgreSQL of the ${cluster} at 127.0.0.1:${String(ports[cluster])} (${setting}): `;
  await says(waiting('data', 'LETHE_DATA_URL'));
  await says(waiting('data', 'LETHE_DATA_URL'), () => prepared);
  expect(await ready()).toBe(false);

  await come('data');
  await says(waiting('keys', 'LETHE_KEYS_URL'));
  expect(await ready()).toBe(false);

  await come('keys');
  await service.ready();
  await preparing;
  expect(service.printed()).not.toContain(PASSWORD);
}, 120_000);
