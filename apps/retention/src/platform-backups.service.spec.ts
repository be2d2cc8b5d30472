import { events, http } from '@lethe/contracts';
import { newId, restateRoute } from '@lethe/platform';
import { backupPurgeDay } from '@lethe/policy';
import type { z } from 'zod';
import { ESCALATE_AFTER_MS } from './domain/disposal.ts';
import { FindingsService } from './findings.service.ts';
import { Dates } from './dates.ts';
import { asker, carryOut, eachWithItsTenant, NOON, person, rig, sweep, tenant } from './retention.contract.ts';

eachWithItsTenant();

const HOUR = 3_600_000;
const DUE = '2026-04-02';
const on = (day: string) => new Date(`${day}T04:00:00.000Z`);
const before = (hours: number) => new Date(NOON.getTime() - hours * HOUR).toISOString();
type Registration = z.input<NonNullable<typeof http.RegisterBackup.body>>;

/** What a store copied of itself in the night, an hour before the tenant's noon unless said. */
const registration = (over: Partial<Registration> = {}): Registration => ({
  backup: newId(),
  participant: 'archive',
  classes: [],
  from: before(2),
  until: before(1),
  purgeOn: DUE,
  ...over,
});
const register = (over: Partial<Registration> = {}) =>
  rig.ask(http.RegisterBackup, asker(tenant).backend, { body: registration(over) });
const registered = async (over: Partial<Registration> = {}) => (await register(over)).backup;
const present = async (backup: string) =>
  (await rig.ask(http.Backups, asker(tenant).operator)).backups.find((one) => one.backup === backup)!;
const ack = (
  backup: string,
  wanted: 'isolation' | 'purge',
  over: { participant?: string; left?: number } = {},
  by = tenant,
) =>
  rig.ask(http.AckBackup, asker(by).backend, {
    params: { backup },
    body: { participant: 'archive', wanted, left: 0, ...over },
  });
const mayRestore = (backup: string) => rig.ask(http.MayRestore, asker(tenant).backend, { params: { backup } });
const ordered = async (backup: string) =>
  (await rig.announced(events.PlatformBackupOrderedV1))
    .filter(({ data }) => data.backup === backup)
    .map(({ data, signature }) => ({ wanted: data.wanted, holder: data.holder, because: data.because, signature }));
const gone = async (backup: string) =>
  (await rig.announced(events.BackupGoneV1)).filter(({ data }) => data.backup === backup);
const open = async () =>
  (await rig.ask(http.Findings, asker(tenant).officer)).findings.filter(({ resolvedAt }) => resolvedAt === undefined);
/** Parts of a class went, as an erasure or another cause takes them. */
const removed = (of: string, because: 'erased' | 'withdrawn' = 'erased') =>
  rig.hear(
    events.PartsRemovedV2,
    { tenant, subject: person() },
    { because, tallies: [{ class: of, custody: 'platform', parts: 1, disposal: '2027-03-02' }], parts: 1 },
  );
const shredded = () =>
  rig.hear(
    events.SubjectShreddedV1,
    { tenant, subject: person() },
    { entry: 1, erasure: newId(), compartments: ['contract'], keys: 1, effectiveAt: NOON.toISOString() },
  );
const disposed = (of: string) => carryOut(rig, tenant, { order: newId(), class: of, day: '2026-03-02' }, { found: 3 });

describe('a registered backup', () => {
  test('stands in the one catalogue with its holder, what it covers and when it must be gone', async () => {
    const backup = await registered({ classes: ['orders', 'face', 'orders'] });
    expect(await present(backup)).toEqual({
      backup,
      state: 'available',
      takenAt: before(1),
      purgeOn: DUE,
      rows: 0,
      bytes: 0,
      platform: { holder: 'archive', classes: ['face', 'orders'], from: before(2), until: before(1) },
    });
    expect(await mayRestore(backup)).toEqual({ may: true });
  });

  test('is never kept longer than the policy lets any be', async () => {
    const pack = await rig.context.packs.pack(tenant);
    const latest = backupPurgeDay(pack, new Date(before(1)));
    expect(await register({ purgeOn: '2030-01-01' })).toMatchObject({ state: 'available', purgeOn: latest });
  });

  test('is registered once, however often it is told; another under its id is refused', async () => {
    const one = registration({ purgeOn: '2030-01-01' });
    const first = await register(one);
    expect(await register(one)).toEqual(first);
    const told = (await rig.announced(events.BackupRegisteredV1)).filter(({ data }) => data.backup === one.backup);
    expect(told).toHaveLength(1);
    for (const other of [{ participant: 'other' }, { classes: ['face'] }, { until: before(0.5) }, { purgeOn: DUE }])
      await expect(register({ ...one, ...other })).rejects.toMatchObject({ code: 'retention/backup-known' });
    const { backup } = await rig.ask(http.TakeBackup, asker(tenant).operator, { body: {} });
    await expect(register({ backup })).rejects.toMatchObject({ code: 'retention/backup-known' });
    expect(await register({ ...one, backup: one.backup.toUpperCase() })).toEqual(first);
    await expect(
      rig.ask(http.TakeBackup, asker(tenant).operator, { body: { backup: one.backup } }),
    ).rejects.toMatchObject({ code: 'retention/backup-known' });
  });

  test('says truly what it is, or is refused by the name of the field', async () => {
    const wrong: [Partial<Registration>, string, string][] = [
      [{ from: before(1), until: before(2) }, 'retention/ends-before-it-begins', 'from'],
      [{ until: before(-1) }, 'retention/not-yet', 'until'],
      [{ classes: ['no-such-class'] }, 'retention/no-such-class', 'classes'],
      [{ participant: 'collection' }, 'retention/name-taken', 'participant'],
    ];
    for (const [over, code, field] of wrong) await expect(register(over)).rejects.toMatchObject({ code, field });
  });
});

