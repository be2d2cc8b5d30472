import { events, http, TENANT_SLOT, type Envelope } from '@lethe/contracts';
import type { Day, PartId, TenantId, Transaction } from '@lethe/kernel';
import { goesOn } from '@lethe/policy';
import { crashPoint } from '@lethe/platform';
import { Folding } from './folding.ts';
import { Keeping } from './keeping.ts';
import { openItem } from './opening.ts';
import { extendedParts, extensionHold } from './extensions.ts';
import type { Moment, Room } from './room.ts';
import { CHUNK } from './shredding.ts';
import { DisposalStore, type DisposalOrder, type DisposalRow, type Gone } from './store/disposal.store.ts';
import { EndStore } from './store/end.store.ts';
import { HoldStore } from './store/hold.store.ts';
import { IntakeStore } from './store/intake.store.ts';
import { lockAllSlots, lockSlots } from './store/locks.ts';
import type { Part } from './store/part.store.ts';

/** Orders are told anew for this long: what nobody has heard by then has long been escalated. Milliseconds of machine time. */
const ANEW_MS = 60 * 86_400_000;

/** Another order for a day that the first had disposed of. */
const nothingOf = (first: DisposalRow, order: string): DisposalRow => ({
  ...first,
  order,
  found: 0,
  held: 0,
  restricted: 0,
  anonymized: 0,
  forgotten: 0,
  cells: 0,
  deleted: 0,
});

/** The name under which the keys of parts are kept that a floor keeps beyond their day. */
export const floorHold = (order: { class: string; day: Day }): string => `floor.${order.class}.${order.day}`;

/**
 * A day that is due. `closing` (nothing comes in, holds come too late, what must stay is set aside) → `folded` (cells stand,
 * rows are gone) → `effective` (the day key is dead) → `swept` (no row is left). Each step is one transaction and can be
 * repeated; the day key dies only after the ledger has the order and the cells, and the kept keys are aside.
 */
export class Disposing {
  private readonly folding: Folding;
  private readonly keeping: Keeping;
  constructor(private readonly room: Room) {
    this.folding = new Folding(room);
    this.keeping = new Keeping(room);
  }

  /** The recorded order arrives. Told again, or for another slot, it changes nothing. */
  async close(
    sql: Transaction,
    event: Envelope<typeof events.DisposalRecordedV1>,
    { machine: now, today, zone }: Moment,
  ): Promise<void> {
    const { tenant, data } = event;
    await lockAllSlots(sql, tenant, this.room.context.config.slots);
    const store = new DisposalStore(sql, tenant);
    // Of a tenant that has ended a day may go before it comes: what a floor or restriction keeps beyond today stays then.
    const early = data.day > today && (await new EndStore(sql, tenant).present()) !== undefined;
    const order = { order: data.order, entry: data.entry, class: data.class, day: data.day, method: data.method };
    const disposalClass = (await this.room.context.packs.pack(tenant)).classes.get(order.class);
    const goes = early ? today : disposalClass === undefined ? order.day : goesOn(disposalClass, order.day);
    if (!(await store.close(order, goes, now))) return this.again(sql, tenant, order, now);
    const { held, restricted } = await store.setAside(order, goes, zone);
    await store.update(order, { held, restricted });
    sql.afterCommit(() => this.room.wake(tenant));
  }

  /** A day is closed once. Another order for it is told what the first has done. */
  private async again(sql: Transaction, tenant: TenantId, order: DisposalOrder, now: Date): Promise<void> {
    const store = new DisposalStore(sql, tenant);
    const first = await store.byDay(order.class, order.day);
    if (first === undefined || first.order === order.order || first.also.includes(order.order)) return;
    await store.alsoOrdered(order);
    const done = {
      ...first,
      order: order.order,
      found: 0,
      held: 0,
      restricted: 0,
      anonymized: 0,
      forgotten: 0,
      cells: 0,
    };
    if (first.state === 'effective' || first.state === 'swept') await this.tellEffective(sql, tenant, done, now, now);
    if (first.state === 'swept') await this.tellSwept(sql, tenant, { ...done, deleted: 0 }, now);
  }

