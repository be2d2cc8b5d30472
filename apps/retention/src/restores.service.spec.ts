import { http } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { take, whole } from './backups.contract.ts';
import { LongPoll } from './long-poll.ts';
import { RestoresService } from './restores.service.ts';
import { asker, eachWithItsTenant, NOON, rig, tenant } from './retention.contract.ts';

eachWithItsTenant();

const report = { restored: 5, replayed: 2, dropped: 1, unrecoverable: 0, lost: [], incarnation: newId() };
const propose = (backup: string) => rig.ask(http.ProposeRestore, asker(tenant).officer, { params: { backup } });
const confirm = (restore: string, who: 'officer' | 'otherOfficer' = 'otherOfficer') =>
  rig.ask(http.ConfirmRestore, asker(tenant)[who], { params: { restore } });
const state = (restore: string) =>
  rig.ask(http.RestoreState, asker(tenant).officer, { params: { restore }, query: { waitMs: 0 } });
/** A process of the service: what it does for a restore dies with it. */
const another = () => new RestoresService(rig.context, new LongPoll());

interface Asked {
  readonly restore: string;
  readonly backup: string;
  readonly approvals: readonly string[];
  readonly sha256: string;
}
/** Collection, answering what comes next on the list, and its last word from then on. */
function collection(...answers: (() => unknown)[]): Asked[] {
  const asked: Asked[] = [];
  rig.peers.answer(http.RestoreBackup, ({ body }) => {
    asked.push(body);
    return (answers.length > 1 ? answers.shift()! : answers[0]!)() as never;
  });
  return asked;
}
const done = () => ({ ...report, state: 'restored' });
const running = () => ({ state: 'running' });
const fails = (kind: 'unavailable' | 'conflict', code: string) => () => {
  throw new Fault(kind, code, 'it is not to be');
};

async function proposed(): Promise<{ backup: string; restore: string }> {
  const backup = await take();
  await whole(backup);
  return { backup, ...(await propose(backup)) };
}

test('a restore needs two people, names both to collection, and is confirmed once', async () => {
  const asked = collection(done);
  const backup = await take();
  await expect(propose(backup)).rejects.toMatchObject({ code: 'retention/backup-not-whole' });
  await whole(backup);
  const { restore } = await propose(backup);
  expect(await state(restore)).toEqual({ state: 'proposed' });
  await expect(confirm(restore, 'officer')).rejects.toMatchObject({ code: 'platform/same-person' });
  expect(asked).toEqual([]);
  expect(await confirm(restore)).toEqual({ ...report, state: 'restored' });
  // The digest is what collection said of its part: nothing else is let in under that name.
  expect(asked).toMatchObject([{ restore, backup, service: 'collection', sha256: '0'.repeat(64) }]);
  expect(new Set(asked[0]?.approvals).size).toBe(2);
  await expect(confirm(restore)).rejects.toMatchObject({ code: 'retention/already-confirmed' });
  expect(await state(restore)).toEqual({ ...report, state: 'restored' });
  expect(asked).toHaveLength(1);
});

test('the last restore of each backup is listed as long as the backup can be restored', async () => {
  const list = async () =>
    (await rig.ask(http.Restores, asker(tenant).auditor)).restores.map((one) => [one.restore, one.state, one.code]);
  collection(fails('conflict', 'collection/no-such-backup'), done);
  const [one, other] = [await proposed(), await proposed()];
  expect(await list()).toEqual([
    [other.restore, 'proposed', undefined],
    [one.restore, 'proposed', undefined],
  ]);
  await confirm(one.restore);
  expect(await list()).toContainEqual([one.restore, 'failed', 'collection/no-such-backup']);
  const { restore } = await propose(one.backup);
  expect((await list()).slice(0, 2)).toEqual([
    [restore, 'proposed', undefined],
    [other.restore, 'proposed', undefined],
  ]);
  await confirm(restore);
  expect(await list()).toEqual([
    [restore, 'restored', undefined],
    [other.restore, 'proposed', undefined],
  ]);
  await rig.database.admin.transaction((sql) =>
    sql.query(`update backup set state = 'purging' where backup = $1`, [other.backup]),
  );
  expect(await list()).toEqual([[restore, 'restored', undefined]]);
});

test('one that takes longer than an answer is asked for until it is done, under one id', async () => {
  const asked = collection(running, running, done);
  const { restore } = await proposed();
  expect(await confirm(restore)).toEqual({ ...report, state: 'restored' });
  expect(asked.map((one) => one.restore)).toEqual([restore, restore, restore]);
});

test('while collection is away it is running; whoever asks, and each sweep, goes on with it, in whatever process', async () => {
  const asked = collection(
    fails('unavailable', 'platform/peer-unavailable'),
    fails('unavailable', 'platform/peer-unavailable'),
    done,
  );
  const { restore } = await proposed();
  const first = another();
  const by = { tenant, sub: 'lethe#other' };
  expect(await first.confirm(by, restore, 0)).toEqual({ state: 'running' });
  await first.idle();
  expect(await first.state(tenant, restore, 0)).toEqual({ state: 'running' });
  await first.idle();
  await first.stop();
  const next = another();
  await next.resume(tenant);
  await next.idle();
  expect(await state(restore)).toMatchObject({ state: 'restored', restored: 5 });
  expect(asked.map((one) => one.restore)).toEqual([restore, restore, restore]);
  await next.resume(tenant);
  await next.idle();
  expect(asked).toHaveLength(3);
});

test('what will never do is given up, and says why', async () => {
  const asked = collection(fails('conflict', 'platform/backup-altered'));
  const { restore } = await proposed();
  expect(await confirm(restore)).toEqual({ state: 'failed', code: 'platform/backup-altered' });
  await another().resume(tenant);
  expect(await state(restore)).toEqual({ state: 'failed', code: 'platform/backup-altered' });
  expect(asked).toHaveLength(1);
});

test('of another tenant’s backup and restore nothing is known', async () => {
  const { backup, restore } = await proposed();
  const other = await rig.openTenant(`other-${tenant}`, { at: NOON });
  const missing = { kind: 'missing' };
  await expect(rig.ask(http.ProposeRestore, asker(other).officer, { params: { backup } })).rejects.toMatchObject(
    missing,
  );
  await expect(
    rig.ask(http.RestoreState, asker(other).officer, { params: { restore }, query: { waitMs: 0 } }),
  ).rejects.toMatchObject(missing);
  await expect(rig.ask(http.ConfirmRestore, asker(other).otherOfficer, { params: { restore } })).rejects.toMatchObject(
    missing,
  );
  expect((await rig.ask(http.Backups, asker(other).operator)).backups).toEqual([]);
});
