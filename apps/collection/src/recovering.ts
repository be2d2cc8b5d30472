import { events, type Envelope } from '@lethe/contracts';
import { slotOf, type TenantId, type Transaction } from '@lethe/kernel';
import type { LedgerEntry, LostThing, Recovers, Unmade } from '@lethe/platform';
import { tryKeys } from './restore.ts';
import { momentOf, type Room } from './room.ts';
import { Said, toldIn } from './said.ts';
import { DisposalStore } from './store/disposal.store.ts';
import { ErasureStore } from './store/erasure.store.ts';
import { HoldStore } from './store/hold.store.ts';
import { lockAllSlots } from './store/locks.ts';
import { QuarantineStore } from './store/quarantine.store.ts';
import { StandingStore } from './store/standing.store.ts';

/** Whoever had said what no event says by whom. */
const RECOVERED = 'recovered';

/**
 * How collection's database is brought up to what it has said. What it said because of others (holds, dates, shredding,
 * keys of backups) is true again once it hears them again, which its position, rolled back with it, makes it do.
 */
export class Recovering implements Recovers {
  /** The ledger, as it was replayed. */
  private readonly entries = new Map<TenantId, readonly LedgerEntry[]>();

  constructor(private readonly room: Room) {}

  async replay(sql: Transaction, tenant: TenantId, entries: readonly LedgerEntry[]): Promise<number> {
    const { slots } = this.room.context.config;
    await lockAllSlots(sql, tenant, slots);
    this.entries.set(tenant, entries);
    const store = new ErasureStore(sql, tenant);
    for (const { kind, subject, entry, erasure, at, compartments = [], consentVersion } of entries) {
      if (subject === undefined) continue;
      if (kind === 'erased') await store.fence(subject, slotOf(subject, slots), erasure, entry, new Date(at));
      if (kind === 'withdrawn') await store.fenceConsents(subject, purposesOf(compartments), consentVersion);
    }
    await this.keepHeld(sql, tenant, entries);
    await this.cellsAgain(sql, tenant, entries);
    const vault = new QuarantineStore(sql, 'public');
    const { today } = await momentOf(this.room.context, tenant);
    return (await vault.replay(entries, today)) + (await vault.dropFenced());
  }

  /**
   * Holds that the ledger has and this database does not know (any more) stand at once: what is due meanwhile may be heard of
   * before they are. The ledger names the person at most, so they keep too much until they are heard of again.
   */
  private async keepHeld(sql: Transaction, tenant: TenantId, entries: readonly LedgerEntry[]): Promise<void> {
    const released = new Set(entries.flatMap(({ kind, hold }) => (kind === 'released' && hold ? [hold] : [])));
    const store = new HoldStore(sql, tenant);
    for (const { kind, hold, subject, at } of entries)
      if (kind === 'held' && hold !== undefined && !released.has(hold))
        await store.add(
          hold,
          subject === undefined ? { kind: 'tenant' } : { kind: 'subject', subject },
          { outcome: 'recorded', parts: 0, tooLate: [] },
          new Date(at),
        );
  }

  /** What cohorts were folded into, where this database has lost it: their day keys are dead, and nothing makes it again. */
  private async cellsAgain(sql: Transaction, tenant: TenantId, entries: readonly LedgerEntry[]): Promise<void> {
    const store = new DisposalStore(sql, tenant);
    for (const { kind, order, class: name, day, cells, first, at } of entries)
      if (kind === 'folded' && order && name && day && cells)
        await store.addCells({ order, class: name, day }, cells, new Date(at), first);
  }

  async said(sql: Transaction, tenant: TenantId, batch: readonly Envelope[]): Promise<Unmade[]> {
    const unmade: Unmade[] = [];
    for (const event of batch) {
      if (event.type === events.PartsAdmittedV1.type) {
        const told = toldIn(event as Envelope<typeof events.PartsAdmittedV1>);
        const gone = await new Said(this.room).lost(sql, tenant, told, this.entries.get(tenant));
        if (gone.length > 0) unmade.push({ event: event.id, lost: gone });
      }
      if (event.type === events.CollectingCeasedV1.type) {
        const { data, time } = event as Envelope<typeof events.CollectingCeasedV1>;
        await new StandingStore(sql, tenant).cease(undefined, new Date(data.at), RECOVERED, new Date(time));
      }
      // The evidence of a refusal is more than the event says.
      if (event.type === events.SubmissionRefusedV1.type) unmade.push({ event: event.id });
    }
    return unmade;
  }

  async settle(sql: Transaction, tenant: TenantId): Promise<{ dropped: number; lost: LostThing[] }> {
    await lockAllSlots(sql, tenant, this.room.context.config.slots);
    this.entries.delete(tenant);
    return tryKeys(this.room.keyring, new QuarantineStore(sql, 'public'), tenant);
  }
}

const purposesOf = (compartments: readonly string[]): string[] =>
  compartments.filter((name) => name.startsWith('consent.')).map((name) => name.slice('consent.'.length));