  /** Brings every closing day to `effective`. */
  async effect(tenant: TenantId): Promise<number> {
    const { database } = this.room.context;
    const open = await database.within(tenant, (sql) => new DisposalStore(sql, tenant).open(['closing', 'folded']));
    for (const order of open) {
      await this.room.keyring.closeDay(tenant, order.day, order.class);
      await this.keep(tenant, order);
      crashPoint('collection.disposal.kept');
      if (order.state === 'closing' && order.method === 'anonymize') await this.folding.fold(tenant, order);
      crashPoint('collection.disposal.folded');
      if (order.method === 'anonymize') await this.keepCells(tenant, order);
      crashPoint('collection.disposal.cells-kept');
      const { effectiveAt } = await this.room.keyring.destroyDayKey(tenant, order.day, order.class, order.entry);
      crashPoint('collection.disposal.key-dead');
      await this.announceEffective(tenant, order, effectiveAt);
      crashPoint('collection.disposal.effective');
    }
    return open.length;
  }

  /** Copies aside the keys of what was set aside: once for each hold, and once for a floor. */
  private async keep(tenant: TenantId, order: DisposalRow): Promise<void> {
    if (order.held + order.restricted === 0) return;
    const { context, keyring } = this.room;
    const items = (list: readonly (Part | undefined)[]) =>
      list.flatMap((part) => (part === undefined ? [] : (openItem(part) ?? [])));
    const kept = await context.database.within(tenant, (sql) => new DisposalStore(sql, tenant).keptOf(order));
    await this.keeping.each(tenant, kept, async (sql, parts) => {
      await this.keeping.forHolds(sql, tenant, parts);
      const byPart = new Map<string, Part>(parts.map((part) => [part.part, part]));
      const extended = await extendedParts(sql, tenant, [...byPart.keys()], order.goes);
      for (const [extension, theirs] of extended)
        await keyring.keep(tenant, extensionHold(extension), items(theirs.map((part) => byPart.get(part))), 'disposal');
      const beyond = parts.filter(
        (part) =>
          (part.floor !== undefined && part.floor > order.goes) ||
          (part.restrictedUntil !== undefined && part.restrictedUntil > order.goes),
      );
      if (beyond.length > 0) await keyring.keep(tenant, floorHold(order), items(beyond), 'disposal');
    });
  }

  /** What the cohort was folded into, into the ledger: it survives this database. */
  private async keepCells(tenant: TenantId, { order, class: name, day }: DisposalRow): Promise<void> {
    const { database, peers } = this.room.context;
    const cells = await database.within(tenant, (sql) => new DisposalStore(sql, tenant).cellsOf(name, day));
    for (let from = 0; from < cells.length; from += http.CELLS_AT_ONCE)
      await peers.ask(http.KeepCells, {
        tenant,
        body: { order, class: name, day, first: from + 1, cells: cells.slice(from, from + http.CELLS_AT_ONCE) },
      });
  }

  private async announceEffective(tenant: TenantId, order: DisposalRow, effectiveAt: Date): Promise<void> {
    const { context } = this.room;
    await context.database.within(tenant, async (sql) => {
      const store = new DisposalStore(sql, tenant);
      const present = await store.byDay(order.class, order.day);
      if (present === undefined || (present.state !== 'closing' && present.state !== 'folded')) return;
      const found = present.state === 'folded' ? present.found : await store.due(order);
      await store.update(order, { state: 'effective', found, effectiveAt });
      const now = context.clock.machineNow();
      await this.tellEffective(
        sql,
        tenant,
        { ...present, found: found + present.held + present.restricted },
        effectiveAt,
        now,
      );
      for (const other of present.also) {
        await this.tellEffective(
          sql,
          tenant,
          { ...present, order: other, found: 0, held: 0, restricted: 0, anonymized: 0, forgotten: 0, cells: 0 },
          effectiveAt,
          now,
        );
      }
    });
  }

  /** Says again what became of orders, to whoever still waits for it. Who knows it changes nothing. */
  async stateAnew(sql: Transaction, tenant: TenantId, now: Date): Promise<void> {
    const since = new Date(now.getTime() - ANEW_MS);
    for (const { effectiveAt, ...order } of await new DisposalStore(sql, tenant).done(since)) {
      const found = order.found + order.held + order.restricted;
      for (const told of [{ ...order, found }, ...order.also.map((each) => nothingOf(order, each))]) {
        await this.tellEffective(sql, tenant, told, effectiveAt, now);
        if (order.state === 'swept') await this.tellSwept(sql, tenant, told, now);
      }
    }
  }

