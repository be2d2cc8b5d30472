import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { events, http } from '@lethe/contracts';
import { BACKED_UP } from './domain/backup.ts';
import { asker, rig, tenant } from './retention.contract.ts';

/** A backup is ordered. */
export const take = async (keepDays = 30) =>
  (await rig.ask(http.TakeBackup, asker(tenant).operator, { body: { keepDays } })).backup;
export const folder = (kind: 'backups' | 'isolation', backup: string) => join(rig.backupFolders[kind], tenant, backup);

/** Of which classes the parts of every backup here are. */
export const HELD_CLASSES = ['orders', 'security-logs'] as const;

/** A service's part is in: its file, and its word. */
export async function part(backup: string, service: (typeof BACKED_UP)[number], snapshotAt = rig.clock.now()) {
  mkdirSync(folder('backups', backup), { recursive: true });
  writeFileSync(join(folder('backups', backup), `${service}.sealed`), 'sealed');
  const data = { backup, tables: 3, rows: 10, bytes: 6, sha256: '0'.repeat(64), snapshotAt: snapshotAt.toISOString() };
  if (service === 'collection')
    await rig.hear(events.CollectionBackupTakenV2, { tenant, slot: 0 }, { ...data, classes: [...HELD_CLASSES] });
  if (service === 'consent') await rig.hear(events.ConsentBackupTakenV1, { tenant, slot: 0 }, data);
  if (service === 'erasure') await rig.hear(events.ErasureBackupTakenV1, { tenant, slot: 0 }, data);
  if (service === 'retention') {
    const { outbox, database, clock } = rig.context;
    const event = await database.within(tenant, (sql) =>
      outbox.announce(sql, events.RetentionBackupTakenV1, { tenant, slot: 0, now: clock.machineNow() }, data),
    );
    const { topic, slot, number } = await outbox.numberOf(event, 50_000);
    expect(await rig.context.applied(topic, slot, number, 50_000)).toBe(true);
  }
}
export const whole = async (backup: string) => {
  for (const service of BACKED_UP) await part(backup, service);
};
