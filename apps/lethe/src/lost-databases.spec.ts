import { afterAll, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { http } from '@lethe/contracts';
import { verifyCertificate } from '@lethe/ledger';
import type { SubjectRef } from '@lethe/kernel';
import { newId, parkedRoute } from '@lethe/platform';
import { eventually, WHOLE_LETHE } from '@lethe/testing';
import { Instance } from './demo/instance.ts';
import { at, begun, copy, ended, NAMES, type Life } from './life.contract.ts';

/** Browsed then, and due half a year later: past its day on `LATER`, before any backup's date. */
const LAST_AUTUMN = '2025-10-01T02:00:00.000Z';
const LATER = '2026-04-10T02:00:00.000Z';

afterAll(ended);

async function backup({ instance }: Life): Promise<string> {
  const { backup: taken } = await instance.ask('operator', http.TakeBackup, { body: { waitMs: 30_000 } });
  await eventually(
    async () =>
      (await instance.ask('operator', http.Backups)).backups.some(
        (one) => one.backup === taken && one.state !== 'taking',
      ),
    WHOLE_LETHE,
  );
  return taken;
}

/** A store of the platform has taken a backup of its own: whether it may be restored, and what its holder is awaited for. */
async function tape(life: Life) {
  const of = newId();
  const [from, until] = ['2026-03-01T02:00:00.000Z', '2026-03-01T03:00:00.000Z'] as const;
  const body = { backup: of, participant: 'archive', classes: [], from, until, purgeOn: '2026-05-20' };
  await life.instance.ask('backend', http.RegisterBackup, { body });
  return {
    isolate: () =>
      life.instance.ask('backend', http.AckBackup, {
        params: { backup: of },
        body: { participant: 'archive', wanted: 'isolation', left: 0 },
      }),
    standing: async () => {
      const found = (await life.instance.ask('operator', http.Backups)).backups.find(({ backup: one }) => one === of);
      const { may } = await life.instance.ask('backend', http.MayRestore, { params: { backup: of } });
      const awaited = found?.platform?.awaited;
      return { state: found?.state, may, ...(awaited === undefined ? {} : { awaited }) };
    },
  };
}

/** The certificate, as the platform keeps it. */
async function forget(life: Life, subject: SubjectRef): Promise<Record<string, unknown>> {
  const platform = life.instance.platform();
  const { request } = await platform.askErasure({
    ...{ subject, kind: 'erasure', identity: { method: 'login-and-code', verifiedAt: at } },
    idempotencyKey: `forget-${subject}`,
  });
  await eventually(async () => (await platform.request(request)).certificate !== undefined, WHOLE_LETHE);
  return platform.certificate((await platform.request(request)).certificate!);
}

/** What lies in a folder of the home, by the last two names of the path: an isolated backup lies elsewhere than it did. */
const files = ({ home }: Life, folders: readonly string[], ending: string): Map<string, Buffer> =>
  new Map(
    folders.flatMap((folder) =>
      readdirSync(join(home, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith(ending))
        .map((name) => [name.split('/').slice(-2).join('/'), readFileSync(join(home, folder, name))] as const),
    ),
  );
const backedUp = (life: Life) => files(life, ['backups', 'isolation'], '.sealed');
const replayList = (life: Life) => Buffer.concat([...files(life, ['ledger/ledger'], '.jsonl').values()]).toString();
const browsed = async ({ instance }: Life, subject: SubjectRef) =>
  (await instance.ask('officer', http.Holdings, { params: { subject } })).holdings.filter(
    ({ compartment }) => compartment === 'contract',
  );

/** People browse; one is forgotten before and one after the first backup, one withdraws, and a day comes on which all but what is held goes. */
async function lived(life: Life) {
  await life.round(1);
  await crowd(life);
  const [due, held, goes, stays] = life.people.filter((subject) => !life.erased.has(subject));
  const collect = (subject: SubjectRef) =>
    life.instance.platform().collect([
      {
        ...{ idempotencyKey: `last-autumn-${subject}`, subject, purpose: 'display-and-logs', collectedAt: LAST_AUTUMN },
        ...{ channel: 'app' as const, fields: { 'viewed-content': '演唱会', 'ip-address': '10.24.31.7' } },
      },
    ]);
  for (const subject of [due!, held!]) expect(await collect(subject)).toMatchObject([{ outcome: 'admitted' }]);
  return { due: due!, held: held!, goes: goes!, stays: stays! };
}

/** So many people that what they looked for lives on as a cell, on the day on which `gone` comes to. */
const CROWD = 20;
async function crowd({ instance }: Life): Promise<void> {
  const platform = instance.platform();
  const people = [];
  for (let n = 0; n < CROWD; n += 1) people.push(await platform.subject(`crowd-${String(n)}`));
  const purpose = 'personalized-display';
  await platform.consent(
    people.map((subject) => ({
      ...{ subject, purpose, state: 'given' as const, level: 'opt-in' as const, notice: '2020-11-18' },
      at: LAST_AUTUMN,
    })),
  );
  const answers = await platform.collect(
    people.map((subject) => ({
      ...{ idempotencyKey: `crowd-${subject}`, subject, purpose, collectedAt: LAST_AUTUMN, channel: 'app' as const },
      fields: { 'observed-on': '2025-10-01', 'preferred-genre': 'opera', 'group-profile': 'family' },
    })),
  );
  expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['admitted']));
}
const cells = async ({ instance }: Life) => (await instance.ask('officer', http.Cells)).cells;

