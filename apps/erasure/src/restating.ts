import { events, TENANT_SLOT } from '@lethe/contracts';
import { slotOf, type TenantId, type Transaction } from '@lethe/kernel';
import type { LedgerEntry } from '@lethe/ledger';
import { ofEveryTenant, type ServiceContext } from '@lethe/platform';
import type { RegistryService } from './registry.service.ts';
import type { Books } from './store/books.ts';
import { EndStore } from './store/end.store.ts';
import { OutStore } from './store/out.store.ts';
import { ErasureStore } from './store/erasure.store.ts';
import type { RequestRow } from './store/rows.ts';

/** Requests of one transaction, and ledger entries of one reading. */
const AT_ONCE = 500;

/**
 * States erasure's present anew, for who missed how it came about: who is frozen, who has closed an account, what is final, which of the
 * platform's stores take part;
 * and its orders: what goes and stays of each request, from its rows, and what must die, from the ledger, whose entry each
 * such order names. Who has carried one out changes nothing.
 */
export class Restating {
  constructor(
    private readonly context: ServiceContext,
    private readonly books: Pick<Books, 'ledger'>,
    private readonly registry: Pick<RegistryService, 'state'>,
  ) {}

  /** The id of the last event. */
  async state(slot: number): Promise<string | undefined> {
    return ofEveryTenant(this.context.packs, async (tenant) => {
      const requests = await this.eachPage(tenant, slot, (sql, rows) => this.stateRequests(sql, tenant, rows));
      if (slot !== TENANT_SLOT) return requests;
      const end = await this.stateEnd(tenant);
      const told = await this.stateHoldsTold(tenant);
      // After whom it was told of holds: what a store that has left had not answered of them is closed.
      return (await this.registry.state(tenant)) ?? told ?? end ?? requests;
    });
  }

  /** The id of the last order. */
  async stateOrders(slot: number): Promise<string | undefined> {
    let last = await ofEveryTenant(this.context.packs, (tenant) =>
      this.eachPage(tenant, slot, (sql, rows) => this.stateScopes(sql, tenant, rows)),
    );
    for (let after = 0; ;) {
      const page = await this.books.ledger.after(after, AT_ONCE);
      const here = page.filter((entry) => this.slotOf(entry) === slot);
      for (const [tenant, entries] of Map.groupBy(here, (entry) => entry.tenant))
        last = (await this.within(tenant, (sql) => this.stateEntries(sql, tenant, entries))) ?? last;
      const end = page.at(-1);
      if (end === undefined) return last;
      after = end.entry;
    }
  }

  private async stateRequests(
    sql: Transaction,
    tenant: TenantId,
    rows: readonly RequestRow[],
  ): Promise<string | undefined> {
    const { outbox, clock } = this.context;
    const now = clock.machineNow();
    const at = now.toISOString();
    const of = (row: RequestRow) => ({ tenant, subject: row.subject });
    const frozen = rows.filter((row) => row.freeze_event !== null && row.progress !== 'final');
    const isOver = ({ progress }: RequestRow): boolean => progress === 'refused';
    return [
      ...(await outbox.announceAll(
        sql,
        events.SubjectFrozenV1,
        now,
        frozen.filter((row) => !isOver(row)).map((row) => ({ about: of(row), data: { erasure: row.request, at } })),
      )),
      ...(await outbox.announceAll(
        sql,
        events.SubjectUnfrozenV1,
        now,
        frozen.filter(isOver).map((row) => ({ about: of(row), data: { erasure: row.request, at } })),
      )),
      ...(await outbox.announceAll(
        sql,
        events.AccountClosedV1,
        now,
        rows.flatMap((row) =>
          row.kind !== 'close-account' || row.verified_at === null
            ? []
            : [{ about: of(row), data: { erasure: row.request, at: row.verified_at.toISOString() } }],
        ),
      )),
      ...(await outbox.announceAll(
        sql,
        events.ErasureFinalV1,
        now,
        rows.flatMap((row) =>
          row.certificate === null || row.final_at === null
            ? []
            : [
                {
                  about: of(row),
                  data: { erasure: row.request, certificate: row.certificate, at: row.final_at.toISOString() },
                },
              ],
        ),
      )),
    ].at(-1);
  }

  /** Who was told of holds, and has to answer. Whose answer is known changes nothing. */
  private stateHoldsTold(tenant: TenantId): Promise<string | undefined> {
    const now = this.context.clock.machineNow();
    return this.within(tenant, async (sql) => {
      const told = await new OutStore(sql, tenant).holdsTold();
      const stated = await this.context.outbox.announceAll(
        sql,
        events.HoldToldV1,
        now,
        told.map((each) => ({
          about: { tenant, slot: TENANT_SLOT },
          data: { ...each, at: now.toISOString() },
        })),
      );
      return stated.at(-1);
    });
  }

