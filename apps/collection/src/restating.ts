import { events, TENANT_SLOT } from '@lethe/contracts';
import type { TenantId, Transaction } from '@lethe/kernel';
import type { Backups } from './backups.ts';
import { Children } from './children.ts';
import type { Disposing } from './disposing.ts';
import type { Erasing } from './erasing.ts';
import type { Extensions } from './extensions.ts';
import type { Holds } from './holds.ts';
import type { Room } from './room.ts';
import type { Shredding } from './shredding.ts';
import type { TenantEnds } from './tenant-ends.ts';
import { lockSlots } from './store/locks.ts';
import { PartStore } from './store/part.store.ts';

/** Tallies of one event. */
const PIECE = 1000;

export interface Restated {
  readonly holds: Holds;
  readonly extensions: Extensions;
  readonly backups: Backups;
  readonly ends: TenantEnds;
  readonly disposing: Disposing;
  readonly erasing: Erasing;
  readonly shredding: Shredding;
}

/**
 * States everything of one slot anew: what is counted for which day, under the slot's exclusive lock, so that no admission
 * stands on both sides of the statement; then what somebody may still wait to hear: freezes, dead keys, finished days, children found, what became of holds and of keys of backups.
 */
export class Restating {
  readonly #children: Children;

  constructor(
    private readonly room: Room,
    private readonly of: Restated,
  ) {
    this.#children = new Children(room.context);
  }

  /** The id of the event that ends the statement. */
  async state(slot: number): Promise<string> {
    const { context } = this.room;
    const statement = context.newId();
    const tenants = await context.packs.tenants();
    let tallies = 0;
    for (const { tenant } of tenants) {
      tallies += await context.database.within(tenant, (sql) => this.stateTallies(sql, tenant, slot, statement));
      await context.database.within(tenant, async (sql) => {
        const now = context.clock.machineNow();
        await this.of.erasing.stateAnew(sql, tenant, slot, now);
        await this.of.shredding.stateAnew(sql, tenant, { slot }, now);
        await this.of.holds.stateAnew(sql, tenant, slot, now);
        await this.of.extensions.stateAnew(sql, tenant, slot, now);
        await this.#children.stateAnew(sql, tenant, slot, now);
        if (slot !== TENANT_SLOT) return;
        await this.of.disposing.stateAnew(sql, tenant, now);
        await this.of.backups.stateAnew(sql, tenant, now);
        await this.room.standings.stateAnew(sql, tenant, now);
        await this.of.ends.stateAnew(sql, tenant, now);
      });
    }
    return context.database.transaction((sql) =>
      context.outbox.announce(
        sql,
        events.CollectionSlotStatedV1,
        { tenant: 'lethe', slot, now: context.clock.machineNow() },
        { statement, tenants: tenants.length, tallies },
      ),
    );
  }

  /** Told also of a tenant of whom nothing is there: what was counted of it before is forgotten. */
  private async stateTallies(sql: Transaction, tenant: TenantId, slot: number, statement: string): Promise<number> {
    const { outbox, clock } = this.room.context;
    await lockSlots(sql, tenant, [slot]);
    const tallies = await new PartStore(sql, tenant).talliesOf(slot);
    const pieces = Math.max(1, Math.ceil(tallies.length / PIECE));
    await outbox.announceAll(
      sql,
      events.TalliesStatedV1,
      clock.machineNow(),
      Array.from({ length: pieces }, (_, piece) => ({
        about: { tenant, slot },
        data: { statement, piece, tallies: tallies.slice(piece * PIECE, (piece + 1) * PIECE) },
      })),
    );
    return tallies.length;
  }
}
