import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { events, http } from '@lethe/contracts';
import { FolderPlace, newId, type BackupPlace } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { BackupsService } from './backups.service.ts';
import { folder, HELD_CLASSES, part, take, whole } from './backups.contract.ts';
import { Dates } from './dates.ts';
import { BACKED_UP } from './domain/backup.ts';
import { FindingsService } from './findings.service.ts';
import { LongPoll } from './long-poll.ts';
import { PlatformBackupsService } from './platform-backups.service.ts';
import { asker, carryOut, eachWithItsTenant, NOON, person, rig, sweep, tenant } from './retention.contract.ts';
import { BackupStore } from './store/backup.store.ts';
import { CatalogueStore } from './store/catalogue.store.ts';

eachWithItsTenant();

const DAY_MS = 86_400_000;
const present = async (backup: string) =>
  (await rig.ask(http.Backups, asker(tenant).operator)).backups.find((one) => one.backup === backup)!;
const state = async (backup: string) => (await present(backup)).state;
const told = async (type: string, backup: string) =>
  (await rig.announced()).filter(
    (event) => event.type === type && (event.data as { backup?: string }).backup === backup,
  );
const serviceOver = (place: BackupPlace) => {
  const poll = new LongPoll();
  return new BackupsService(rig.context, place, poll, new PlatformBackupsService(rig.context, poll));
};

/** Keys of a person died: of an erasure, unless `cause` names none. */
const shred = (keys = 1, cause: { readonly erasure?: string } = { erasure: newId() }) => {
  const subject = person();
  return rig.hear(
    events.SubjectShreddedV1,
    { tenant, subject },
    {
      entry: 1,
      ...cause,
      compartments: ['contract'],
      keys,
      effectiveAt: NOON.toISOString(),
    },
  );
};

describe('a backup', () => {
  test('that was named is taken once, however often it is asked for', async () => {
    const backup = newId();
    const asked = { body: { backup: backup.toUpperCase(), keepDays: 30 } };
    for (let times = 0; times < 2; times += 1)
      expect(await rig.ask(http.TakeBackup, asker(tenant).operator, asked)).toEqual({ backup, state: 'taking' });
    expect(await told('retention.backup-ordered.v1', backup)).toHaveLength(1);
  });

  test('is available when all four services have put their part in', async () => {
    const backup = await take();
    expect(await told('retention.backup-ordered.v1', backup)).toHaveLength(1);
    for (const service of BACKED_UP) {
      expect(await state(backup)).toBe('taking');
      await part(backup, service);
    }
    expect(await present(backup)).toMatchObject({ state: 'available', rows: 40, bytes: 24, purgeOn: '2026-04-02' });
  });

  test('is never kept longer than the policy allows', async () => {
    expect(await present(await take(3650))).toMatchObject({ purgeOn: '2026-06-01' });
  });

  test('answers when it is whole', async () => {
    const answer = rig.ask(http.TakeBackup, asker(tenant).operator, { body: { waitMs: 10_000 } });
    const { data } = await eventually(async () =>
      (await rig.announced(events.BackupOrderedV1)).find((event) => event.tenant === tenant),
    );
    await whole(data.backup);
    expect(await answer).toEqual({ backup: data.backup, state: 'available' });
  });
});