  /** Deletes one chunk of rows of a dead day; announces `swept` when none is left. True if more may be left. */
  async sweep(tenant: TenantId): Promise<boolean> {
    const { context, keyring } = this.room;
    const [order] = await context.database.within(tenant, (sql) => new DisposalStore(sql, tenant).open(['effective']));
    if (order === undefined) return false;
    // Before its rows: whoever is killed in between finds the order still open.
    while ((await keyring.sweepDay(tenant, order.day, order.class)) > 0);
    await context.database.within(tenant, async (sql) => {
      const store = new DisposalStore(sql, tenant);
      if ((await store.byDay(order.class, order.day))?.state !== 'effective') return;
      const now = context.clock.machineNow();
      const gone = await store.deleteDue(order, CHUNK, await context.clock.zone(tenant));
      const { deleted } = gone;
      await new IntakeStore(sql, tenant).count([{ what: 'deleted', n: onTheirDay(gone) }, ...before(gone)], now);
      if (deleted === CHUNK) {
        await store.update(order, { deleted });
        return;
      }
      await store.update(order, { state: 'swept', deleted, sweptAt: now });
      await this.tellSwept(sql, tenant, { ...order, deleted: order.deleted + deleted }, now);
      for (const other of order.also) await this.tellSwept(sql, tenant, { ...order, order: other, deleted: 0 }, now);
    });
    crashPoint('collection.disposal.chunk');
    return true;
  }

  private async tellEffective(
    sql: Transaction,
    tenant: TenantId,
    order: DisposalRow,
    at: Date,
    now: Date,
  ): Promise<void> {
    await this.room.context.outbox.announce(
      sql,
      events.DisposalEffectiveV1,
      { tenant, slot: TENANT_SLOT, now },
      {
        order: order.order,
        class: order.class,
        day: order.day,
        method: order.method,
        found: order.found,
        anonymized: order.anonymized,
        forgotten: order.forgotten,
        held: order.held,
        restricted: order.restricted,
        cells: order.cells,
        at: at.toISOString(),
      },
    );
  }

  private async tellSwept(sql: Transaction, tenant: TenantId, order: DisposalRow, now: Date): Promise<void> {
    await this.room.context.outbox.announce(
      sql,
      events.DisposalSweptV1,
      { tenant, slot: TENANT_SLOT, now },
      { order: order.order, class: order.class, day: order.day, deleted: order.deleted, at: now.toISOString() },
    );
  }

  /** Rows that were kept beyond their day and that nothing keeps any longer. Holds are recorded before they go, or not on them. */
  async releaseUnkept(tenant: TenantId, today: Day): Promise<boolean> {
    const { context } = this.room;
    return context.database.within(tenant, async (sql) => {
      const store = new HoldStore(sql, tenant);
      const unkept = await store.unkept(today, CHUNK);
      if (unkept.length === 0) return false;
      await lockSlots(
        sql,
        tenant,
        unkept.map(({ slot }) => slot),
      );
      await removeUnkept(
        this.room,
        sql,
        tenant,
        today,
        unkept.map(({ part }) => part),
      );
      return unkept.length === CHUNK;
    });
  }
}

/** Deletes those of these parts that were kept beyond their day and that nothing keeps from today on; how many. Under the locks of their slots. */
export async function removeUnkept(
  { context, keyring }: Room,
  sql: Transaction,
  tenant: TenantId,
  today: Day,
  among: readonly string[],
): Promise<number> {
  const { deleted, kept } = await new HoldStore(sql, tenant).deleteUnkept(today, among);
  for (const { parts, ...day } of kept) await keyring.releaseKept(tenant, floorHold(day), parts as PartId[]);
  const now = context.clock.machineNow();
  if (deleted > 0)
    await context.outbox.announce(
      sql,
      events.PartsRemovedV2,
      { tenant, slot: TENANT_SLOT, now },
      // Counted out with the order of their day.
      { because: 'kept-no-longer', tallies: [], parts: deleted },
    );
  await new IntakeStore(sql, tenant).count([{ what: 'deleted', code: 'released', n: deleted }], now);
  return deleted;
}

const onTheirDay = ({ deleted, withdrawn, ended }: Gone): number => deleted - withdrawn - ended;
const before = ({ withdrawn, ended }: Gone) => [
  { what: 'erased' as const, code: 'withdrawn', n: withdrawn },
  { what: 'erased' as const, code: 'restriction-ended', n: ended },
];
