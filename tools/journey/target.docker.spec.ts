import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { startKafka, type KafkaServer } from '@lethe/testing';
import { Fleet } from './fleet.ts';
import { NODE, ROOT } from './lethe-process.ts';

jest.setTimeout(400_000);

const folder = mkdtempSync(join(tmpdir(), 'lethe-target-kafka-'));
let kafka: KafkaServer;
let fleet: Fleet;
beforeAll(async () => {
  kafka = await startKafka();
  fleet = await Fleet.start(join(folder, 'fleet'), kafka.brokers);
});
afterAll(async () => {
  await fleet?.stop();
  await kafka?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Every clause with a scenario that speaks through the log, or that is proved without. */
async function prove(...more: string[]) {
  const tags = '@DM-SEC-05 or @EP-SEC-02 or @CI-SEC-04 or @RS-SEC-04 or @XP-SEC-07 or @XP-CON-07';
  const args = ['prove', '--all', '--tags', tags, '--target', fleet.target, '--format', 'json', ...more];
  return new Promise<{ code: number; out: string; said: string }>((resolve) => {
    const lethe = join(ROOT, 'apps/lethe/bin/lethe.js');
    execFile(NODE, [lethe, ...args], { cwd: ROOT, maxBuffer: 1 << 26 }, (error, out, said) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, said }),
    );
  });
}

test('what scenarios say through the log travels through a real broker, and is answered there', async () => {
  const through = await prove('--kafka', kafka.brokers.join(','));
  const packs = Object.values((JSON.parse(through.out) as { packs: Record<string, Pack> }).packs);
  expect(packs.flatMap(({ clauses }) => clauses.filter(({ result }) => result !== 'proved'))).toEqual([]);
  expect(packs.flatMap(({ clauses }) => clauses)).toHaveLength(6);
  expect(through.said).not.toContain('left out');
});

test('where nobody says where the log is, those scenarios are left out, and that is said', async () => {
  expect((await prove()).said).toContain('6 scenarios speak through the log and were left out');
});

interface Pack {
  readonly clauses: readonly { readonly id: string; readonly result: string }[];
}