describe('isolation', () => {
  test('is ordered of the holder the moment something it may have is gone, once, and says why', async () => {
    const backup = await registered();
    await shredded();
    await removed('orders');
    expect(await ordered(backup)).toEqual([
      { wanted: 'isolation', holder: 'archive', because: 'erasure', signature: expect.any(String) },
    ]);
    expect(await present(backup)).toMatchObject({ state: 'isolated', platform: { awaited: 'isolation' } });
    expect((await rig.announced(events.BackupIsolatedV1)).some(({ data }) => data.backup === backup)).toBe(false);
  });

  test('comes with the classes that are in it and no others, each schedule of a class being the class', async () => {
    const [face, orders] = [await registered({ classes: ['face'] }), await registered({ classes: ['orders'] })];
    await shredded();
    await removed('face', 'withdrawn');
    expect(await ordered(face)).toMatchObject([{ because: 'withdrawal' }]);
    expect(await ordered(orders)).toEqual([]);
    await disposed('orders.2026-04-01');
    expect(await ordered(orders)).toMatchObject([{ because: 'disposal' }]);
  });

  test('is there from the start where something went since the time it covers', async () => {
    await disposed('orders');
    expect(await register()).toMatchObject({ state: 'isolated' });
    await rig.moveClock(tenant, new Date(NOON.getTime() + 2 * HOUR));
    const [from, until] = [before(-1), before(-1.5)];
    expect(await register({ from, until })).toMatchObject({ state: 'available' });
  });

  test('refuses a restore with a verdict that names the clause, and Lethe restores none of it itself', async () => {
    const backup = await registered();
    const propose = () => rig.ask(http.ProposeRestore, asker(tenant).officer, { params: { backup } });
    await expect(propose()).rejects.toMatchObject({ code: 'retention/not-our-backup' });
    await shredded();
    const { clause } = (await rig.context.packs.pack(tenant)).backups;
    const verdict = { may: false, refusal: { code: 'backup-isolated', clause, field: 'backup' } };
    expect(await mayRestore(backup)).toEqual(verdict);
    await ack(backup, 'isolation');
    expect(await mayRestore(backup)).toEqual(verdict);
    await expect(propose()).rejects.toMatchObject({ code: 'retention/not-our-backup' });
  });
});

describe('what a holder says', () => {
  test('is taken when it has been ordered, once, and not where copies are left', async () => {
    const backup = await registered();
    await shredded();
    expect(await ack(backup, 'isolation', { left: 1 })).toEqual({ accepted: false });
    expect(await present(backup)).toMatchObject({ platform: { awaited: 'isolation' } });
    expect(await ack(backup.toUpperCase(), 'isolation')).toEqual({ accepted: true });
    expect(await ack(backup, 'isolation')).toEqual({ accepted: true });
    expect((await present(backup)).platform).not.toHaveProperty('awaited');
    const acked = (await rig.announced(events.PlatformBackupAckedV1)).filter(({ data }) => data.backup === backup);
    expect(acked).toHaveLength(1);
  });

  test('before any order is no truth: nothing changes, and the order comes on its day all the same', async () => {
    const backup = await registered();
    for (const wanted of ['isolation', 'purge'] as const)
      await expect(ack(backup, wanted)).rejects.toMatchObject({ code: 'retention/not-ordered', field: 'wanted' });
    expect(await gone(backup)).toEqual([]);
    await rig.moveClock(tenant, on(DUE));
    await sweep(rig, tenant);
    expect(await ordered(backup)).toMatchObject([{ wanted: 'purge' }]);
    expect(await present(backup)).toMatchObject({ state: 'purging', platform: { awaited: 'purge' } });
  });

  test('about a backup of another tenant, another store or of Lethe is about none', async () => {
    const backup = await registered();
    await shredded();
    const other = await rig.openTenant(`o-${tenant}`, { at: NOON });
    await expect(ack(backup, 'isolation', {}, other)).rejects.toMatchObject({ code: 'retention/no-such-backup' });
    await expect(ack(backup, 'isolation', { participant: 'other' })).rejects.toMatchObject({
      code: 'retention/not-addressed',
      field: 'participant',
    });
    const ours = (await rig.ask(http.TakeBackup, asker(tenant).operator, { body: {} })).backup;
    await expect(ack(ours, 'purge')).rejects.toMatchObject({ code: 'retention/no-such-backup' });
    expect(await present(backup)).toMatchObject({ platform: { awaited: 'isolation' } });
    await expect(rig.ask(http.MayRestore, asker(other).backend, { params: { backup } })).rejects.toMatchObject({
      code: 'retention/no-such-backup',
    });
  });
});

