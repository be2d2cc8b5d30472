import type { Day, Sql } from '@lethe/kernel';
import type { LedgerEntry } from '@lethe/platform';
import { ANY_HOLD, extendedBeyond, NAMED } from './part-conditions.ts';
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
  'jsonb_to_recordset($1::jsonb) as e (entry bigint, kind text, subject text, compartments text[], "consentVersion" int, class text, day date, at timestamptz)';

/** When collection began to carry an entry out, machine time; null where it has not heard of it (any more). */
const SHREDDED_AT = `(select x.ordered_at from public.shred x where x.tenant = p.tenant and x.entry = e.entry)`;
const CLOSED_AT = `(select o.recorded_at from public.disposal o where o.tenant = p.tenant and o.class = e.class and o.day = e.day)`;
/** SQL: a hold in force names the part, and was there first. */
const heldBefore = (at: string): string =>
  `(case when ${ANY_HOLD} then exists (select 1 from public.hold h where ${NAMED} and h.at <= coalesce(${at}, 'infinity')) else false end)`;

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
    return this.deleteParts('exists (select 1 from public.part l where l.part = p.part)', []);
  }

  /**
   * The ledger, whole and in order, on what lies here, a statement a kind; how many parts it took. Restricted before erased:
   * what only a floor or hold keeps outlives the erasure. Sealed parts of a withdrawal or a disposal answer for themselves,
   * by their keys; what the platform holds has none, and stays while a hold, a floor or a longer period keeps it.
   */
  async replay(entries: readonly LedgerEntry[], today: Day): Promise<number> {
    // The tenant has ended: nothing of it comes back.
    if (entries.some(({ kind }) => kind === 'ended')) return this.deleteParts('true', []);
    const of = (...kinds: readonly LedgerEntry['kind'][]): string =>
      JSON.stringify(
        entries
          .filter((entry) => kinds.includes(entry.kind))
          .map(({ entry, kind, subject, compartments, consentVersion, class: partClass, day, at }) => ({
            entry,
            kind,
            subject,
            compartments: compartments ?? [],
            consentVersion,
            class: partClass,
            day,
            at,
          })),
      );
    const ofMatter = (what: string) => {
      const live = `select m.${what} from public.matter_date m where m.tenant = p.tenant and m.matter = p.matter and m.class = p.class`;
      return `(${live}), (${live.replace('public', this.schema)})`;
    };
    await this.sql.query(
      `update ${this.schema}.part p set restricted = true, restricted_until = coalesce(p.floor, ${ofMatter('floor')}), restricted_basis = coalesce(p.restricted_basis, 'ledger')
         from ${ENTRIES} where p.subject = e.subject and p.compartment = any(e.compartments) and (e.class is null or p.class = e.class)`,
      [of('restricted')],
    );
    // As the end of their keys left them: kept for the hold, and for nothing else.
    await this.sql.query(
      `update ${this.schema}.part p set restricted = true, kept = true, restricted_basis = coalesce(p.restricted_basis, 'hold') from ${ENTRIES}
        where p.subject = e.subject and (e.kind = 'erased' or p.compartment = any(e.compartments)) and coalesce(p.consent_version <= e."consentVersion", true) and ${heldBefore(SHREDDED_AT)}`,
      [of('erased', 'withdrawn')],
    );
    const erased = await this.deleteParts(
      `p.subject = e.subject and (not p.restricted or (p.compartment = any(e.compartments) and not ${heldBefore(SHREDDED_AT)}))`,
      [of('erased')],
      ENTRIES,
    );
    const withdrawn = await this.deleteParts(
      `p.subject = e.subject and p.compartment = any(e.compartments) and p.sealed is null and p.admitted_at <= e.at and not ${heldBefore(SHREDDED_AT)}`,
      [of('withdrawn')],
      ENTRIES,
    );
    const disposed = await this.deleteParts(
      `p.sealed is null and p.class = e.class and coalesce(${ofMatter('day')}, p.disposal) = e.day and not ${heldBefore(CLOSED_AT)}
         and not ${extendedBeyond('$2::date')} and coalesce(coalesce(p.floor, ${ofMatter('floor')}) <= $2::date, true)
         and not (p.restricted and coalesce(p.restricted_until > $2::date, false))`,
      [of('disposed'), today],
      ENTRIES,
    );
    return erased + withdrawn + disposed;
  }

  /** People whom the live tables know as erased: the fence holds here, too, whatever the ledger's list is given as. */
  async dropFenced(): Promise<number> {
    return this.deleteParts(
      'not p.restricted and exists (select 1 from public.subject_state s where s.subject = p.subject and s.erased_entry is not null)',
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
    return parts.length === 0 ? 0 : this.deleteParts('p.part = any($1::uuid[])', [parts]);
  }

  /** Lets the survivors in; what is live stays as it is. */
  async merge(columns: readonly string[]): Promise<number> {
    return this.copy('part', columns, '');
  }

  /**
   * Of what was let in, parts whose day is dead already: a hold, a floor or a longer period has kept them, and they live by
   * that, and by the keys it kept, from now on. A copy from before that day does not say so. After the facts, which may date them.
   */
  async markKept(): Promise<void> {
    await this.sql.query(
      `update public.part p set kept = true
         from ${this.schema}.part q, public.disposal o
        where q.part = p.part and not p.kept and o.class = p.class and o.state in ('effective', 'swept')
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
      `with gone as (delete from ${this.schema}.part p ${using === undefined ? '' : `using ${using}`} where ${where} returning 1) select count(*)::int as n from gone`,
      values,
    );
    return row?.n ?? 0;
  }
}
