import type { TenantId } from '@lethe/kernel';
import { Cohort, type FieldValue } from '@lethe/policy';
import type { OpenItem } from '@lethe/sealing';
import { tellAltered } from './opening.ts';
import type { Room } from './room.ts';
import { CohortStore, type Fate, type Member, type Page } from './store/cohort.store.ts';
import { DisposalStore, type DisposalRow } from './store/disposal.store.ts';
import { IntakeStore } from './store/intake.store.ts';
import { lockAllSlotsShared } from './store/locks.ts';

/** Parts that are taken out and counted at once. */
const PAGE = 1000;
/** Pages under way: while one is opened, the database takes out the next and the keyring is asked for its keys. */
const AT_ONCE = 3;

/**
 * A cohort that is due: the whole of it at once into cells of k people or more, its rows gone, in one transaction. Nothing smaller is
 * ever written. Admissions go on meanwhile: the day takes nothing in since it was closed. Whoever withdraws or is frozen waits.
 */
export class Folding {
  constructor(private readonly room: Room) {}

  /** Changes nothing if the day has been folded before. */
  async fold(tenant: TenantId, order: DisposalRow): Promise<void> {
    const { context } = this.room;
    const pack = await context.packs.pack(tenant);
    const zone = await context.clock.zone(tenant);
    await context.database.within(tenant, async (sql) => {
      await lockAllSlotsShared(sql, tenant, context.config.slots);
      const disposals = new DisposalStore(sql, tenant);
      if ((await disposals.byDay(order.class, order.day))?.state !== 'closing') return;
      const store = new CohortStore(sql, order);
      const cohort = new Cohort(pack, order.class);
      const gone: Record<Fate, number> = { folds: 0, withdrawn: 0, ended: 0, goes: 0 };
      let taken: Promise<unknown> = Promise.resolve();
      await together((await store.pages(zone, PAGE)).values(), async (page: Page) => {
        // A connection does one thing at a time.
        const taking = taken.then(() => store.take(page));
        taken = taking;
        const members = await taking;
        gone[page.fate] += members.length;
        if (page.fate === 'folds') await this.open(tenant, order, members, cohort);
      });
      const { cells, anonymized, forgotten } = (await this.before(disposals, order, gone.folds)) ?? cohort.fold();
      const now = context.clock.machineNow();
      await disposals.addCells(order, cells, now);
      const found = gone.folds + gone.withdrawn + gone.ended + gone.goes;
      const to = { state: 'folded', found, anonymized, forgotten, cells: cells.length, deleted: found } as const;
      await disposals.update(order, to);
      await new IntakeStore(sql, tenant).count(
        [
          { what: 'anonymized', n: anonymized },
          { what: 'deleted', code: 'forgotten', n: gone.folds + gone.goes - anonymized },
          { what: 'erased', code: 'withdrawn', n: gone.withdrawn },
          { what: 'erased', code: 'restriction-ended', n: gone.ended },
        ],
        now,
      );
    });
  }

  /** What an earlier life of this database had folded the cohort into, and the ledger has kept: it stands. */
  private async before(store: DisposalStore, order: DisposalRow, records: number) {
    const cells = await store.cellsOf(order.class, order.day);
    if (cells.length === 0) return undefined;
    const anonymized = Math.min(
      records,
      cells.reduce((sum, cell) => sum + cell.records, 0),
    );
    return { cells, anonymized, forgotten: records - anonymized };
  }

  /** What does not open any more is in no cell. */
  private async open(tenant: TenantId, order: DisposalRow, members: readonly Member[], cohort: Cohort): Promise<void> {
    const day = { kind: 'day', day: order.day, class: order.class } as const;
    const items = members.map(({ part, subject, compartment, matter, sealed }): OpenItem => ({
      part,
      subject,
      compartment,
      sealed,
      time: matter === null ? day : { kind: 'matter', matter, class: order.class },
    }));
    const outcomes = await this.room.keyring.sealer.open(tenant, items);
    members.forEach(({ part, subject, record }, at) => {
      const { plaintext, reason } = outcomes[at]!;
      if (plaintext !== undefined)
        cohort.add({ subject, record, values: JSON.parse(plaintext.toString()) as Record<string, FieldValue> });
      else if (reason === 'altered') tellAltered(this.room, tenant, part);
    });
  }
}

/** Does `work` for each, a few at once, and comes back when none of it is under way any more. */
async function together<Each>(all: IterableIterator<Each>, work: (each: Each) => Promise<void>): Promise<void> {
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    for (const each of all) await work(each);
  });
  const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
