import { events, http, type Envelope, type EventDefinition } from '@lethe/contracts';
import { addPeriod, type TenantId } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import fc from 'fast-check';
import type { z } from 'zod';
import { take, whole } from './backups.contract.ts';
import { CatalogueService, STATE_EVERY_MS } from './catalogue.service.ts';
import { BACKED_UP } from './domain/backup.ts';
import {
  admit,
  another,
  asker,
  eachWithItsTenant,
  matterId,
  NOON,
  orders,
  person,
  rig,
  sweep,
  tenant,
  TODAY,
} from './retention.contract.ts';

const RUNS = 15;
const HOUR = 3_600_000;
const DUE = '2026-04-02';

eachWithItsTenant();
beforeEach(async () => {
  await another({ pack: 'epiao', at: NOON });
  heard.length = 0;
});

/** What other services have told of since the test began; a recovered service hears it again. */
const heard: { definition: EventDefinition; about: { subject?: string; slot?: number }; data: unknown }[] = [];
async function hear<Definition extends EventDefinition>(
  definition: Definition,
  about: { subject?: string; slot?: number },
  data: z.input<Definition['data']>,
): Promise<void> {
  rig.clock.advance(1_000);
  heard.push({ definition, about, data });
  await rig.hear(definition, { tenant, ...about }, data);
  rig.clock.advance(1_000);
}
const at = (): string => rig.clock.now().toISOString();
const said = async <Definition extends EventDefinition>(definition: Definition) =>
  (await rig.announced(definition)).filter((event) => event.tenant === tenant);

type Scope = NonNullable<(typeof http.PlaceHold)['body']>['_input']['scope'];
async function hold(scope: Scope, ...stores: string[]): Promise<string> {
  const before = (await said(events.HoldPlacedV1)).length;
  const body = { scope, reason: 'litigation', authority: 'court', reviewOn: '2026-09-01' };
  const placing = rig.ask(http.PlaceHold, asker(tenant).officer, { body });
  const { data } = await eventually(async () => (await said(events.HoldPlacedV1)).slice(before)[0]);
  await hear(events.HoldRecordedV1, { slot: 0 }, { hold: data.hold, outcome: 'recorded', parts: 1 });
  await placing;
  await told(data.hold, 'placed', ...stores);
  return data.hold;
}
async function told(of: string, state: 'placed' | 'released', ...participants: string[]): Promise<void> {
  if (participants.length > 0) await hear(events.HoldToldV1, { slot: 0 }, { hold: of, state, participants, at: at() });
}
const acts = (of: string, participant: string, state: 'placed' | 'released') =>
  rig.ask(http.AckHold, asker(tenant).backend, { params: { hold: of }, body: { participant, state } });
async function agree(): Promise<string> {
  const subject = person();
  const before = (await said(events.ExtensionAgreedV2)).length;
  const agreeing = rig.ask(http.AgreeExtension, asker(tenant).backend, {
    body: {
      scope: { kind: 'matter', matter: matterId(), subject },
      ground: 'user-agreed-longer',
      evidence: [{ name: 'consent', reference: newId() }],
      until: '2031-03-02',
    },
  });
  const { data } = await eventually(async () => (await said(events.ExtensionAgreedV2)).slice(before)[0]);
  const { extension } = data;
  await hear(events.ExtensionRecordedV1, { subject }, { extension, outcome: 'recorded', parts: 2 });
  await agreeing;
  return extension;
}
async function backup(classes: string[] = []): Promise<string> {
  const [from, until] = [2, 1].map((hours) => new Date(NOON.getTime() - hours * HOUR).toISOString()) as [
    string,
    string,
  ];
  const body = { backup: newId(), participant: 'archive', classes, from, until, purgeOn: DUE };
  return (await rig.ask(http.RegisterBackup, asker(tenant).backend, { body })).backup;
}
const answer = (of: string, wanted: 'isolation' | 'purge') =>
  rig.ask(http.AckBackup, asker(tenant).backend, {
    params: { backup: of },
    body: { participant: 'archive', wanted, left: 0 },
  });
