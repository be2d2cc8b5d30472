import { events } from '@lethe/contracts';
import {
  slotOf,
  type Day,
  type MatterId,
  type PartId,
  type SubjectRef,
  type TenantId,
  type Transaction,
} from '@lethe/kernel';
import { crashPoint } from '@lethe/platform';
import { Keeping } from './keeping.ts';
import type { Room } from './room.ts';
import { ErasureStore } from './store/erasure.store.ts';
import { IntakeStore } from './store/intake.store.ts';
import { lockSlots } from './store/locks.ts';
import { ShredStore, type Ended, type ShredRow } from './store/shred.store.ts';

/** Rows that one transaction of background work deletes. */
export const CHUNK = 1000;
/** Of so many orders rows are taken in one turn: most take few, and where people withdraw all the time none may wait behind them. */
const SWEPT_AT_ONCE = 20;

/**
 * Carries ledger entries out: keys die (effective, flat in the number of records), then rows go in the background (swept).
 * Every step can be repeated; a crash between two of them is finished by doing them again.
 */
export class Shredding {
  constructor(private readonly room: Room) {}

  /** Kills the keys of what has been ordered. */
  async effect(tenant: TenantId): Promise<number> {
    const ordered = await this.room.context.database.within(tenant, (sql) =>
      new ShredStore(sql, tenant).openShreds('ordered'),
    );
    for (const shred of ordered) await this.effectOne(tenant, shred);
    return ordered.length;
  }

  private async effectOne(tenant: TenantId, shred: ShredRow): Promise<void> {
    const { context, keyring } = this.room;
    const { kept, whole } = await this.keepHeld(tenant, shred);
    crashPoint('collection.shred.before-keys');
    const nothingStays = shred.cause === 'erased' && whole;
    const destruction = nothingStays
      ? await keyring.forgetSubject(tenant, shred.subject, { entry: shred.entry })
      : await keyring.destroySubjectKeys(tenant, shred.subject, shred.compartments, {
          entry: shred.entry,
          ...(shred.consentVersion === undefined ? {} : { generationAtMost: shred.consentVersion }),
        });
    /* Whoever returns is somebody else, also where a floor keeps something of the one who left. */
    if (shred.cause === 'erased' && !nothingStays) await keyring.forgetName(tenant, shred.subject);
    crashPoint('collection.shred.keys-dead');
    await context.database.within(tenant, async (sql) => {
      const store = new ShredStore(sql, tenant);
      if ((await store.shred(shred.entry))?.state !== 'ordered') return;
      await store.restrictHeld(shred, kept);
      await store.shredded(shred.entry, destruction.keys, destruction.effectiveAt);
      await context.outbox.announce(
        sql,
        events.SubjectShreddedV1,
        { tenant, subject: shred.subject, now: context.clock.machineNow() },
        {
          entry: shred.entry,
          erasure: shred.erasure,
          compartments: [...shred.compartments],
          keys: destruction.keys,
          effectiveAt: destruction.effectiveAt.toISOString(),
        },
      );
    });
    crashPoint('collection.shred.effective');
  }

  /** Copies the keys of held parts aside before their subject key dies. `whole`: nothing of the person stays. */
  private async keepHeld(tenant: TenantId, shred: ShredRow): Promise<{ kept: string[]; whole: boolean }> {
    const { held, whole } = await this.room.context.database.within(tenant, async (sql) => {
      const found = await new ShredStore(sql, tenant).heldInShred(shred);
      const restricted = await new ErasureStore(sql, tenant).anyRestricted(shred.subject);
      return { held: found, whole: found.length === 0 && !restricted };
    });
    const keeping = new Keeping(this.room);
    const kept: PartId[] = [];
    const dying = held.flatMap(({ part, listed }) => (listed ? [part] : []));
    await keeping.each(tenant, dying, async (sql, parts) => {
      kept.push(...(await keeping.forHolds(sql, tenant, parts)));
    });
    return { kept, whole };
  }

  /** What the platform calls the person's matters, and their keys, but for what parts that are left need. */
  private async forgetMatters(
    tenant: TenantId,
    subject: SubjectRef,
    needed: (store: ShredStore) => Promise<MatterId[]>,
  ): Promise<void> {
    const { context, keyring } = this.room;
    const left = await context.database.within(tenant, (sql) => needed(new ShredStore(sql, tenant)));
    while ((await keyring.sweepSubject(tenant, subject, left)) > 0);
  }

  /** The names of an erased person's matters of which the last part has gone since. Their dates are still there, and go after them. */
  async forgetEmptied(tenant: TenantId): Promise<void> {
    const emptied = await this.room.context.database.within(tenant, (sql) => new ShredStore(sql, tenant).emptied());
    for (const subject of emptied) await this.forgetMatters(tenant, subject, (store) => store.leftMatters(subject));
  }

  /**
   * Deletes rows of what is effective, a chunk of them or those of so many orders; announces `swept` for each of which a rescan
   * finds none. True if more may be left.
   */
  async sweep(tenant: TenantId): Promise<boolean> {
    const open = await this.room.context.database.within(tenant, (sql) =>
      new ShredStore(sql, tenant).openShreds('shredded', SWEPT_AT_ONCE),
    );
    let rows = 0;
    for (const shred of open) {
      rows += await this.sweepOne(tenant, shred);
      if (rows >= CHUNK) return true;
    }
    return open.length === SWEPT_AT_ONCE;
  }

