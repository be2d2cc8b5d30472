import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canHaveVolumes, SmallVolume } from '@lethe/testing';
import type { Attention } from './commands/attention.ts';
import { home, lethe, running, runsWithTenant } from './running.contract.ts';

const RUNBOOKS = fileURLToPath(new URL('../../../docs/runbooks', import.meta.url));
/** Of the volume, and of what is left of it when it is full: less than PostgreSQL needs for the next file of its log. */
const [SIZE, FILLED] = [64, 40];
const MIB = 1_048_576;

const canMount = canHaveVolumes();
let own: SmallVolume | undefined;
const volume = (): string => join(home, 'backups');
// Before the home is removed.
afterAll(() => {
  own?.release();
});
runsWithTenant('without-room', () => {
  if (canMount) own = new SmallVolume(volume(), SIZE * MIB);
});

const attention = async (...tenants: string[]) => {
  const { code, stdout } = await lethe('attention', ...tenants, '--json', '--target', running.url);
  return { code, found: JSON.parse(stdout) as Attention[] };
};

// Not run where this machine mounts no file system for the test.
(canMount ? test : test.skip)(
  'a volume without room is listed once, whichever tenants are asked about, until there is room again',
  async () => {
    expect(await attention()).toEqual({ code: 0, found: [] });
    const filler = join(volume(), 'filler');
    appendFileSync(filler, Buffer.alloc(FILLED * MIB));
    const since = Date.now();
    for (const tenants of [[], ['without-room']]) {
      const { code, found } = await attention(...tenants);
      expect(code).toBe(1);
      expect(found).toEqual([
        {
          tenant: '*',
          what: 'disk-full',
          since: expect.any(String) as string,
          service: 'collection consent retention erasure',
          about: 'backups',
          runbook: 'full-disk',
        },
      ]);
      expect(Date.parse(found[0]?.since ?? '')).toBeGreaterThanOrEqual(since);
      expect(existsSync(join(RUNBOOKS, `${found[0]?.runbook ?? ''}.md`))).toBe(true);
    }
    const { stdout } = await lethe('attention', '--target', running.url);
    expect(stdout).toMatch(/disk-full.*backups.*full-disk\.md/);
    // What needs no room is answered: it is said, and nothing else waits.
    const ready = (await (await fetch(`${running.url}/health/ready`)).json()) as { status: string; full?: string[] };
    expect(ready).toMatchObject({ status: 'ready', full: ['backups'] });

    rmSync(filler);
    expect(await attention()).toEqual({ code: 0, found: [] });
  },
  120_000,
);