describe('isolation', () => {
  test('comes with the first thing destroyed that it holds: its files lie where only quarantine reads', async () => {
    const backup = await take();
    await whole(backup);
    await shred();
    expect(await present(backup)).toMatchObject({ state: 'isolated', isolatedAt: expect.any(String) });
    expect(await told('retention.backup-isolated.v1', backup)).toMatchObject([{ data: { because: 'erasure' } }]);
    await eventually(() => Promise.resolve(existsSync(folder('isolation', backup))));
    expect(existsSync(folder('backups', backup))).toBe(false);
    expect(readdirSync(folder('isolation', backup)).sort()).toEqual(
      BACKED_UP.map((service) => `${service}.sealed`).sort(),
    );
    await shred();
    expect(await told('retention.backup-isolated.v1', backup)).toHaveLength(1);
  });

  test('comes with a disposal, and not with one that only set aside what is held', async () => {
    const backup = await take();
    await whole(backup);
    const order = { order: newId(), class: 'orders', day: '2026-03-02' };
    await carryOut(rig, tenant, order, { found: 2, held: 1, restricted: 1 });
    expect(await state(backup)).toBe('available');
    await carryOut(rig, tenant, { ...order, order: newId() }, { found: 3, held: 1, restricted: 1 });
    expect(await state(backup)).toBe('isolated');
    expect(await told('retention.backup-isolated.v1', backup)).toMatchObject([{ data: { because: 'disposal' } }]);
  });

  test('comes with an erasure that only deleted rows, and not with a withdrawal that found nothing', async () => {
    const backup = await take();
    await whole(backup);
    await shred(0, {});
    expect(await state(backup)).toBe('available');
    await shred(0);
    expect(await state(backup)).toBe('isolated');
    expect(await told('retention.backup-isolated.v1', backup)).toMatchObject([{ data: { because: 'erasure' } }]);
  });

  test('comes with rows that are deleted outside any disposal, as a correction does', async () => {
    const backup = await take();
    await whole(backup);
    const removed = (parts: number) =>
      rig.hear(
        events.PartsRemovedV2,
        { tenant, subject: person() },
        {
          because: 'corrected',
          tallies: [{ class: 'orders', disposal: '2027-03-02', custody: 'platform', parts }],
          parts,
        },
      );
    await removed(0);
    expect(await state(backup)).toBe('available');
    await removed(1);
    expect(await state(backup)).toBe('isolated');
  });

  test('says why rows went: with a withdrawal, an erasure, or the end of what kept them', async () => {
    const causes = { withdrawn: 'withdrawal', erased: 'erasure', 'kept-no-longer': 'disposal' } as const;
    for (const [because, said] of Object.entries(causes)) {
      const backup = await take();
      await whole(backup);
      await rig.hear(
        events.PartsRemovedV2,
        { tenant, subject: person() },
        { because: because as keyof typeof causes, tallies: [], parts: 1 },
      );
      const isolated = (await rig.announced(events.BackupIsolatedV1)).find(({ data }) => data.backup === backup);
      expect(isolated?.data.because).toBe(said);
      rig.clock.advance(1);
    }
  });

  test('leaves a backup that was taken afterwards', async () => {
    await shred();
    rig.clock.advance(1);
    const backup = await take();
    await whole(backup);
    expect(await state(backup)).toBe('available');
  });

  test('does not miss what was destroyed while the backup was being taken', async () => {
    const backup = await take();
    for (const service of BACKED_UP.slice(0, 3)) await part(backup, service);
    await shred(1, {});
    await part(backup, BACKED_UP[3]);
    expect(await state(backup)).toBe('isolated');
  });
});

