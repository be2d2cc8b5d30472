import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { http } from '@lethe/contracts';
import type { Loss } from './commands/drill.ts';
import { home, instance, lethe, running, runsWithTenant } from './running.contract.ts';

runsWithTenant('drilled');

const drill = (...args: string[]) => lethe('keyring', 'drill', 'drilled', '--target', running.url, ...args);
const losses = async () => {
  const { code, stdout } = await drill('--json');
  return { code, of: (piece: string) => (JSON.parse(stdout) as Loss[]).find((each) => each.piece === piece) };
};

test('of a running installation it counts what each piece would cost, destroys nothing, and sees a slot that was lost', async () => {
  const platform = instance.platform();
  const subject = await platform.subject('user-1');
  const fields = { 'ip-address': '203.0.113.7', 'risk-rating': 'low' };
  const submission = { idempotencyKey: 'drill-logon-0001', subject, purpose: 'security', fields };
  expect(await platform.collect([submission])).toMatchObject([{ outcome: 'admitted' }]);
  await instance.ask('operator', http.TakeBackup, { body: { waitMs: 20_000 } });

  const whole = await losses();
  expect(whole.code).toBe(0);
  expect(whole.of('root')).toMatchObject({ present: true, lost: { parts: 1, people: 1, backups: 1 } });
  expect(whole.of('first-slot')).toMatchObject({ present: true, lost: { parts: 0, people: 0, backups: 0 } });
  expect(whole.of('ledger')).toMatchObject({ present: true, lost: { parts: 0, people: 0, backups: 1 } });
  expect((await platform.copyOf(subject)).parts).toHaveLength(1);

  // What runs has read the root, and goes on without it; what starts would not.
  const root = join(home, 'secrets', 'keyring', 'keyring-root');
  renameSync(root, `${root}.away`);
  const rootless = await losses();
  expect(rootless.code).toBe(1);
  expect(rootless.of('root')).toMatchObject({ present: false, restart: 'sealing/no-root', runbook: 'lost-root.md' });
  expect(rootless.of('first-slot')).toMatchObject({ present: true });
  expect((await platform.copyOf(subject)).parts).toHaveLength(1);
  expect((await drill()).stdout).toContain('sealing/no-root');
  renameSync(`${root}.away`, root);
  expect((await losses()).code).toBe(0);

  const slot = join(home, 'keys', 'epoch');
  for (const name of readdirSync(slot)) rmSync(join(slot, name));
  const half = await losses();
  expect(half.code).toBe(1);
  expect(half.of('first-slot')).toMatchObject({ present: false });
  expect(half.of('second-slot')).toMatchObject({ present: true, lost: { parts: 1, people: 1, backups: 1 } });
  const said = await drill();
  expect(said.stdout).toContain('MISSING');
  expect(said.stdout).toContain('docs/runbooks/lost-keyring-copy.md');
  // No epoch ends without it, and that waits for a person.
  await expect(instance.ask('operator', http.RotateEpoch)).rejects.toMatchObject({ code: 'sealing/slot-missing' });
  const waits = await lethe('attention', 'drilled', '--json', '--target', running.url);
  expect([waits.code, JSON.parse(waits.stdout)]).toEqual([
    1,
    [
      {
        ...{ tenant: 'drilled', what: 'key-missing', service: 'collection', about: 'first-slot' },
        runbook: 'lost-keyring-copy',
      },
    ],
  ]);
  await platform.close();
}, 300_000);
