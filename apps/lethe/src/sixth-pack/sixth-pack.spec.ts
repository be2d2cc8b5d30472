import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap, type Running } from '@lethe/platform';
import { checkFolder } from '@lethe/policy';
import { isProved, prove, select } from '@lethe/prover';
import { installationOf } from '../installation.ts';
import { lethe } from '../running.contract.ts';
import { SERVICES } from '../services.ts';

const policies = mkdtempSync(join(tmpdir(), 'lethe-sixth-'));
const home = mkdtempSync(join(tmpdir(), 'lethe-sixth-home-'));
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
let running: Running;

/** The museum as a reader of the guide has it on disk: every example, and the scenarios the guide leaves to its reader. */
beforeAll(async () => {
  const guide = readFileSync(here('../../../../docs/packs.md'), 'utf8');
  const files = new Map<string, string>();
  for (const [, name = '', text = ''] of guide.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm))
    files.set(name, `${files.get(name) ?? ''}${text}`);
  for (const [name, text] of files) {
    mkdirSync(dirname(join(policies, 'lantern', name)), { recursive: true });
    writeFileSync(join(policies, 'lantern', name), text);
  }
  copyFileSync(here('rest.feature'), join(policies, 'lantern', 'scenarios', 'rest.feature'));
  running = await bootstrap(SERVICES, installationOf({ LETHE_POLICIES: policies, LETHE_HOME: home, LETHE_PORT: '0' }));
}, 120_000);
afterAll(async () => {
  await running?.stop();
  for (const folder of [policies, home]) rmSync(folder, { recursive: true, force: true });
}, 60_000);

test('a pack written from the guide alone is in order, and every promise of it is proved on the running system', async () => {
  expect(
    checkFolder(join(policies, 'lantern')).findings.filter(({ message }) => !message.startsWith('LM-SHR-01')),
  ).toEqual([]);
  const { selected, findings } = select(policies, { packs: ['lantern'] });
  expect(findings).toEqual([]);
  const { report, outcomes } = await prove(selected, { addresses: running.url });
  expect(outcomes.filter(({ passed }) => !passed).map(({ at, message }) => `${at ?? ''}: ${message ?? ''}`)).toEqual(
    [],
  );
  expect(isProved(report)).toBe(true);
  // Who gets the name is asked of a service that is not there yet.
  expect(report.packs['lantern']!.enforceable).toEqual({ total: 20, proved: 19, failed: 0, missing: 0, later: 1 });
}, 120_000);

test('a folder that lies elsewhere is proved where it lies', async () => {
  const { stdout } = await lethe('prove', join(policies, 'lantern'), '--tags', '@LM-COL-06', '--format', 'json');
  expect(JSON.parse(stdout)).toMatchObject({ packs: { lantern: { enforceable: { total: 1, proved: 1 } } } });
}, 300_000);