describe('a purge', () => {
  const keyDestroyed = (backup: string) =>
    rig.hear(events.BackupKeyDestroyedV1, { tenant, slot: 0 }, { backup, at: NOON.toISOString() });

  test('removes the files, then orders the key destroyed; gone only when both are', async () => {
    const backup = await take();
    await whole(backup);
    await shred();
    expect(await sweep(rig, tenant)).toMatchObject({ backupsPurged: 0 });
    await rig.moveClock(tenant, new Date('2026-04-02T04:00:00.000Z'));
    expect(await sweep(rig, tenant)).toMatchObject({ backupsPurged: 1 });
    expect(existsSync(folder('isolation', backup))).toBe(false);
    expect(await told('retention.backup-purged.v1', backup)).toMatchObject([{ signature: expect.any(String) }]);
    expect(await state(backup)).toBe('purging');
    expect(await told('retention.backup-gone.v1', backup)).toEqual([]);
    expect(await sweep(rig, tenant)).toMatchObject({ backupsPurged: 0 });

    await keyDestroyed(backup);
    expect(await present(backup)).toMatchObject({ state: 'purged', purgedAt: expect.any(String) });
    expect(await told('retention.backup-gone.v1', backup)).toHaveLength(1);
  });

  test('does not come with a clock that jumped, and comes on its day when it is put right (I21)', async () => {
    const backup = await take();
    await whole(backup);
    expect(await sweep(rig, tenant)).toMatchObject({ backupsPurged: 0 });
    rig.clock.advance(400 * DAY_MS);
    for (let times = 0; times < 2; times += 1)
      expect(await sweep(rig, tenant)).toMatchObject({ stopped: 'days-skipped', backupsPurged: 0 });
    expect(await state(backup)).toBe('available');
    expect(existsSync(folder('backups', backup))).toBe(true);

    rig.clock.advance(-400 * DAY_MS);
    expect(await sweep(rig, tenant)).toMatchObject({ backupsPurged: 0 });
    await rig.moveClock(tenant, new Date('2026-04-02T04:00:00.000Z'));
    expect(await sweep(rig, tenant)).toMatchObject({ backupsPurged: 1 });
  });

  test('does not come while an officer has stopped disposal, nor of a store of the platform', async () => {
    const backup = await take();
    await whole(backup);
    const { officer, otherOfficer, backend } = asker(tenant);
    const [from, until] = ['2026-03-01T04:00:00.000Z', '2026-03-02T03:00:00.000Z'];
    const theirs = { backup: newId(), participant: 'archive', classes: [], from, until, purgeOn: '2026-04-01' };
    await rig.ask(http.RegisterBackup, backend, { body: theirs });
    await rig.ask(http.StopDisposal, officer, { body: { reason: 'wrong-policy' } });
    await rig.moveClock(tenant, new Date('2026-04-02T04:00:00.000Z'));
    expect(await sweep(rig, tenant)).toMatchObject({ stopped: 'stopped-by-officer', backupsPurged: 0 });
    expect([await state(backup), await state(theirs.backup)]).toEqual(['available', 'available']);
    expect(existsSync(folder('backups', backup))).toBe(true);
    await rig.ask(http.ResumeDisposal, otherOfficer);
    expect(await sweep(rig, tenant)).toMatchObject({ backupsPurged: 2 });
  });

  test('whose files cannot be removed orders nothing, says so, and is tried again', async () => {
    const backup = await take();
    await whole(backup);
    const stubborn = new FolderPlace(rig.backupFolders);
    stubborn.remove = () => Promise.resolve(false);
    await rig.moveClock(tenant, new Date('2026-04-02T04:00:00.000Z'));
    const service = serviceOver(stubborn);
    expect(await service.purgeDue(tenant, rig.clock.now())).toBe(0);
    expect(await told('retention.backup-purged.v1', backup)).toEqual([]);
    await keyDestroyed(backup);
    expect(await state(backup)).toBe('purging');
    expect(await told('retention.backup-gone.v1', backup)).toEqual([]);
    expect(rig.lines.some((line) => line.includes('retention/purge-failed'))).toBe(true);
    expect(await sweep(rig, tenant)).toMatchObject({ backupsPurged: 1 });
  });

  test('by several sweeps at once is ordered once', async () => {
    const backup = await take();
    await whole(backup);
    await rig.moveClock(tenant, new Date('2026-04-02T04:00:00.000Z'));
    const swept = await Promise.all(Array.from({ length: 4 }, () => sweep(rig, tenant)));
    expect(swept.reduce((sum, { backupsPurged }) => sum + backupsPurged, 0)).toBe(1);
    expect(await told('retention.backup-purged.v1', backup)).toHaveLength(1);
  });

  test('waits for whoever has the backup in hand at that moment: it misses no date', async () => {
    const backup = await take();
    await whole(backup);
    await rig.moveClock(tenant, new Date('2026-04-02T04:00:00.000Z'));
    const [inHand, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { database } = rig.context;
    const other = database.within(tenant, async (sql) => {
      await new BackupStore(sql, tenant).lock(backup);
      inHand.resolve();
      await letGo.promise;
    });
    await inHand.promise;
    const swept = sweep(rig, tenant);
    await eventually(async () => {
      const [row] = await database.transaction((sql) =>
        sql.query<{ waits: boolean }>(
          'select exists (select 1 from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0) as waits',
        ),
      );
      return row!.waits;
    });
    letGo.resolve();
    await other;
    expect(await swept).toMatchObject({ backupsPurged: 1 });
  });

  test('says of which classes the parts are as soon as collection has told, and nothing where it has not', async () => {
    const backup = await take();
    expect(await present(backup)).not.toHaveProperty('classes');
    await whole(backup);
    expect(await present(backup)).toMatchObject({ state: 'available', classes: [...HELD_CLASSES] });
    expect(await present(backup)).not.toHaveProperty('platform');
    const old = await take();
    const data = { backup: old, tables: 3, rows: 10, bytes: 6, sha256: '0'.repeat(64), snapshotAt: NOON.toISOString() };
    await rig.hear(events.CollectionBackupTakenV1, { tenant, slot: 0 }, data);
    expect(await present(old)).toMatchObject({ rows: 10 });
    expect(await present(old)).not.toHaveProperty('classes');
  });

  test('of a backup that was given up removes a part that comes too late', async () => {
    const backup = await take();
    await part(backup, 'collection');
    const service = serviceOver(rig.context.backups);
    expect(await service.purgeDue(tenant, new Date(rig.clock.now().getTime() + 3_600_000))).toBe(1);
    await part(backup, 'consent');
    await eventually(() => Promise.resolve(!existsSync(folder('backups', backup))));
    expect(await state(backup)).toBe('purging');
  });

  test('of a backup that was given up removes a late part with the next sweep where it could not be removed at once', async () => {
    const backup = await take();
    await part(backup, 'collection');
    const stuck = new FolderPlace(rig.backupFolders);
    const service = serviceOver(stuck);
    await service.purgeDue(tenant, new Date(rig.clock.now().getTime() + 3_600_000));
    await keyDestroyed(backup);
    expect(await state(backup)).toBe('purged');
    // As where the process ends between what it wrote down and what it did.
    stuck.remove = () => Promise.reject(new Error('not now'));
    mkdirSync(folder('backups', backup), { recursive: true });
    writeFileSync(join(folder('backups', backup), 'consent.sealed'), 'sealed');
    const taken = { backup, tables: 1, rows: 1, bytes: 6, sha256: '0'.repeat(64), snapshotAt: NOON.toISOString() };
    const failed = () => rig.lines.filter((line) => line.includes('retention/purge-failed')).length;
    const before = failed();
    await rig.context.database.within(tenant, (sql) =>
      service.partTaken(sql, tenant, 'consent', taken, rig.clock.now()),
    );
    await eventually(() => Promise.resolve(failed() > before));
    expect(existsSync(folder('backups', backup))).toBe(true);
    // It says so in the catalogue, and waits for a person long before its date.
    await eventually(async () => (await present(backup))?.awaited === 'purge');
    const purgeFailed = async () => {
      await new FindingsService({ ...rig.context, metrics }, new Dates(rig.context)).look(tenant, rig.clock.now());
      const { findings } = await rig.ask(http.Findings, asker(tenant).officer);
      return findings.filter((one) => one.kind === 'purge-failed' && one.resolvedAt === undefined);
    };
    expect(await purgeFailed()).toMatchObject([{ about: backup }]);
    // A retention whose log tells of the last days only knows of it from its own catalogue.
    const stated = await rig.context.database.within(tenant, (sql) => new CatalogueStore(sql, tenant).unpurged());
    expect(stated).toMatchObject([{ backup, state: 'purging' }]);
    expect(stated[0]).not.toHaveProperty('filesGoneAt');
    await sweep(rig, tenant);
    expect(existsSync(folder('backups', backup))).toBe(false);
    expect(await present(backup)).not.toHaveProperty('awaited');
    expect(await purgeFailed()).toEqual([]);
    stuck.remove = () => Promise.reject(new Error('nothing is late any more'));
    const said = rig.lines.length;
    await service.removeLate(tenant);
    expect(rig.lines).toHaveLength(said);
  });
});

const metrics = { gauge: () => undefined, counter: () => () => undefined };

test('a backup whose files cannot be moved says so in the catalogue, and waits for a person after an hour, until they are', async () => {
  const backup = await take();
  await whole(backup);
  const { backups } = rig.context;
  const isolate = backups.isolate.bind(backups);
  const refuses = jest.spyOn(backups, 'isolate').mockRejectedValue(new Error('denied'));
  try {
    await shred();
    await eventually(() => Promise.resolve(refuses.mock.calls.length > 0));
    expect(await present(backup)).toMatchObject({ state: 'isolated', awaited: 'isolation' });
    const looking = new FindingsService({ ...rig.context, metrics }, new Dates(rig.context));
    const unmoved = async (minutes: number) => {
      await looking.look(tenant, new Date(rig.clock.now().getTime() + minutes * 60_000));
      const { findings } = await rig.ask(http.Findings, asker(tenant).officer);
      return findings
        .filter(({ kind, resolvedAt }) => kind === 'ack-overdue' && resolvedAt === undefined)
        .map(({ about }) => about);
    };
    expect(await unmoved(59)).toEqual([]);
    expect(await unmoved(61)).toEqual([`${backup} lethe`]);
    refuses.mockImplementation(isolate);
    await sweep(rig, tenant);
    expect(await present(backup)).toMatchObject({ state: 'isolated' });
    expect(await present(backup)).not.toHaveProperty('awaited');
    expect(await unmoved(61)).toEqual([]);
  } finally {
    refuses.mockRestore();
  }
});

test('a backup that is not whole after ten minutes, or was given up, waits for a person until another is whole', async () => {
  const minutes = (n: number) => new Date(rig.clock.now().getTime() + n * 60_000);
  const looking = new FindingsService({ ...rig.context, metrics }, new Dates(rig.context));
  const untaken = async (after: number) => {
    await looking.look(tenant, minutes(after));
    const { findings } = await rig.ask(http.Findings, asker(tenant).officer);
    return findings
      .filter(({ kind, resolvedAt }) => kind === 'backup-not-taken' && resolvedAt === undefined)
      .map(({ about }) => about);
  };
  const backup = await take();
  await part(backup, 'collection');
  expect(await untaken(9)).toEqual([]);
  expect(await untaken(10)).toEqual([backup]);
  await serviceOver(rig.context.backups).purgeDue(tenant, minutes(61));
  expect(await untaken(62)).toEqual([backup]);
  const next = await take();
  await whole(next);
  expect(await untaken(62)).toEqual([]);
  // One that was whole and has been purged on its date was taken all the same.
  await serviceOver(rig.context.backups).purgeDue(tenant, minutes(62));
  expect(await untaken(62)).toEqual([]);
});