  private async stateEnd(tenant: TenantId): Promise<string | undefined> {
    const { outbox, clock } = this.context;
    return this.within(tenant, async (sql) => {
      const row = await new EndStore(sql, tenant).find();
      if (!row?.sha256) return undefined;
      return outbox.announce(
        sql,
        events.EndStatedV1,
        { tenant, slot: TENANT_SLOT, now: clock.machineNow() },
        {
          end: row.end_id,
          sha256: row.sha256,
          final: row.final_at !== null,
          at: (row.final_at ?? (await clock.legalNow(tenant))).toISOString(),
        },
      );
    });
  }

  /** What goes and what stays, of each request that is ordered and not final. */
  private async stateScopes(
    sql: Transaction,
    tenant: TenantId,
    rows: readonly RequestRow[],
  ): Promise<string | undefined> {
    const now = this.context.clock.machineNow();
    const told = await this.context.outbox.announceAll(
      sql,
      events.ErasureOrderedV1,
      now,
      rows.flatMap(({ request, subject, scope, ordered_at, progress }) =>
        ordered_at === null || scope === null || progress === 'final' || progress === 'refused'
          ? []
          : [
              {
                about: { tenant, subject },
                data: {
                  erasure: request,
                  shred: [...scope.shred],
                  restrict: scope.restrict.map((each) => ({ ...each })),
                  at: now.toISOString(),
                },
              },
            ],
      ),
    );
    return told.at(-1);
  }

  /** What the ledger says must be dead. */
  private async stateEntries(
    sql: Transaction,
    tenant: TenantId,
    entries: readonly LedgerEntry[],
  ): Promise<string | undefined> {
    const { outbox, clock, packs } = this.context;
    const now = clock.machineNow();
    const { classes } = await packs.pack(tenant);
    const shreds = await outbox.announceAll(
      sql,
      events.ShredOrderedV1,
      now,
      entries.flatMap(({ entry, kind, subject, compartments = [], erasure, consentVersion, at }) =>
        (kind !== 'erased' && kind !== 'withdrawn') || subject === undefined || compartments.length === 0
          ? []
          : [
              {
                about: { tenant, subject },
                data: { entry, cause: kind, compartments, at, ...{ erasure, consentVersion } },
              },
            ],
      ),
    );
    const rows = await outbox.announceAll(
      sql,
      events.ErasureRecordedV1,
      now,
      entries.flatMap(({ entry, kind, subject, compartments = [], erasure, at }) =>
        kind !== 'erased' || subject === undefined || compartments.length > 0
          ? []
          : [{ about: { tenant, subject }, data: { entry, erasure, at } }],
      ),
    );
    const days = await outbox.announceAll(
      sql,
      events.DisposalRecordedV1,
      now,
      entries.flatMap(({ entry, kind, order, class: name, day, at, ...told }) =>
        kind !== 'disposed' || order === undefined || name === undefined || day === undefined
          ? []
          : [
              {
                about: { tenant, slot: TENANT_SLOT },
                // Entries of before say no method: it is the class's.
                data: {
                  entry,
                  order,
                  class: name,
                  day,
                  method: told.method ?? classes.get(name)?.method ?? 'delete',
                  at,
                },
              },
            ],
      ),
    );
    const ends = await outbox.announceAll(
      sql,
      events.EndRecordedV1,
      now,
      entries.flatMap(({ entry, kind, order, at }) =>
        kind !== 'ended' || order === undefined
          ? []
          : [{ about: { tenant, slot: TENANT_SLOT }, data: { entry, end: order, at } }],
      ),
    );
    return [...shreds, ...rows, ...days, ...ends].at(-1);
  }

  /** Where an order about this stands: in the person's slot, else in the first. */
  private slotOf({ subject }: LedgerEntry): number {
    return subject === undefined ? TENANT_SLOT : slotOf(subject, this.context.config.slots);
  }

  /** Every request of the slot's people, page by page. */
  private async eachPage(
    tenant: TenantId,
    slot: number,
    state: (sql: Transaction, rows: readonly RequestRow[]) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const { slots } = this.context.config;
    let last: string | undefined;
    for (let after: string | undefined; ;) {
      const from = after;
      const page = await this.within(tenant, async (sql) => {
        const rows = await new ErasureStore(sql, tenant).after(from, AT_ONCE);
        const told = await state(
          sql,
          rows.filter(({ subject }) => slotOf(subject, slots) === slot),
        );
        return { told, end: rows.length === AT_ONCE ? rows.at(-1)?.request : undefined };
      });
      last = page.told ?? last;
      if (page.end === undefined) return last;
      after = page.end;
    }
  }

  private within<Answer>(tenant: TenantId, work: (sql: Transaction) => Promise<Answer>): Promise<Answer> {
    return this.context.database.within(tenant, work);
  }
}
