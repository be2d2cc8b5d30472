import { events, type Envelope } from '@lethe/contracts';
import type { Day, PartId, TenantId, Transaction } from '@lethe/kernel';
import { foldCohort, type FieldValue } from '@lethe/policy';
import { crashPoint } from './crash-point.ts';
import { Opening, openItem } from './opening.ts';
import type { Room } from './room.ts';
import { CHUNK } from './shredding.ts';
import { DisposalStore, type DisposalOrder, type DisposalRow } from './store/disposal.store.ts';
import { HoldStore } from './store/hold.store.ts';
import { IntakeStore } from './store/intake.store.ts';
import { lockAllSlots } from './store/locks.ts';
import { PartStore, type Part } from './store/part.store.ts';

/** The name under which the keys of parts are kept that a floor keeps beyond their day. */
export const floorHold = (order: { class: string; day: Day }): string => `floor.${order.class}.${order.day}`;

/**
 * A day that is due. `closing` (nothing comes in, holds come too late, what must stay is set aside) → `folded` (cells stand,
 * rows are gone) → `effective` (the day key is dead) → `swept` (no row is left). Each step is one transaction and can be
 * repeated; the day key dies only after the ledger has the order, the kept keys are aside and the cells are committed.
 */
export class Disposing {
  private readonly opening: Opening;
  constructor(private readonly room: Room) {
    this.opening = new Opening(room);
  }

  /** The recorded order arrives. Told again, or for another slot, it changes nothing. */
  async close(sql: Transaction, event: Envelope<typeof events.DisposalRecordedV1>, now: Date): Promise<void> {
    const { tenant, data } = event;
    await lockAllSlots(sql, tenant, this.room.context.config.slots);
    const store = new DisposalStore(sql, tenant);
    const order = { order: data.order, entry: data.entry, class: data.class, day: data.day, method: data.method };
    if (!(await store.close(order, now))) return this.again(sql, tenant, order, now);
    const { held, restricted } = await store.setAside(order);
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
      if (order.state === 'closing' && order.method === 'anonymize') await this.fold(tenant, order);
      crashPoint('collection.disposal.folded');
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
    const { parts, holds } = await this.room.context.database.within(tenant, async (sql) => {
      const ids = await new DisposalStore(sql, tenant).keptOf(order);
      return {
        parts: await new PartStore(sql, tenant).byIds(ids),
        holds: await new HoldStore(sql, tenant).holdsOf(ids),
      };
    });
    const byPart = new Map(parts.map((part) => [part.part as string, part]));
    const items = (list: readonly (Part | undefined)[]) =>
      list.flatMap((part) => (part === undefined ? [] : (openItem(part) ?? [])));
    for (const hold of new Set(holds.map((each) => each.hold))) {
      await this.room.keyring.keep(
        tenant,
        hold,
        items(holds.filter((each) => each.hold === hold).map((each) => byPart.get(each.part))),
        'everything',
      );
    }
    const beyond = parts.filter(
      (part) =>
        (part.floor !== undefined && part.floor > order.day) ||
        (part.restrictedUntil !== undefined && part.restrictedUntil > order.day),
    );
    if (beyond.length > 0) await this.room.keyring.keep(tenant, floorHold(order), items(beyond), 'disposal');
  }

  /** The whole cohort at once: cells of k people or more, and the rows gone, in one transaction. Nothing smaller is ever written. */
  private async fold(tenant: TenantId, order: DisposalRow): Promise<void> {
    const { context } = this.room;
    const pack = await context.packs.pack(tenant);
    await context.database.within(tenant, async (sql) => {
      await lockAllSlots(sql, tenant, context.config.slots);
      const store = new DisposalStore(sql, tenant);
      if ((await store.byDay(order.class, order.day))?.state !== 'closing') return;
      const found = await store.due(order);
      const members: { subject: string; record: string; values: Record<string, FieldValue> }[] = [];
      const ids = await store.foldable(order);
      for (let start = 0; start < ids.length; start += CHUNK) {
        const parts = await new PartStore(sql, tenant).byIds(ids.slice(start, start + CHUNK));
        const { values } = await this.opening.values(tenant, parts);
        for (const part of parts) {
          const fields = values.get(part.part);
          if (fields !== undefined) members.push({ subject: part.subject, record: part.record, values: fields });
        }
      }
      const { cells, anonymized, forgotten } = foldCohort(pack, order.class, members);
      const now = context.clock.machineNow();
      await store.addCells(order, cells, now);
      const deleted = await this.deleteAll(sql, tenant, order);
      await store.update(order, { state: 'folded', found, anonymized, forgotten, cells: cells.length, deleted });
      await new IntakeStore(sql, tenant).count(
        [
          { what: 'anonymized', n: anonymized },
          { what: 'deleted', code: 'forgotten', n: deleted - anonymized },
        ],
        now,
      );
    });
  }

  private async deleteAll(sql: Transaction, tenant: TenantId, order: DisposalRow): Promise<number> {
    let all = 0;
    for (let gone = CHUNK; gone === CHUNK; all += gone)
      gone = await new DisposalStore(sql, tenant).deleteDue(order, CHUNK);
    return all;
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

  /** Deletes one chunk of rows of a dead day; announces `swept` when none is left. True if more may be left. */
  async sweep(tenant: TenantId): Promise<boolean> {
    const { context, keyring } = this.room;
    const [order] = await context.database.within(tenant, (sql) => new DisposalStore(sql, tenant).open(['effective']));
    if (order === undefined) return false;
    const done = await context.database.within(tenant, async (sql) => {
      const store = new DisposalStore(sql, tenant);
      if ((await store.byDay(order.class, order.day))?.state !== 'effective') return false;
      const now = context.clock.machineNow();
      const deleted = await store.deleteDue(order, CHUNK);
      await new IntakeStore(sql, tenant).count([{ what: 'deleted', n: deleted }], now);
      if (deleted === CHUNK) {
        await store.update(order, { deleted });
        return false;
      }
      await store.update(order, { state: 'swept', deleted, sweptAt: now });
      await this.tellSwept(sql, tenant, { ...order, deleted: order.deleted + deleted }, now);
      for (const other of order.also) await this.tellSwept(sql, tenant, { ...order, order: other, deleted: 0 }, now);
      return true;
    });
    if (done) while ((await keyring.sweepDay(tenant, order.day, order.class)) > 0);
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
      { tenant, slot: 0, now },
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
      { tenant, slot: 0, now },
      { order: order.order, class: order.class, day: order.day, deleted: order.deleted, at: now.toISOString() },
    );
  }

  /** Rows that were kept beyond their day and that nothing keeps any longer. */
  async releaseUnkept(tenant: TenantId, today: Day): Promise<boolean> {
    const { context } = this.room;
    return context.database.within(tenant, async (sql) => {
      const gone = await new HoldStore(sql, tenant).deleteUnkept(today, CHUNK);
      for (const { parts, ...day } of gone.kept)
        await this.room.keyring.releaseKept(tenant, floorHold(day), parts as PartId[]);
      await new IntakeStore(sql, tenant).count(
        [{ what: 'deleted', code: 'released', n: gone.deleted }],
        context.clock.machineNow(),
      );
      return gone.deleted === CHUNK;
    });
  }
}
