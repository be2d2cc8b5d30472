import { http } from '@lethe/contracts';
import { Fault, type TenantId, type Transaction } from '@lethe/kernel';
import type { Quarantine } from '@lethe/platform';
import type { z } from 'zod';
import { crashPoint } from './crash-point.ts';
import { openItem } from './opening.ts';
import type { Room } from './room.ts';
import { lockAllSlots } from './store/locks.ts';
import { QuarantineStore } from './store/quarantine.store.ts';

type Entry = z.output<typeof http.LedgerEntries.answer>['entries'][number];
export type RestoreReport = z.input<typeof http.RestoreBackup.answer>;

const ENTRIES_AT_ONCE = 10_000;
const PARTS_AT_ONCE = 500;

/** The one way back, always through quarantine: nothing gets out of it that the ledger or a dead key forbids. */
export class Restore {
  constructor(private readonly room: Room) {}

  /**
   * Opens a backup in a schema of its own, replays the ledger to its end, tries every part with the keys that still live,
   * and lets in what survives and is not there already. Run again, it changes nothing more.
   * @throws Fault `forbidden` when the two who approved are one, `missing` when the backup or its key is gone
   */
  async run(
    tenant: TenantId,
    asked: { readonly backup: string; readonly approvals: readonly string[]; readonly service: string },
  ): Promise<RestoreReport> {
    const { context, keyring } = this.room;
    const [one, other] = asked.approvals;
    if (one === undefined || other === undefined)
      throw new Fault('invalid', 'collection/two-approvals', 'two approvals are needed', 'approvals');
    if (asked.service !== 'collection')
      throw new Fault('invalid', 'collection/own-tables-only', 'a service restores its own tables only', 'service');
    const key = await keyring.openBackupKey(tenant, asked.backup, [
      { by: one, reason: 'restore-proposed' },
      { by: other, reason: 'restore-confirmed' },
    ]);
    const entries = await this.ledger(tenant);
    const quarantine = await context.quarantine(tenant, asked.backup, key);
    try {
      const report = await context.database.within(tenant, (sql) => this.release(sql, tenant, quarantine, entries));
      crashPoint('collection.restore.merged');
      context.logger.info(
        { tenant, backup: asked.backup, rows: report.restored, count: report.dropped },
        'a backup was restored through quarantine',
      );
      return report;
    } finally {
      await quarantine.drop();
    }
  }

  /** The tenant's part of the replay list, to its present end. Unreachable: nothing is restored. */
  private async ledger(tenant: TenantId): Promise<Entry[]> {
    const all: Entry[] = [];
    for (let after = 0; ;) {
      const { head, entries } = await this.room.context.peers.ask(http.LedgerEntries, {
        tenant,
        query: { after, limit: ENTRIES_AT_ONCE },
      });
      all.push(...entries.filter((entry) => entry.tenant === tenant));
      after = entries.at(-1)?.entry ?? head;
      if (entries.length === 0 || after >= head) return all;
    }
  }

  /** Under all slot locks: no admission, erasure or hold moves while survivors are let in. */
  private async release(
    sql: Transaction,
    tenant: TenantId,
    quarantine: Quarantine,
    entries: readonly Entry[],
  ): Promise<RestoreReport> {
    await lockAllSlots(sql, tenant, this.room.context.config.slots);
    const store = new QuarantineStore(sql, quarantine.schema);
    await store.dropLive();
    let dropped = 0;
    for (const entry of entries) if (entry.kind === 'restricted') await replay(store, entry);
    for (const entry of entries) if (entry.kind !== 'restricted') dropped += await replay(store, entry);
    dropped += await store.dropFenced();
    const tried = await this.tryKeys(store, tenant);
    const columnsOf = (table: string) =>
      quarantine.header.tables.find((each) => each.table === table)?.columns.map((column) => column.name);
    const restored = await store.merge(columnsOf('part') ?? []);
    await store.mergeFacts(columnsOf);
    return {
      restored,
      replayed: entries.length,
      dropped: dropped + tried.dropped,
      unrecoverable: tried.unrecoverable,
      incarnation: this.room.context.newId(),
    };
  }

  /** A part whose subject or day is dead goes; one whose key is not there at all, or which was altered, cannot be recovered. */
  private async tryKeys(store: QuarantineStore, tenant: TenantId): Promise<{ dropped: number; unrecoverable: number }> {
    const counts = { dropped: 0, unrecoverable: 0 };
    for (let after: string | undefined, more = true; more;) {
      const parts = await store.parts(after, PARTS_AT_ONCE);
      const items = parts.flatMap((part) => openItem(part) ?? []);
      const outcomes = items.length === 0 ? [] : await this.room.keyring.sealer.open(tenant, items);
      const gone = (reasons: readonly string[]) =>
        outcomes.flatMap((outcome, at) =>
          outcome.reason !== undefined && reasons.includes(outcome.reason) ? [items[at]!.part] : [],
        );
      counts.dropped += await store.drop(gone(['subject-key-dead', 'day-dead']));
      counts.unrecoverable += await store.drop(gone(['unknown-key', 'altered']));
      after = parts.at(-1)?.part;
      more = parts.length === PARTS_AT_ONCE;
    }
    return counts;
  }
}

/** One entry again, on what the backup holds; how many parts it took. */
async function replay(store: QuarantineStore, entry: Entry): Promise<number> {
  const { kind, subject, compartments = [], class: partClass, day, at } = entry;
  switch (kind) {
    case 'restricted':
      if (subject !== undefined) await store.restrict(subject, compartments, partClass, day);
      return 0;
    case 'erased':
      return subject === undefined ? 0 : store.dropErased(subject, compartments);
    case 'withdrawn':
      return subject === undefined ? 0 : store.dropWithdrawn(subject, compartments, new Date(at));
    case 'disposed':
      return partClass === undefined || day === undefined ? 0 : store.dropDisposed(partClass, day);
    case 'held':
    case 'released':
      return 0;
  }
}