/** A tenant under a pack that lies in no folder: its text was sent. */
async function sent({ running }: Life): Promise<Instance> {
  const instance = new Instance(running!.url, 'sent-pack');
  const read = (file: string) =>
    readFileSync(fileURLToPath(new URL(`../../../policies/damai/${file}.yaml`, import.meta.url)), 'utf8');
  const { digest, findings } = await instance.ask('operator', http.SendPack, {
    body: { policy: `${read('policy')}# sent\n`, clauses: read('clauses') },
  });
  expect(findings).toEqual([]);
  await instance.ask('operator', http.OpenTenant, {
    body: { tenant: instance.tenant, pack: 'damai', digest: digest!, startAt: at },
  });
  return instance;
}
const versionsOf = (life: Life, tenant: string) =>
  new Instance(life.running!.url, tenant).ask('officer', http.PackVersions);

/** Eight days later: the log no longer says how a tenant was opened, and what is stated each day stands in it. */
async function logGoesOn(life: Life): Promise<void> {
  await life.stop();
  await life.offline(["update heartbeat set tenants_stated_at = '-infinity'"], 'lethe_consent');
  await life.start();
  await eventually(async () => (await life.ready()).status === 'ready');
  await life.stop();
  const early = ['tenant-opened', 'clock-moved', 'pack-activated'].map((name) => `value like '%consent.${name}.v%'`);
  await life.offline([`delete from event_log where ${early.join(' or ')}`], 'lethe_log');
}

async function gone(life: Life, { due, held, goes }: Awaited<ReturnType<typeof lived>>) {
  await life.instance.ask('officer', http.PlaceHold, {
    body: {
      ...{ scope: { kind: 'subject', subject: held }, reason: 'litigation', authority: 'court' },
      reviewOn: '2026-09-01',
    },
  });
  const had = (await browsed(life, due)).reduce((sum, { parts }) => sum + parts, 0);
  await life.instance.ask('operator', http.MoveClock, { body: { to: LATER } });
  await eventually(async () => {
    await life.instance.ask('operator', http.Sweep, { body: { waitMs: 5_000 } });
    return (await browsed(life, due)).reduce((sum, { parts }) => sum + parts, 0) === had - 1;
  }, WHOLE_LETHE);
  const certificate = await forget(life, goes);
  life.erased.set(goes, 1);
  const folded = await cells(life);
  expect(folded).toMatchObject([{ class: 'personalization', people: CROWD, records: CROWD }]);
  return { certificate, readable: await life.readable(), folded, list: replayList(life) };
}

async function recovered(life: Life): Promise<void> {
  expect((await life.ready()).status).toBe('not-ready');
  for (const service of NAMES) {
    expect((await life.recover(service, 'one')).state).toBe('proposed');
    expect((await life.recover(service, 'two')).state).toBe('recovered');
  }
  await eventually(async () => (await life.ready()).status === 'ready', WHOLE_LETHE);
}