const dispose = (order: string, participant: string) =>
  rig.ask(http.AckDisposal, asker(tenant).backend, {
    params: { order },
    body: { participant, found: 1, deleted: 1, rescan: 0 },
  });

/** Something of each kind that retention says, some of it settled and some of it not. */
async function live(): Promise<void> {
  for (const participant of ['crm', 'shop'])
    await hear(
      events.ParticipantRegisteredV1,
      { slot: 0 },
      { participant, classes: ['orders'], registryVersion: 1, at: at() },
    );
  const { officer, otherOfficer, backend } = asker(tenant);
  await rig.ask(http.StopDisposal, officer, { body: { reason: 'looked-at' } });
  await rig.ask(http.ResumeDisposal, otherOfficer);
  const release = (of: string) => rig.ask(http.ReleaseHold, otherOfficer, { params: { hold: of } });
  await hold({ kind: 'subject', subject: person() });
  const answered = await hold({ kind: 'subject', subject: person() }, 'shop', 'crm');
  await acts(answered, 'shop', 'placed');
  const over = await hold({ kind: 'matter', matter: matterId() }, 'shop', 'crm');
  for (const store of ['shop', 'crm']) await acts(over, store, 'placed');
  await release(over);
  await told(over, 'released', 'shop', 'crm');
  await acts(over, 'crm', 'released');
  await hear(events.HoldLiftedV1, { slot: 0 }, { hold: over, parts: 1 });
  await release(await hold({ kind: 'tenant' }));

  await agree();
  const withdrawn = await agree();
  await rig.ask(http.WithdrawExtension, backend, { params: { extension: withdrawn } });

  const matter = matterId();
  const subject = person();
  for (const hour of ['02', '03'])
    await rig.ask(http.StateAnchor, backend, {
      body: { anchors: [{ matter, subject, anchor: 'transaction-completed', at: `2026-03-01T${hour}:00:00.000Z` }] },
    });

  const due = { class: 'orders', method: 'delete' as const };
  await admit(rig, tenant, { ...due, disposal: '2026-02-27', custody: 'platform' });
  await admit(rig, tenant, { ...due, disposal: '2026-02-28', custody: 'platform' });
  await admit(rig, tenant, { ...due, disposal: '2026-03-01' });
  await admit(rig, tenant, { ...due, class: 'logs', disposal: TODAY });
  await sweep(rig, tenant);
  const [everyone, one, both] = await orders(rig, tenant);
  for (const store of ['crm', 'shop']) await dispose(everyone!.order, store);
  await dispose(one!.order, 'shop');
  for (const store of ['crm', 'shop']) await dispose(both!.order, store);
  await hear(
    events.DisposalEffectiveV1,
    { slot: 0 },
    {
      ...{ order: both!.order, class: 'orders', day: both!.day, method: 'delete', at: at() },
      ...{ found: 1, anonymized: 0, forgotten: 0, held: 0, restricted: 0, cells: 0 },
    },
  );

  await rig.ask(http.TakeBackup, asker(tenant).operator, { body: {} });
  await backup(['logs']);
  const [, moved, gone] = [await backup(), await backup(), await backup()];
  await hear(
    events.SubjectShreddedV1,
    { subject },
    { entry: 1, erasure: newId(), compartments: ['contract'], keys: 1, effectiveAt: NOON.toISOString() },
  );
  rig.clock.advance(1_000);
  for (const each of [moved, gone]) await answer(each, 'isolation');
  await rig.moveClock(tenant, new Date(`${addPeriod(DUE, 'P1D')}T04:00:00Z`));
  rig.clock.advance(1_000);
  await sweep(rig, tenant);
  await rig.ask(http.StopDisposal, officer, { body: { reason: 'looked-at-again' } });
  rig.clock.advance(1_000);
  await answer(gone, 'purge');
  await rig.moveClock(tenant, NOON);
}

