import { dayOf, endOfDay, type Day, type Sql, type TenantId } from '@lethe/kernel';
import { evidenceOver } from '@lethe/policy';
import type { RowDisposal, TableDeclaration } from '../declarations.ts';
import type { ServiceContext } from '../service.ts';

/** Rows deleted in one transaction. */
const CHUNK = 1_000;

/** What rows are measured against. */
export interface OverBy {
  /** The tenant's local day. */
  readonly today: Day;
  /** Evidence of acts before this instant of legal time is past its period. */
  readonly legal: Date;
  /** The same instant as machine time had it, by the clock as it stands. */
  readonly machine: Date;
}

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const named = (text: string): string => {
  if (!NAME.test(text)) throw new Error('a declaration names a table or column that is none');
  return text;
};

type ByItself = Extract<RowDisposal, { readonly how: 'on' | 'evidence' }>;
export const byItself = (rows: RowDisposal | undefined): rows is ByItself =>
  rows?.how === 'on' || rows?.how === 'evidence';

/** Deletes one chunk. $1 tenant, $2 today, $3 and $4 before which evidence is over (legal, machine), $5 how many. */
export function statement(table: string, rows: ByItself): string {
  const over =
    rows.how === 'on'
      ? `r.${named(rows.column)} <= $2::date`
      : `r.${named(rows.since)} < ${rows.time === 'machine' ? '$4::timestamptz' : '$3::timestamptz'}`;
  return `with gone as (
      delete from ${named(table)} where ctid = any (array (
        select r.ctid from ${named(table)} r
         where r.tenant = $1 and ${over} and not (${rows.keptWhile ?? 'false'})
           and ($2::date, $3::timestamptz, $4::timestamptz) is not null
         limit $5)) returning 1)
    select count(*)::int as gone from gone`;
}

/** Deletes up to one chunk of a table's rows that are past their date; how many went. */
export async function disposeChunk(
  sql: Sql,
  tenant: TenantId,
  { table, rows }: TableDeclaration,
  over: OverBy,
  chunk = CHUNK,
): Promise<number> {
  if (!byItself(rows)) return 0;
  const [row] = await sql.query<{ gone: number }>(statement(table, rows), [
    tenant,
    over.today,
    over.legal,
    over.machine,
    chunk,
  ]);
  return row?.gone ?? 0;
}

/**
 * Lethe keeps its own promises: rows of a service that are past their date go, by the declarations of its tables, in legal
 * time, tenant by tenant, a chunk a transaction. Any number of replicas may do it at once, and stop at any point.
 */
export class RowsDisposal {
  readonly #count: (labels: { readonly kind: string }, by: number) => void;

  constructor(
    private readonly context: ServiceContext,
    private readonly declarations: readonly TableDeclaration[],
  ) {
    this.#count = context.metrics.counter('rows_disposed', 'Rows that went on their date, by table.', ['kind']);
  }

  /** One tenant's trouble never keeps another's evidence past its date. */
  async all(): Promise<void> {
    for (const { tenant } of await this.context.packs.tenants().catch(() => [])) {
      await this.dispose(tenant).catch((error: unknown) => {
        this.context.logger.error(
          { tenant, error, code: 'platform/rows-not-disposed' },
          'rows past their date could not go; the next round tries again',
        );
      });
    }
  }

  /** How many rows of the tenant went. */
  async dispose(tenant: TenantId): Promise<number> {
    const { database, logger } = this.context;
    if (!(await this.context.goesByDate(tenant))) return 0;
    const over = await this.over(tenant);
    let all = 0;
    for (const declaration of this.declarations) {
      let gone = 0;
      for (let chunk = CHUNK; chunk === CHUNK; gone += chunk)
        chunk = await database.within(tenant, (sql) => disposeChunk(sql, tenant, declaration, over));
      if (gone > 0) this.#count({ kind: declaration.table }, gone);
      all += gone;
    }
    if (all > 0) logger.info({ tenant, count: all }, 'rows went on their date');
    return all;
  }

  private async over(tenant: TenantId): Promise<OverBy> {
    const { clock, packs } = this.context;
    const [pack, now] = [await packs.pack(tenant), await clock.legalNow(tenant)];
    const today = dayOf(now, pack.zone);
    const legal = endOfDay(evidenceOver(pack, today), pack.zone);
    return { today, legal, machine: new Date(legal.getTime() - (now.getTime() - clock.machineNow().getTime())) };
  }
}