/** The tree has only grown, the list goes on behind what it had, and what was certified then is certified now. */
async function goesOn(life: Life, { certificate, list }: Awaited<ReturnType<typeof gone>>, next: SubjectRef) {
  const keys = await life.instance.ask('auditor', http.LedgerKeys);
  const before = verifyCertificate(certificate, keys);
  expect(before).toMatchObject({ ok: true, findings: [] });
  const after = verifyCertificate(await forget(life, next), keys);
  expect(after).toMatchObject({ ok: true, findings: [] });
  expect(after.document!.log.index).toBeGreaterThan(before.document!.log.index);
  expect(replayList(life).startsWith(list)).toBe(true);
  const entries = replayList(life).trimEnd().split('\n');
  expect(entries.map((line) => (JSON.parse(line.slice(line.indexOf('{'))) as { entry: number }).entry)).toEqual(
    entries.map((_, index) => index + 1),
  );
  for (const service of NAMES)
    await eventually(async () => {
      const { parked, stopped } = await life.instance.ask('operator', parkedRoute(service));
      return parked.length + stopped.length === 0;
    }, WHOLE_LETHE);
  await life.round(2);
}

describe('the ledger outlives every database', () => {
  test('all services lose theirs: what their topics and the oldest backup have comes back, and nothing that went (I37)', async () => {
    const life = await begun();
    const people = await lived(life);
    const oldest = await backup(life);
    const theirs = await tape(life);
    const before = await gone(life, people);
    await eventually(async () => (await theirs.standing()).state === 'isolated', WHOLE_LETHE);
    await theirs.isolate();
    expect(before.readable.size).toBeGreaterThan(1);
    await backup(life);
    const copies = backedUp(life);
    expect(copies.size).toBe(8);
    const versions = await versionsOf(life, (await sent(life)).tenant);
    expect(versions.versions).toMatchObject([{ pack: 'damai', governs: true }]);
    await logGoesOn(life);
    await life.offline(NAMES.map((service) => `drop database lethe_${service}`));

    await life.start();
    await recovered(life);
    expect((await life.readable()).size).toBe(0);
    expect(await cells(life)).toEqual(before.folded);
    // A tenant of whose opening the log says nothing any more, and the text of its pack, which no event ever has.
    expect(await versionsOf(life, 'sent-pack')).toEqual(versions);
    // The platform's own backup does not come back as one that may be restored, and its holder is not asked again.
    expect(await theirs.standing()).toEqual({ state: 'isolated', may: false });
    // A copy is not taken again by a database that has nothing to put in it.
    expect(backedUp(life)).toEqual(copies);
    const { restored } = await life.instance.restored(oldest, ['one', 'two']);
    expect(restored).toBeGreaterThan(0);
    expect(await life.readable()).toEqual(before.readable);
    expect(await cells(life)).toEqual(before.folded);
    for (const subject of life.withdrawn.keys())
      expect(
        await life.instance.platform().mayUse([{ subject, purpose: 'personalized-display', kind: 'collect' }]),
      ).toMatchObject([{ may: false }]);
    // What was held stays, though its day is past.
    await life.instance.ask('operator', http.Sweep, { body: { waitMs: 5_000 } });
    expect((await browsed(life, people.held)).some(({ held }) => held > 0)).toBe(true);
    await goesOn(life, before, people.stays);
    await life.stop();
  }, 400_000);

  test('the event log goes with them: nobody is served until the oldest copy is put back, and nothing that went comes with it (I37)', async () => {
    const life = await begun();
    const people = await lived(life);
    await life.stop();
    copy(life, 'oldest');
    await life.start();
    const before = await gone(life, people);
    await life.stop();
    rmSync(life.data, { recursive: true });

    await life.start();
    expect((await life.ready()).status).toBe('not-ready');
    await life.stop();
    rmSync(life.data, { recursive: true });
    renameSync(join(life.home, 'oldest'), life.data);
    await life.start();
    await recovered(life);
    expect(await life.readable()).toEqual(before.readable);
    expect(await cells(life)).toEqual(before.folded);
    await goesOn(life, before, people.stays);
    await life.stop();
  }, 400_000);
});