/** What was said, as the log has it: in order within a slot of a topic, in none among them. */
async function streams(of: TenantId): Promise<Map<string, Envelope[]>> {
  const rows = await rig.database.admin.transaction((sql) =>
    sql.query<{ topic: string; slot: number; value: string }>(
      'select topic, slot, value from outbox where tenant = $1 order by id',
      [of],
    ),
  );
  const found = new Map<string, Envelope[]>();
  for (const { topic, slot, value } of rows) {
    const key = `${topic}/${String(slot)}`;
    found.set(key, [...(found.get(key) ?? []), JSON.parse(value) as Envelope]);
  }
  return found;
}

/** A tenant of an empty database hears what was said: first by turns, and then whatever is left of each stream. */
async function recovered(all: ReadonlyMap<string, readonly Envelope[]>, turns: readonly number[]): Promise<TenantId> {
  await another({ pack: 'epiao', at: NOON });
  const of = tenant;
  const recovers = rig.running.opened.recovers!;
  const left = [...all.values()].map((events_) => events_.map((event) => ({ ...event, tenant: of })));
  const within = <Result>(work: Parameters<typeof rig.context.database.within<Result>>[1]) =>
    rig.context.database.within(of, work);
  await within((sql) => recovers.replay(sql, of, []));
  const take = async (batch: Envelope[]) => expect(await within((sql) => recovers.said(sql, of, batch))).toEqual([]);
  for (const turn of turns) {
    const [event] = left[turn % left.length]?.splice(0, 1) ?? [];
    if (event) await take([event]);
  }
  for (const rest of left) await take(rest);
  await within(async (sql) => recovers.settle?.(sql, of));
  return of;
}

/** Everything of a tenant that its own words bring back. */
async function standing(of: TenantId): Promise<Record<string, unknown[]>> {
  const queries = {
    holds: 'select hold, kind, scope, subject, state, placed_at, released_at from hold order by hold',
    told: 'select hold, participant, state, acked_at is not null as acked from hold_told order by hold, participant',
    extensions:
      'select extension, scope, subject, ground, clause, evidence, until, agreed_at, state from extension order by extension',
    anchors: 'select matter, version, anchor, at from matter_anchor order by matter, version',
    orders:
      'select order_id, class, day, method, custody, expected, closed_at is not null as closed from disposal_order order by order_id',
    participants:
      'select order_id, participant, found, deleted, acked_at is not null as acked from disposal_participant order by order_id, participant',
    backups: `select backup, state, taken_at, holder, classes, covers_from, isolated_because, moved_at is not null as moved,
        files_gone_at is not null as gone, told_at is not null as told, case when holder is not null then purge_on end as purge_on
        from backup order by backup`,
    stops: 'select stop, stopped_at, lifted_at is not null as lifted from disposal_stop order by stop',
    swept: 'select swept_on, told_through, told_stop from tenant_guard',
    ends: 'select end_id, confirmed_at is not null as ordered, stopped_at, emptied_at, reached_at from tenant_end order by end_id',
  };
  return rig.context.database.within(of, async (sql) => {
    const found: Record<string, unknown[]> = {};
    for (const [name, query] of Object.entries(queries)) found[name] = await sql.query(query);
    return found;
  });
}
/** Others tell again what they have told. */
async function hearAgain(of: TenantId): Promise<void> {
  for (const { definition, about, data } of heard) await rig.hear(definition, { ...about, tenant: of }, data);
}
const sort = <Row>(rows: readonly Row[]): Row[] =>
  [...rows].sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));

