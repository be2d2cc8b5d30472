import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap, type Running } from '@lethe/platform';
import { Instance } from './demo/instance.ts';
import { installationOf } from './installation.ts';
import { SERVICES } from './services.ts';

/** A home of the file's own, the whole Lethe on it, and its tenant: see `runsWithTenant`. */
export let home: string;
export let running: Running;
export let instance: Instance;

/** One Lethe for the file, in its process, with a tenant under Damai's pack at noon of 2 March 2026 and a clock that can be moved. @param prepare what the home is to have before anything starts on it */
export function runsWithTenant(tenant: string, prepare: (home: string) => void = () => undefined): void {
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), `lethe-${tenant}-`));
    prepare(home);
    const stated = { LETHE_HOME: home, LETHE_PORT: '0', LETHE_REGION: 'CN' };
    running = await bootstrap(SERVICES, installationOf(stated));
    instance = new Instance(running.url, tenant);
    await instance.open('damai', new Date('2026-03-02T04:00:00Z'));
  }, 120_000);
  afterAll(async () => {
    await running.stop();
    rmSync(home, { recursive: true, force: true });
  }, 60_000);
}

const COMMAND = fileURLToPath(new URL('../bin/lethe.js', import.meta.url));

/** The command as people run it: how it ended, and what it printed. */
export const lethe = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
