import type { Day, Sql, SubjectRef, TenantId } from '@lethe/kernel';
import { FROM, HELD, reachesBeyond } from './part-conditions.ts';

export type ExtensionScope =
  | { readonly kind: 'record'; readonly record: string; readonly subject: string }
  | { readonly kind: 'matter'; readonly matter: string; readonly subject: string };
/** What an extension is from its first day on; `nothing`: what it names is nothing of the person's. */
export type Judged = 'in-force' | 'too-late' | 'no-consent' | 'nothing';
export interface ExtensionRow {
  readonly extension: string;
  readonly subject: SubjectRef;
}

/* The parts of the person that a scope names. */
const SCOPE = `p.subject = $1 and (p.record = $2::uuid or p.matter = $3)`;
const values = (scope: ExtensionScope): [string, string | null, string | null] => [
  scope.subject,
  scope.kind === 'record' ? scope.record : null,
  scope.kind === 'matter' ? scope.matter : null,
];

/** Longer periods as collection has judged them, inside one transaction. */
export class ExtensionStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  async known(extension: string): Promise<boolean> {
    return (await this.sql.query('select 1 from extension where extension = $1 for update', [extension])).length > 0;
  }

  /** The parts a scope names, counted by the order that is already taking them and by whether something keeps them. */
  async touched(
    scope: ExtensionScope,
  ): Promise<{ going: boolean; order?: string | undefined; kept: boolean; parts: number }[]> {
    const rows = await this.sql.query<{ order: string | null; kept: boolean; parts: number }>(
      `select o."order", p.kept, count(*)::int as parts ${FROM} where ${SCOPE} group by 1, 2`,
      values(scope),
    );
    return rows.map(({ order, ...row }) => ({ ...row, going: order !== null, order: order ?? undefined }));
  }

  async keptOf(scope: ExtensionScope): Promise<string[]> {
    const rows = await this.sql.query<{ part: string }>(
      `select p.part from part p where p.kept and p.sealed is not null and ${SCOPE} order by p.part`,
      values(scope),
    );
    return rows.map(({ part }) => part);
  }

  /** The purpose for which the person has given this consent, while it stands. */
  async purposeOf(subject: SubjectRef, consent: string): Promise<string | undefined> {
    const [row] = await this.sql.query<{ purpose: string }>(
      `select purpose from consent_state where subject = $1 and consent = $2 and state = 'given'`,
      [subject, consent],
    );
    return row?.purpose;
  }

  async add(
    extension: string,
    scope: ExtensionScope,
    of: {
      readonly goes: Day;
      readonly purpose: string | undefined;
      readonly state: Judged;
      readonly order: string | undefined;
      readonly parts: number;
    },
    now: Date,
  ): Promise<void> {
    await this.sql.query(
      `insert into extension (tenant, extension, subject, record, matter, purpose, goes_on, state, late_order, parts, at)
       values ($4, $5, $1, $2::uuid, $3, $6, $7::date, $8, $9, $10, $11) on conflict do nothing`,
      [
        ...values(scope),
        this.tenant,
        extension,
        of.purpose ?? null,
        of.goes,
        of.state,
        of.order ?? null,
        of.parts,
        now,
      ],
    );
  }

  /** Those that have not ended, as they were judged. */
  async judged(): Promise<
    (ExtensionRow & {
      readonly state: Judged;
      readonly order: string | undefined;
      readonly parts: number;
    })[]
  > {
    const rows = await this.sql.query<ExtensionRow & { state: Judged; late_order: string | null; parts: number }>(
      `select extension, subject, state, late_order, parts from extension where state <> 'ended' order by at, extension`,
    );
    return rows.map(({ late_order, ...row }) => ({ ...row, order: late_order ?? undefined }));
  }

  /** Ends the ones in force that are asked for; those it ended. */
  async end(
    which: { readonly extension?: string; readonly subject?: SubjectRef; readonly purpose?: string },
    now: Date,
  ): Promise<ExtensionRow[]> {
    return this.sql.query<ExtensionRow>(
      `update extension set state = 'ended', ended_at = $4 where state = 'in-force' and ($1::uuid is null or extension = $1)
         and ($2::text is null or subject = $2) and ($3::text is null or purpose = $3)
       returning extension, subject`,
      [which.extension ?? null, which.subject ?? null, which.purpose ?? null, now],
    );
  }

  /** Ends those whose last day is over; where the service has ended, also those that rest on a consent. */
  async over(today: Day, serviceEnded: boolean, now: Date): Promise<ExtensionRow[]> {
    return this.sql.query<ExtensionRow>(
      `update extension set state = 'ended', ended_at = $3
        where state = 'in-force' and (goes_on <= $1 or ($2 and purpose is not null)) returning extension, subject`,
      [today, serviceEnded, now],
    );
  }

  /** Parts of a person that only a longer period kept beyond their day: nothing keeps them any more. */
  async letGo(subject: SubjectRef, today: Day, compartments?: readonly string[]): Promise<number> {
    const rows = await this.sql.query(
      `update part p set kept = false where (select exists (select 1 from extension e where e.subject = $1)) and p.subject = $1 and p.kept and not p.restricted and not ${HELD}
         and exists (select 1 from extension e where e.subject = p.subject and (e.record = p.record or e.matter = p.matter))
         and ($3::text[] is null or p.compartment = any($3)) and (p.floor is null or p.floor <= $2::date)
         and not exists (select 1 from matter_date d where d.matter = p.matter and d.class = p.class and d.floor > $2::date)
       returning 1`,
      [subject, today, compartments ?? null],
    );
    return rows.length;
  }

  /** Those of these that were judged and are not in force: they never will be. */
  async ended(extensions: readonly string[]): Promise<string[]> {
    const rows = await this.sql.query<{ extension: string }>(
      `select extension from extension where extension = any($1::uuid[]) and state <> 'in-force'`,
      [extensions],
    );
    return rows.map(({ extension }) => extension);
  }

  /** Extensions in force that reach these parts beyond a day. They stay in force until the transaction ends. */
  async of(parts: readonly string[], day: Day): Promise<{ part: string; extension: string }[]> {
    return this.sql.query(
      `select p.part, e.extension from part p join extension e on ${reachesBeyond('$2::date')} where p.part = any($1::uuid[]) for share of e`,
      [parts, day],
    );
  }
}
