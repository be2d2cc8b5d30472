import type { Day, PartId, Sql, SubjectRef, TenantId } from '@lethe/kernel';
import type { HoldScope, HoldVerdict, Late } from '../domain/hold.ts';
import { BY_NO_LAW, DAY, extendedBeyond, FROM, HELD, listedBy, NAMED, takenBy } from './part-conditions.ts';

/* Parts that a scope names. */
const SCOPE = `($1 = 'tenant' or ($1 = 'subject' and p.subject = $2) or ($1 = 'record' and p.record = $3::uuid) or ($1 = 'matter' and (p.matter = $4 or p.record in (select s.record from part s where s.matter = $4))))`;

const ORDER = { compartments: 'x.compartments', consentVersion: 'x.consent_version', entry: 'x.entry' };

/* Parts that were kept beyond their day, and that nothing keeps from the day $1 on. */
const UNKEPT = `p.kept and not ${HELD} and not ${extendedBeyond('$1::date')}
  and (coalesce(p.floor, d.floor) is null or coalesce(p.floor, d.floor) <= $1::date)
  and not (p.restricted and p.restricted_until is not null and p.restricted_until > $1::date)`;

const values = (scope: HoldScope): [string, string | null, string | null, string | null] => [
  scope.kind,
  'subject' in scope ? scope.subject : null,
  'record' in scope ? scope.record : null,
  'matter' in scope ? scope.matter : null,
];

type HoldState = 'in-force' | 'too-late' | 'lifted';

