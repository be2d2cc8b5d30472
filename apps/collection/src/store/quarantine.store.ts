import type { Sql } from '@lethe/kernel';
import type { LedgerEntry } from '@lethe/platform';
import type { Part } from './part.store.ts';

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
/** Facts that a restore brings back where they are missing; what is live is never overwritten. */
const FACTS = [
  'consent_state',
  'guardian_state',
  'matter_anchor',
  'matter_date',
  'refusal',
  'opening',
  'cell',
] as const;
/** Of these, those that are about one person: an erased person's stay away. */
const PERSONAL: readonly string[] = ['consent_state', 'guardian_state', 'matter_anchor', 'matter_date'];

/** Ledger entries, $1 as JSON. */
const ENTRIES =
  'jsonb_to_recordset($1::jsonb) as e (subject text, compartments text[], class text, day date, at timestamptz)';

/** Of a part, what tells whether it opens. */
export type QuarantinedPart = Pick<
  Part,
  'part' | 'record' | 'subject' | 'compartment' | 'class' | 'matter' | 'disposal' | 'sealed'
>;
type Nullable<Row> = { readonly [key in keyof Row]: Row[key] | null };

/** A backup in its quarantine schema beside the live tables, inside one transaction. Only what the ledger spares gets out. */
export class QuarantineStore {
  constructor(
    private readonly sql: Sql,
    private readonly schema: string,
  ) {
    if (!NAME.test(schema)) throw new Error('not the name of a quarantine');
  }

  async count(): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>(`select count(*)::int as n from ${this.schema}.part`);
    return row?.n ?? 0;
  }

  /** What is live already needs no restoring. How many parts that was. */
  async dropLive(): Promise<number> {
    return this.deleteParts('exists (select 1 from public.part l where l.part = q.part)', []);
  }

  /**
   * The ledger, whole and in order, on what lies here, a statement a kind; how many parts it took. Restricted before erased:
   * what only a floor or hold keeps outlives the erasure. Sealed parts of a withdrawal or a disposal answer for themselves,
   * by their keys; others have none.
   */
  async replay(entries: readonly LedgerEntry[]): Promise<number> {
    // The tenant has ended: nothing of it comes back.
    if (entries.some(({ kind }) => kind === 'ended')) return this.deleteParts('true', []);
    const of = (kind: LedgerEntry['kind']): string =>
      JSON.stringify(
        entries
          .filter((entry) => entry.kind === kind)
          .map(({ subject, compartments, class: partClass, day, at }) => ({
            subject,
            compartments: compartments ?? [],
            class: partClass,
            day,
            at,
          })),
      );
    await this.sql.query(
      `update ${this.schema}.part q set restricted = true, restricted_until = coalesce(e.day, q.restricted_until), restricted_basis = coalesce(q.restricted_basis, 'ledger')
         from ${ENTRIES} where q.subject = e.subject and q.compartment = any(e.compartments) and (e.class is null or q.class = e.class)`,
      [of('restricted')],
    );
    const erased = await this.deleteParts(
      'q.subject = e.subject and (q.compartment = any(e.compartments) or not q.restricted)',
      [of('erased')],
      ENTRIES,
    );
    const withdrawn = await this.deleteParts(
      'q.subject = e.subject and q.compartment = any(e.compartments) and q.sealed is null and q.admitted_at <= e.at',
      [of('withdrawn')],
      ENTRIES,
    );
    const live =
      'select m.day from public.matter_date m where m.tenant = q.tenant and m.matter = q.matter and m.class = q.class';
    const disposed = await this.deleteParts(
      `q.sealed is null and q.class = e.class and coalesce((${live}), (${live.replace('public', this.schema)}), q.disposal) = e.day`,
      [of('disposed')],
      ENTRIES,
    );
    return erased + withdrawn + disposed;
  }

  /** People whom the live tables know as erased: the fence holds here, too, whatever the ledger's list is given as. */
  async dropFenced(): Promise<number> {
    return this.deleteParts(
      'not q.restricted and exists (select 1 from public.subject_state s where s.subject = q.subject and s.erased_entry is not null)',
      [],
    );
  }

  /** Every part, so many at once, in no order and in one pass, as they were when the pass began. */
  async *parts(atOnce: number): AsyncGenerator<QuarantinedPart[]> {
    // No more columns than a backup of any age has.
    await this.sql.query(
      `declare survivors no scroll cursor for
         select part, record, subject, compartment, class, matter, disposal::text as disposal, sealed from ${this.schema}.part`,
    );
    const fetch = () => this.sql.query<Nullable<QuarantinedPart>>(`fetch ${String(atOnce)} from survivors`);
    for (let rows = await fetch(); rows.length > 0;) {
      // The next are read while these are tried.
      const next = fetch();
      next.catch(() => undefined);
      yield rows.map(({ matter, disposal, ...row }) => ({
        ...(row as QuarantinedPart),
        matter: matter ?? undefined,
        disposal: disposal ?? undefined,
      }));
      rows = await next;
    }
    await this.sql.query('close survivors');
  }

  async drop(parts: readonly string[]): Promise<number> {
    return parts.length === 0 ? 0 : this.deleteParts('q.part = any($1::uuid[])', [parts]);
  }

  /** Lets the survivors in; what is live stays as it is. */
  async merge(columns: readonly string[]): Promise<number> {
    return this.copy('part', columns, '');
  }

  /**
   * Of what was let in, parts whose day is dead already: they opened by keys that a hold, a floor or a longer period has kept,
   * and live by these from now on. A copy from before that day does not say so. After the facts, which may date them.
   */
  async markKept(): Promise<void> {
    await this.sql.query(
      `update public.part p set kept = true
         from ${this.schema}.part q, public.disposal o
        where q.part = p.part and not p.kept and p.sealed is not null and o.class = p.class and o.state in ('effective', 'swept')
          and o.day = coalesce((select m.day from public.matter_date m where m.matter = p.matter and m.class = p.class), p.disposal)`,
    );
  }

  async mergeFacts(columnsOf: (table: string) => readonly string[] | undefined): Promise<void> {
    for (const table of FACTS) {
      const columns = columnsOf(table);
      if (columns === undefined) continue;
      const living = `where not exists (select 1 from public.subject_state s where s.subject = q.subject and s.erased_entry is not null)`;
      await this.copy(table, columns, PERSONAL.includes(table) ? living : '');
    }
  }

  private async copy(table: string, columns: readonly string[], where: string): Promise<number> {
    if (!columns.every((column) => NAME.test(column))) throw new Error('not the name of a column');
    const names = columns.map((column) => `"${column}"`).join(', ');
    const [row] = await this.sql.query<{ n: number }>(
      `with added as (insert into public.${table} (${names}) select ${names} from ${this.schema}.${table} q ${where} on conflict do nothing returning 1)
       select count(*)::int as n from added`,
    );
    return row?.n ?? 0;
  }

  private async deleteParts(where: string, values: readonly unknown[], using?: string): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>(
      `with gone as (delete from ${this.schema}.part q ${using === undefined ? '' : `using ${using}`} where ${where} returning 1) select count(*)::int as n from gone`,
      values,
    );
    return row?.n ?? 0;
  }
}