  /** One chunk of what was ordered, at most. How many rows. */
  private async sweepOne(tenant: TenantId, shred: ShredRow): Promise<number> {
    const { context } = this.room;
    let rows = 0;
    // Before its rows: whoever is killed in between finds the order still open, and what the platform calls its matters goes all the same.
    if (shred.cause === 'erased')
      await this.forgetMatters(tenant, shred.subject, (store) => store.leftMatters(shred.subject, shred));
    crashPoint('collection.shred.names-gone');
    await context.database.within(tenant, async (sql) => {
      const now = context.clock.machineNow();
      const store = new ShredStore(sql, tenant);
      if ((await store.shred(shred.entry))?.state !== 'shredded') return;
      const zone = await context.clock.zone(tenant);
      const { deleted, ofTheirDay, tallies } = await store.deleteShredded(shred, CHUNK, zone);
      rows = deleted;
      await store.addDeleted(shred.entry, deleted);
      await new IntakeStore(sql, tenant).count(
        [
          { what: 'erased', code: shred.cause, n: deleted - ofTheirDay },
          { what: 'deleted', n: ofTheirDay },
        ],
        now,
      );
      if (tallies.length > 0) {
        await context.outbox.announce(
          sql,
          events.PartsRemovedV2,
          { tenant, subject: shred.subject, now },
          { because: shred.cause, tallies: tallies.map((tally) => ({ ...tally })), parts: deleted },
        );
      }
      if (deleted < CHUNK) {
        if (shred.cause === 'erased') await store.forgetPerson(shred.subject);
        await store.swept(shred.entry, now);
        await context.outbox.announce(
          sql,
          events.SubjectSweptV1,
          { tenant, subject: shred.subject, now },
          {
            entry: shred.entry,
            erasure: shred.erasure,
            deleted: shred.deleted + deleted,
            rescan: await store.rescan(shred),
            at: now.toISOString(),
          },
        );
      }
    });
    crashPoint('collection.shred.chunk');
    return rows;
  }

  /** Says again which keys died, of a slot's people or by one entry, to whoever still waits for it. Who knows it changes nothing. */
  async stateAnew(
    sql: Transaction,
    tenant: TenantId,
    of: { readonly slot: number } | { readonly entry: number },
    now: Date,
  ): Promise<void> {
    const store = new ShredStore(sql, tenant);
    for (const { keys, effectiveAt, ...shred } of await store.done(of)) {
      const { entry, erasure, deleted } = shred;
      const about = { tenant, subject: shred.subject, now };
      await this.room.context.outbox.announce(sql, events.SubjectShreddedV1, about, {
        entry,
        erasure,
        compartments: [...shred.compartments],
        keys,
        effectiveAt: effectiveAt.toISOString(),
      });
      if (shred.state === 'swept')
        await this.room.context.outbox.announce(sql, events.SubjectSweptV1, about, {
          entry,
          erasure,
          deleted,
          rescan: await store.rescan(shred),
          at: now.toISOString(),
        });
    }
  }

  /**
   * What only a floor or a lifted hold kept of erased people goes on the day that ends. True if more may be left.
   */
  async endRestrictions(tenant: TenantId, today: Day): Promise<boolean> {
    const { context } = this.room;
    const ending = await context.database.within(tenant, (sql) => new ShredStore(sql, tenant).ending(today, CHUNK));
    for (const subject of ending) await this.endOne(tenant, subject, today);
    return ending.length === CHUNK;
  }

  /**
   * With its keys where it is the last of the person: the ledger has their erasure, under whose entry they die. Under the slot's lock
   * it is judged and written down first: a hold is recorded before that, and nothing of theirs goes, or it comes too late.
   */
  private async endOne(tenant: TenantId, subject: SubjectRef, today: Day): Promise<void> {
    const { context, keyring } = this.room;
    const locked = <Result>(work: (sql: Transaction) => Promise<Result>): Promise<Result> =>
      context.database.within(tenant, async (sql) => {
        await lockSlots(sql, tenant, [slotOf(subject, context.config.slots)]);
        return work(sql);
      });
    const entry = await locked(async (sql) => {
      const store = new ShredStore(sql, tenant);
      const all = await store.markGoing(subject, today);
      if (all === undefined) await this.tellEnded(sql, tenant, subject, await store.deleteEnding(subject, today));
      return all;
    });
    if (entry === undefined) return;
    await keyring.forgetSubject(tenant, subject, { entry });
    await this.forgetMatters(tenant, subject, (store) => store.sharedMatters(subject));
    crashPoint('collection.restriction.keys-dead');
    await locked(async (sql) => {
      const store = new ShredStore(sql, tenant);
      const ended = await store.deleteGoing(subject);
      await store.forgetPerson(subject);
      await this.tellEnded(sql, tenant, subject, ended);
    });
  }

  private async tellEnded(
    sql: Transaction,
    tenant: TenantId,
    subject: SubjectRef,
    { deleted, tallies }: Ended,
  ): Promise<void> {
    const { context } = this.room;
    const now = context.clock.machineNow();
    await new IntakeStore(sql, tenant).count([{ what: 'erased', code: 'restriction-ended', n: deleted }], now);
    if (deleted > 0)
      await context.outbox.announce(
        sql,
        events.PartsRemovedV2,
        { tenant, subject, now },
        { because: 'kept-no-longer', tallies: [...tallies], parts: deleted },
      );
  }
}