/** Holds as collection has judged them, inside one transaction. */
export class HoldStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  async known(hold: string): Promise<{ state: HoldState; parts: number } | undefined> {
    const [row] = await this.sql.query<{ state: HoldState; parts: number }>(
      'select state, parts from hold where hold = $1 for update',
      [hold],
    );
    return row;
  }

  async all(): Promise<
    { hold: string; subject: SubjectRef | undefined; state: HoldState; parts: number; tooLate: Late[] }[]
  > {
    const rows = await this.sql.query<{
      hold: string;
      subject: SubjectRef | null;
      state: HoldState;
      late_order: string | null;
      parts: number;
      too_late: Late[];
    }>('select hold, subject, state, late_order, parts, too_late from hold order by at, hold');
    return rows.map(({ late_order, subject, too_late, ...row }) => ({
      ...row,
      subject: subject ?? undefined,
      // One of before says the order alone.
      tooLate: too_late.length === 0 && late_order !== null ? [{ order: late_order, parts: row.parts }] : too_late,
    }));
  }

  /** Everybody who has a part in a record: of a record nothing is added later. */
  async subjectsOf(record: string): Promise<SubjectRef[]> {
    const rows = await this.sql.query<{ subject: SubjectRef }>(
      'select distinct subject from part where record = $1::uuid',
      [record],
    );
    return rows.map(({ subject }) => subject);
  }

  /** The parts a scope touches, counted by the order that is already taking them and by whether something keeps them. */
  async touched(scope: HoldScope): Promise<(Late & { going: boolean; kept: boolean })[]> {
    const rows = await this.sql.query<{
      going: boolean;
      order: string | null;
      entry: string | null;
      kept: boolean;
      parts: number;
    }>(
      `select (o."order" is not null or x.entry is not null or s.going is not null) as going, coalesce(o."order", x.erasure, s.erased_by) as "order",
         case when coalesce(o."order", x.erasure, s.erased_by) is null then coalesce(x.entry, s.erased_entry) end as entry,
         (p.kept or (o."order" is null and x.held is true)) as kept, count(*)::int as parts
       ${FROM} left join lateral (select x.entry, x.erasure, ${HELD} as held from shred x
           where x.subject = p.subject and x.state <> 'swept' and ${BY_NO_LAW} and ${takenBy(ORDER)} limit 1) x on true
       left join subject_state s on s.tenant = p.tenant and s.subject = p.subject and s.going
       where ${SCOPE} group by 1, 2, 3, 4`,
      values(scope),
    );
    return rows.map(({ order, entry, ...row }) => ({
      ...row,
      order: order ?? undefined,
      entry: entry === null ? undefined : Number(entry),
    }));
  }

  /**
   * Parts a scope names that are kept beyond their day or the end of their person's keys; and those that a hold is keeping while
   * these are about to die.
   */
  async keptOf(scope: HoldScope): Promise<string[]> {
    const rows = await this.sql.query<{ part: string }>(
      `select p.part from part p where p.sealed is not null and ${SCOPE}
          and (p.kept or (exists (select 1 from shred x where x.subject = p.subject and x.state = 'ordered' and ${listedBy(ORDER)}) and ${HELD}))
        order by p.part`,
      values(scope),
    );
    return rows.map(({ part }) => part);
  }

  async add(hold: string, scope: HoldScope, { outcome, parts, tooLate }: HoldVerdict, now: Date): Promise<void> {
    await this.sql.query(
      `insert into hold (tenant, hold, kind, subject, record, matter, state, too_late, parts, at)
       values ($5, $6, $1, $2, $3::uuid, $4, $7, $8::jsonb, $9, $10) on conflict do nothing`,
      [
        ...values(scope),
        this.tenant,
        hold,
        outcome === 'recorded' ? 'in-force' : outcome,
        JSON.stringify(tooLate),
        parts,
        now,
      ],
    );
  }

  /** Gives a hold in force the scope it has; false where it has it. */
  async rescope(hold: string, scope: HoldScope): Promise<boolean> {
    const rows = await this.sql.query(
      `update hold set kind = $1, subject = $2, record = $3::uuid, matter = $4 where hold = $5 and state = 'in-force'
          and (kind, subject, record, matter) is distinct from ($1, $2, $3::uuid, $4) returning 1`,
      [...values(scope), hold],
    );
    return rows.length > 0;
  }

  async lift(hold: string, now: Date): Promise<void> {
    await this.sql.query(`update hold set state = 'lifted', lifted_at = $2 where hold = $1`, [hold, now]);
  }

  /** Kept parts that nothing keeps any longer: no hold in force, no floor and no restriction beyond today. */
  async unkept(today: Day, atMost: number): Promise<{ part: string; slot: number }[]> {
    return this.sql.query(`select p.part, p.slot ${FROM} where ${UNKEPT} limit $2`, [today, atMost]);
  }

  /**
   * Deletes those of these parts that nothing keeps even now, under the locks of their slots. How many went, and by day those
   * whose keys a floor may have kept.
   */
  async deleteUnkept(
    today: Day,
    among: readonly string[],
  ): Promise<{ deleted: number; kept: { class: string; day: Day; parts: string[] }[] }> {
    const rows = await this.sql.query<{ class: string; day: string | null; parts: string[] }>(
      `with old as (select p.tenant, p.part, p.class, (${DAY}) as day ${FROM} where ${UNKEPT} and p.part = any($2::uuid[])),
         gone as (delete from part u using old where u.tenant = old.tenant and u.part = old.part)
       select class, day::text as day, array_agg(part) as parts from old group by 1, 2`,
      [today, among],
    );
    return {
      deleted: rows.reduce((sum, row) => sum + row.parts.length, 0),
      kept: rows.flatMap((row) => (row.day === null ? [] : [{ class: row.class, day: row.day, parts: row.parts }])),
    };
  }

  /** What the holds in force name; of matters also the records that were submitted for them. */
  async named(): Promise<{ everything: boolean; subjects: string[]; records: string[]; matters: string[] }> {
    const rows = await this.sql.query<{ kind: string; subject: string; record: string; matter: string }>(
      `select kind, subject, record, matter from hold where state = 'in-force'`,
    );
    const of = (kind: 'subject' | 'record' | 'matter') => rows.flatMap((row) => (row.kind === kind ? row[kind] : []));
    const matters = of('matter');
    const theirs =
      matters.length === 0
        ? []
        : await this.sql.query<{ record: string }>('select distinct record from part where matter = any($1::text[])', [
            matters,
          ]);
    return {
      everything: rows.some(({ kind }) => kind === 'tenant'),
      subjects: of('subject'),
      records: [...of('record'), ...theirs.map(({ record }) => record)],
      matters,
    };
  }

  /** Holds in force that name these parts. They stay in force until the transaction ends. */
  async holdsOf(parts: readonly string[]): Promise<{ part: PartId; hold: string }[]> {
    return this.sql.query(
      `select p.part, h.hold from part p join hold h on ${NAMED} where p.part = any($1::uuid[]) for share of h`,
      [parts],
    );
  }

  /** Those of these that were judged and are not in force: they never will be. */
  async over(holds: readonly string[]): Promise<string[]> {
    const rows = await this.sql.query<{ hold: string }>(
      `select hold from hold where hold = any($1::uuid[]) and state <> 'in-force'`,
      [holds],
    );
    return rows.map(({ hold }) => hold);
  }
}
