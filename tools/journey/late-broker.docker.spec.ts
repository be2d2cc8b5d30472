import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { startKafka, startPostgres } from '@lethe/testing';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess, NODE, ROOT } from './lethe-process.ts';

const LETHE = join(ROOT, 'apps/lethe/bin/lethe.js');
/** Less than kafkajs has patience for: the line comes from the first look. */
const SOON_MS = 50_000;

const opened: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of opened.reverse()) await close();
});

test('a service whose broker is not there yet says so, is not ready, and becomes it by itself', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-late-'));
  opened.push(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })));
  const kafka = await startKafka();
  opened.push(() => kafka.stop());
  const data = await startPostgres();
  opened.push(() => data.stop());
  await kafka.kill();

  const { user, password, host, port } = data.server.admin;
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
    LETHE_HOME: join(folder, 'home'),
    LETHE_SLOTS: '4',
    LETHE_DATA_URL: `postgres://${user}:${password}@${host}:${String(port)}`,
    LETHE_KAFKA: kafka.brokers.join(','),
  };
  const waiting = `waiting (messaging/log-down: Kafka at ${env.LETHE_KAFKA} (LETHE_KAFKA): `;
  await promisify(execFile)(NODE, [LETHE, 'init'], {
    env: { PATH: env.PATH, HOME: env.HOME, LETHE_HOME: env.LETHE_HOME, LETHE_SLOTS: env.LETHE_SLOTS },
  });
  const service = new LetheProcess({
    command: [LETHE, 'serve', '--service', 'consent'],
    env,
    port: await freePort(),
    logFile: join(folder, 'consent.log'),
  });
  opened.push(() => service.stop());
  await service.launch();
  // It needs no keys; of the keyring's cluster it is told only because whoever prepares makes both.
  const preparing = promisify(execFile)(NODE, [LETHE, 'init'], {
    env: { ...env, LETHE_KEYS_URL: env.LETHE_DATA_URL },
  });
  preparing.catch(() => undefined);
  await eventually('it names the broker', () => Promise.resolve(service.printed().includes(waiting)), SOON_MS);
  await expect(fetch(`${service.url}/health/ready`)).rejects.toThrow();

  await kafka.restart();
  await service.ready();
  expect((await preparing).stderr).toContain(waiting);
}, 300_000);