describe('a purge', () => {
  test('is ordered on the day by one of any number of sweeps, and gone when its holder says so, once', async () => {
    const backup = await registered();
    await sweep(rig, tenant);
    expect(await ordered(backup)).toEqual([]);
    await rig.moveClock(tenant, on(DUE));
    const swept = await Promise.all(Array.from({ length: 4 }, () => sweep(rig, tenant)));
    expect(swept.reduce((sum, { backupsPurged }) => sum + backupsPurged, 0)).toBe(1);
    expect(await ordered(backup)).toMatchObject([{ wanted: 'purge', holder: 'archive' }]);
    expect(await gone(backup)).toEqual([]);
    await Promise.all([ack(backup, 'purge'), ack(backup, 'purge'), ack(backup, 'purge')]);
    expect(await gone(backup)).toHaveLength(1);
    expect(await present(backup)).toMatchObject({ state: 'purged', purgedAt: expect.any(String) });
    expect(await ack(backup, 'purge', { left: 2 })).toEqual({ accepted: false });
    expect(await mayRestore(backup)).toMatchObject({ may: false });
    await shredded();
    expect(await ordered(backup)).toHaveLength(1);
  });

  test('that failed is a finding at once, and one when it is settled no more', async () => {
    const backup = await registered();
    await rig.moveClock(tenant, on(DUE));
    await sweep(rig, tenant);
    expect(await ack(backup, 'purge', { left: 1 })).toEqual({ accepted: false });
    await sweep(rig, tenant);
    expect(await open()).toMatchObject([{ kind: 'purge-failed', about: backup, since: DUE }]);
    expect(await gone(backup)).toEqual([]);
    await ack(backup, 'purge');
    await sweep(rig, tenant);
    expect(await open()).toEqual([]);
  });
});

test('a holder that stays silent is found by name after an hour, and its purge when the day is over', async () => {
  const backup = await registered();
  const findings = new FindingsService(rig.context, new Dates(rig.context));
  const look = (after: number) => findings.look(tenant, new Date(rig.clock.now().getTime() + after));
  await shredded();
  await look(ESCALATE_AFTER_MS - 60_000);
  expect(await open()).toEqual([]);
  await look(ESCALATE_AFTER_MS + 60_000);
  expect(await open()).toMatchObject([{ kind: 'ack-overdue', about: `${backup} archive` }]);
  await ack(backup, 'isolation');
  await look(ESCALATE_AFTER_MS + 60_000);
  expect(await open()).toEqual([]);
  await rig.moveClock(tenant, on(DUE));
  await sweep(rig, tenant);
  await rig.moveClock(tenant, on('2026-04-03'));
  await look(ESCALATE_AFTER_MS + 60_000);
  expect((await open()).map(({ kind }) => kind).sort()).toEqual(['ack-overdue', 'purge-failed']);
  expect(await gone(backup)).toEqual([]);
});

test('what nobody has answered is ordered anew when what stands is stated, and nothing else', async () => {
  const [silent, answered] = [await registered(), await registered()];
  await shredded();
  await ack(answered, 'isolation');
  const restate = (topic: string) =>
    rig.ask(restateRoute('retention'), { tenant, role: 'service' }, { body: { topic, slot: 0 } });
  await restate(events.PlatformBackupOrderedV1.topic);
  await restate(events.BackupIsolatedV1.topic);
  expect((await ordered(silent)).map(({ wanted, because }) => ({ wanted, because }))).toEqual([
    { wanted: 'isolation', because: 'erasure' },
    { wanted: 'isolation', because: 'erasure' },
  ]);
  expect(await ordered(answered)).toHaveLength(1);
  expect((await rig.announced(events.BackupIsolatedV1)).some(({ data }) => data.backup === silent)).toBe(false);
});