describe('a retention whose database is lost', () => {
  test('has every hold, answer, longer period, anchor, order and backup again once it has heard itself and the others', async () => {
    await live();
    const before = tenant;
    const of = await recovered(await streams(before), []);
    const [was, is] = [await standing(before), await standing(of)];
    for (const name of ['anchors', 'backups'] as const) expect(is[name]).toEqual(was[name]);
    await hearAgain(of);
    expect(await standing(of)).toEqual(was);

    const list = async (one: TenantId) => {
      const { holds } = await rig.ask(http.Holds, asker(one).officer);
      const { extensions } = await rig.ask(http.Extensions, asker(one).officer);
      const { backups } = await rig.ask(http.Backups, asker(one).operator);
      return {
        holds: sort(
          holds.map(({ hold: id, state, told: n, acked, waitingFor }) => ({ id, state, n, acked, waitingFor })),
        ),
        extensions: sort(
          extensions.map(({ extension, state, parts, until }) => ({
            ...{ extension, state, until },
            // Of one that was withdrawn nobody says any more how many there were.
            ...(state === 'withdrawn' ? {} : { parts }),
          })),
        ),
        backups: sort(backups.map(({ backup: id, state, platform }) => ({ id, state, platform }))),
        outstanding: (await rig.ask(http.End, asker(one).auditor)).outstanding,
      };
    };
    expect(await list(of)).toEqual(await list(before));
    // Of the words nobody had said in an event a person is to look after, and no placer releases it alone.
    const { holds } = await rig.ask(http.Holds, asker(of).officer);
    for (const each of holds) expect(each).toMatchObject({ reason: 'recovered', reviewOn: TODAY });
    const { officer, otherOfficer } = asker(of);
    const params = { hold: holds.find(({ state }) => state === 'in-force')!.hold };
    for (const who of [officer, otherOfficer])
      await expect(rig.ask(http.ReleaseHold, who, { params })).rejects.toMatchObject({
        code: 'retention/review-first',
      });
    await rig.ask(http.ReviewHold, officer, { params, body: { reviewOn: '2026-09-01' } });
    await expect(rig.ask(http.ReleaseHold, officer, { params })).rejects.toMatchObject({
      code: 'platform/same-person',
    });
    await rig.ask(http.ReleaseHold, otherOfficer, { params });
  }, 120_000);

  test('has a stop that one person answers for again before another lets disposal go on', async () => {
    const { officer, otherOfficer } = asker(tenant);
    await rig.ask(http.StopDisposal, officer, { body: { reason: 'wrong-policy' } });
    const of = await recovered(await streams(tenant), []);
    const stop = (who: Parameters<typeof rig.ask>[1]) =>
      rig.ask(http.StopDisposal, who, { body: { reason: 'looked-into' } });
    const stands = async () => (await rig.ask(http.Breaker, asker(of).officer)).stop;
    const { stoppedAt } = (await stands())!;
    for (const who of [officer, otherOfficer])
      await expect(rig.ask(http.ResumeDisposal, { ...who, tenant: of })).rejects.toMatchObject({
        kind: 'conflict',
        code: 'retention/stop-anew-first',
      });
    const first = await stop({ ...officer, tenant: of });
    expect(first).toEqual({ stoppedBy: expect.stringContaining('ana'), stoppedAt });
    // Whoever comes second does not take it over.
    expect(await stop({ ...otherOfficer, tenant: of })).toEqual(first);
    expect(await stands()).toEqual({ ...first, reason: 'looked-into' });
    await expect(rig.ask(http.ResumeDisposal, { ...officer, tenant: of })).rejects.toMatchObject({
      code: 'platform/same-person',
    });
    await rig.ask(http.ResumeDisposal, { ...otherOfficer, tenant: of });
    expect(await stands()).toBeUndefined();
  });

  test('knows the same in whatever order the slots and topics are read, and when a part of it is read twice', async () => {
    await live();
    const all = await streams(tenant);
    expect(new Set([...all.keys()].map((key) => key.split('/')[0])).size).toBe(2);
    expect(all.size).toBeGreaterThan(3);
    const expected = await standing(await recovered(all, []));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: all.size - 1 }), { maxLength: 60 }), async (turns) => {
        const of = await recovered(all, turns);
        expect(await standing(of)).toEqual(expected);
        const again = [...all.values()].flat().map((event) => ({ ...event, tenant: of }));
        const recovers = rig.running.opened.recovers!;
        await rig.context.database.within(of, async (sql) => {
          await recovers.replay(sql, of, []);
          await recovers.said(sql, of, again);
          await recovers.settle?.(sql, of);
        });
        expect(await standing(of)).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  }, 300_000);

  describe('whose log tells of the last days only', () => {
    /** What was said since the last statement: the log has forgotten the rest. */
    const lately = async (of: TenantId) => {
      const all = await streams(of);
      const since = [...all.values()].flat().filter(({ type }) => type === events.BackupStatedV1.type);
      const from = since.map(({ time }) => time).sort()[0]!;
      return new Map([...all].map(([key, said_]) => [key, said_.filter(({ time }) => time >= from)] as const));
    };
    const state = async () => {
      rig.clock.advance(STATE_EVERY_MS);
      return new CatalogueService(rig.context).state(tenant, rig.clock.now());
    };
    const catalogue = async (of: TenantId) =>
      rig.context.database.within(of, async (sql) => ({
        backups: await sql.query(
          `select backup, state, taken_at, purge_on, ordered_at, isolated_because, isolated_at, moved_at, files_gone_at, told_at, holder, classes, covers_from
             from backup where state <> 'purged' order by backup`,
        ),
        parts: await sql.query(
          'select backup, service, tables, rows, bytes, sha256, snapshot_at, classes from backup_part order by backup, service',
        ),
      }));

    test('has its catalogue again as it was, Lethe’s own with their parts and the platform’s, and purges them on their day', async () => {
      await live();
      const [tape, own] = [await backup(['logs']), await take(3)];
      await whole(own);
      expect(await state()).toBeGreaterThan(3);
      expect(await new CatalogueService(rig.context).state(tenant, rig.clock.now())).toBe(0);
      const before = tenant;
      const of = await recovered(await lately(before), []);
      const [was, is] = [await catalogue(before), await catalogue(of)];
      expect(is).toEqual({
        ...was,
        parts: was.parts.filter((part) => is.backups.some((one) => one['backup'] === part['backup'])),
      });
      expect(is.parts).toHaveLength(BACKED_UP.length);
      await rig.moveClock(of, new Date(`${addPeriod(DUE, 'P1D')}T04:00:00Z`));
      await sweep(rig, of);
      const purges = (await said(events.PlatformBackupOrderedV1)).filter(({ data }) => data.wanted === 'purge');
      expect(purges.map(({ data }) => data.backup)).toContain(tape);
      expect((await said(events.BackupPurgedV1)).map(({ data }) => data.backup)).toContain(own);
    }, 120_000);

    test('isolates from the start what is registered with what has gone before it in it, as the ledger has it', async () => {
      await another({ pack: 'epiao', at: NOON });
      await rig.context.database.within(tenant, async (sql) =>
        rig.running.opened.recovers!.replay(sql, tenant, [
          { entry: 1, tenant, kind: 'erased', subject: person(), compartments: ['contract'], at: at() },
        ]),
      );
      const tape = await backup();
      const { backups } = await rig.ask(http.Backups, asker(tenant).operator);
      expect(backups).toMatchObject([{ backup: tape, state: 'isolated' }]);
    });
  });

  test('what is unanswered is asked for again, and what is answered is not', async () => {
    await live();
    const before = tenant;
    const of = await recovered(await streams(before), []);
    await hearAgain(of);
    await rig.running.opened.restateOrders?.(0);
    const asked = async (one: TenantId) =>
      sort(
        (await rig.announced())
          .filter((event) => event.tenant === one)
          .flatMap(({ type, data }) =>
            type === events.PlatformBackupOrderedV1.type || type === events.DisposalOrderedV2.type
              ? [JSON.stringify({ ...(data as object), at: undefined })]
              : [],
          ),
      );
    const again = await asked(of);
    expect(again.length).toBeGreaterThan(2);
    const everything = new Set(await asked(before));
    for (const order of again) expect(everything.has(order)).toBe(true);
    expect(new Set(again).size).toBe(again.length);
  }, 120_000);
});
