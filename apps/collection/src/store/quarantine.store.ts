import type { Compartment } from '@lethe/contracts';
import type { Day, Sql, SubjectRef } from '@lethe/kernel';
import { PART_COLUMNS, readPart, type Part, type PartRow } from './part.store.ts';

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

  /** A person's erasure: of what it shredded nothing, of the rest only what was restricted. */
  async dropErased(subject: SubjectRef, compartments: readonly Compartment[]): Promise<number> {
    return this.deleteParts('q.subject = $1 and (q.compartment = any($2::text[]) or not q.restricted)', [
      subject,
      compartments,
    ]);
  }

  /** Before the erasure is replayed: what the ledger says only a floor or hold keeps. */
  async restrict(
    subject: SubjectRef,
    compartments: readonly Compartment[],
    partClass: string | undefined,
    until: Day | undefined,
  ): Promise<void> {
    await this.sql.query(
      `update ${this.schema}.part q set restricted = true, restricted_until = coalesce($4::date, q.restricted_until), restricted_basis = coalesce(q.restricted_basis, 'ledger')
       where q.subject = $1 and q.compartment = any($2::text[]) and ($3::text is null or q.class = $3)`,
      [subject, compartments, partClass ?? null, until ?? null],
    );
  }

  /** A withdrawal. Sealed parts answer for themselves: the keys of the withdrawn consent are dead, those of a later one live. */
  async dropWithdrawn(subject: SubjectRef, compartments: readonly Compartment[], at: Date): Promise<number> {
    return this.deleteParts(
      'q.subject = $1 and q.compartment = any($2::text[]) and q.sealed is null and q.admitted_at <= $3',
      [subject, compartments, at],
    );
  }

  /** A day disposed of. Sealed parts answer for themselves (their key is dead, or kept); of others nothing stays. */
  async dropDisposed(partClass: string, day: Day): Promise<number> {
    return this.deleteParts(
      `q.class = $1 and q.sealed is null and coalesce(
         (select m.day from public.matter_date m where m.matter = q.matter and m.class = q.class),
         (select m.day from ${this.schema}.matter_date m where m.matter = q.matter and m.class = q.class), q.disposal) = $2::date`,
      [partClass, day],
    );
  }

  /** People whom the live tables know as erased: the fence holds here, too, whatever the ledger's list is given as. */
  async dropFenced(): Promise<number> {
    return this.deleteParts(
      'not q.restricted and exists (select 1 from public.subject_state s where s.subject = q.subject and s.erased_entry is not null)',
      [],
    );
  }

  async parts(after: string | undefined, limit: number): Promise<Part[]> {
    const rows = await this.sql.query<PartRow>(
      `select ${PART_COLUMNS} from ${this.schema}.part p
         left join ${this.schema}.matter_date d on d.tenant = p.tenant and d.matter = p.matter and d.class = p.class
         left join (select null::uuid as "order") o on true
       where ($1::uuid is null or p.part > $1) order by p.part limit $2`,
      [after ?? null, limit],
    );
    return rows.map(readPart);
  }

  async drop(parts: readonly string[]): Promise<number> {
    return parts.length === 0 ? 0 : this.deleteParts('q.part = any($1::uuid[])', [parts]);
  }

  /** Lets the survivors in; what is live stays as it is. */
  async merge(columns: readonly string[]): Promise<number> {
    return this.copy('part', columns, '');
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

  private async deleteParts(where: string, values: readonly unknown[]): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>(
      `with gone as (delete from ${this.schema}.part q where ${where} returning 1) select count(*)::int as n from gone`,
      values,
    );
    return row?.n ?? 0;
  }
}
