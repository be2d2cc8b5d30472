import type { Day, MatterId, PartId, Sql, SubjectRef, TenantId, Zone } from '@lethe/kernel';
import {
  besideKept,
  BY_NO_LAW,
  DAY,
  HELD,
  holdMayReach,
  listedBy,
  takenBy,
  withdrawnBefore,
} from './part-conditions.ts';

export interface ShredRow {
  readonly entry: number;
  readonly subject: SubjectRef;
  readonly erasure?: string | undefined;
  readonly cause: 'erased' | 'withdrawn';
  readonly compartments: readonly string[];
  readonly consentVersion?: number | undefined;
  readonly state: 'ordered' | 'shredded' | 'swept';
  readonly deleted: number;
}
export interface RemovedTally {
  readonly class: string;
  readonly disposal?: Day | undefined;
  readonly matter?: MatterId | undefined;
  readonly custody: 'lethe' | 'platform';
  readonly parts: number;
}

/** Rows that are gone, and the tallies they were counted in; days disposed of have none. */
export interface Ended {
  readonly deleted: number;
  readonly tallies: readonly RemovedTally[];
}

const tallyOf = (row: {
  readonly class: string;
  readonly disposal: string | null;
  readonly matter: string | null;
  readonly custody: 'lethe' | 'platform';
  readonly parts: number;
}): RemovedTally => ({
  class: row.class,
  disposal: row.disposal ?? undefined,
  matter: (row.matter ?? undefined) as MatterId | undefined,
  custody: row.custody,
  parts: row.parts,
});

const ORDER = { compartments: '$2::text[]', consentVersion: '$3::int', entry: '$4' };
/* What a shredding takes: in its compartments, up to the withdrawn consent; after a whole erasure everything not restricted. */
const SHREDDED = `p.subject = $1 and not p.kept and not p.restricted and ${takenBy(ORDER)}`;

/* Parts of erased people that nothing keeps from today on, and that no order of a day will take by today. */
const ENDING = `from part p left join matter_date d on d.tenant = p.tenant and d.matter = p.matter and d.class = p.class
  where p.restricted and not p.kept and not ${HELD}
    and (coalesce(p.floor, d.floor, p.restricted_until) <= $1::date or p.restricted_basis = 'hold')
    and coalesce(case when p.matter is null then p.disposal else d.day end > $1::date, true)
    and exists (select 1 from subject_state s where s.subject = p.subject and s.erased_entry is not null)
    and not exists (select 1 from shred x where x.subject = p.subject and x.state <> 'swept')`;

/** Ledger entries being carried out, and what ends later of people they were about; inside one transaction. */
export class ShredStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** False if the ledger entry is known. */
  async orderShred(shred: Omit<ShredRow, 'state' | 'deleted'>, slot: number, now: Date): Promise<boolean> {
    const rows = await this.sql.query(
      `insert into shred (tenant, entry, subject, slot, erasure, cause, compartments, consent_version, state, ordered_at)
       values ($1, $2, $3, $4, $5, $6, $7::text[], $8, 'ordered', $9) on conflict do nothing returning 1`,
      [
        this.tenant,
        shred.entry,
        shred.subject,
        slot,
        shred.erasure ?? null,
        shred.cause,
        shred.compartments,
        shred.consentVersion ?? null,
        now,
      ],
    );
    return rows.length > 0;
  }

  async openShreds(state: 'ordered' | 'shredded', atMost?: number): Promise<ShredRow[]> {
    return this.shreds('state = $1 order by entry limit $2', [state, atMost ?? null]);
  }

  /** Entries of erasures whose keys are dead: those of one slot, or one. */
  async done(
    of: { readonly slot: number } | { readonly entry: number },
  ): Promise<(ShredRow & { readonly keys: number; readonly effectiveAt: Date })[]> {
    const [which, value] = 'slot' in of ? ['slot', of.slot] : ['entry', of.entry];
    const rows = await this.shreds(
      `${which} = $1 and erasure is not null and state in ('shredded', 'swept') and effective_at is not null order by entry`,
      [value],
    );
    const ends = await this.sql.query<{ entry: string; keys: number; at: Date }>(
      'select entry, keys, effective_at as at from shred where entry = any($1::bigint[])',
      [rows.map(({ entry }) => entry)],
    );
    const byEntry = new Map(ends.map(({ entry, keys, at }) => [Number(entry), { keys, effectiveAt: at }]));
    return rows.flatMap((row) => {
      const end = byEntry.get(row.entry);
      return end === undefined ? [] : [{ ...row, ...end }];
    });
  }

  async shred(entry: number): Promise<ShredRow | undefined> {
    return (await this.shreds('entry = $1 for update', [entry]))[0];
  }

  /**
   * Parts a shredding would take that a hold keeps. Of those it takes with the key of their compartment (`listed`) keys are to be
   * kept before that one dies; no key dies of the others, as long as not everything of the person goes.
   */
  async heldInShred(shred: ShredRow): Promise<{ part: PartId; listed: boolean }[]> {
    return this.sql.query(
      `select p.part, ${listedBy(ORDER)} as listed from part p
       where ${holdMayReach('$1')} and p.subject = $1 and (${listedBy(ORDER)} or (${BY_NO_LAW} and ${besideKept(ORDER)})) and ${HELD}`,
      [shred.subject, shred.compartments, shred.consentVersion ?? null, shred.entry],
    );
  }

  /**
   * What is kept for a hold from now on, with keys of its own (`parts`) or without; what was spared for a hold that has been lifted
   * meanwhile goes with the rest.
   */
  async restrictHeld({ subject, entry }: ShredRow, parts: readonly string[]): Promise<void> {
    await this.sql.query(
      `update part p set restricted = false, restricted_basis = null where p.subject = $1 and p.restricted and p.restricted_basis = 'hold' and not p.kept and not ${HELD}`,
      [subject],
    );
    await this.sql.query(
      `update part p set restricted = true, restricted_basis = 'hold'
        where ${holdMayReach('$1')} and p.subject = $1 and not p.restricted and ${besideKept({ entry: '$2' })} and ${HELD}`,
      [subject, entry],
    );
    if (parts.length === 0) return;
    await this.sql.query(
      `update part set restricted = true, kept = true, restricted_basis = coalesce(restricted_basis, 'hold') where part = any($1::uuid[])`,
      [parts],
    );
  }

  async shredded(entry: number, keys: number, effectiveAt: Date): Promise<void> {
    await this.sql.query(
      `update shred set state = 'shredded', keys = $2, effective_at = $3 where entry = $1 and state = 'ordered'`,
      [entry, keys, effectiveAt],
    );
  }

  /**
   * Deletes at most `batch` rows of a shredding: how many went, how many of them of a day that had been disposed of before, and
   * from which tallies (days disposed of have none).
   */
  async deleteShredded(
    shred: ShredRow,
    batch: number,
    zone: Zone,
  ): Promise<{ readonly deleted: number; readonly ofTheirDay: number; readonly tallies: RemovedTally[] }> {
    const rows = await this.sql.query<{
      class: string;
      disposal: string | null;
      matter: string | null;
      custody: 'lethe' | 'platform';
      parts: number;
      disposed: boolean;
      of_its_day: boolean;
    }>(
      `with gone as (delete from part where (tenant, part) in (select p.tenant, p.part from part p where ${SHREDDED} limit $5)
         returning tenant, subject, purpose, compartment, consent_version, class, disposal, matter, custody)
       select p.class, case when p.matter is null then p.disposal else d.day end::text as disposal, p.matter, p.custody, count(*)::int as parts,
         o.day is not null as disposed,
         coalesce(o.entry < $4, false) and ($6 <> 'withdrawn' or not ${withdrawnBefore('o.day', '$7')}) as of_its_day
       from gone p left join matter_date d on d.tenant = p.tenant and d.matter = p.matter and d.class = p.class
       left join disposal o on o.tenant = p.tenant and o.class = p.class and o.day = case when p.matter is null then p.disposal else d.day end
       group by 1, 2, 3, 4, 6, 7`,
      [shred.subject, shred.compartments, shred.consentVersion ?? null, shred.entry, batch, shred.cause, zone],
    );
    return {
      deleted: rows.reduce((sum, row) => sum + row.parts, 0),
      ofTheirDay: rows.reduce((sum, row) => sum + (row.of_its_day ? row.parts : 0), 0),
      tallies: rows.filter((row) => !row.disposed).map(tallyOf),
    };
  }

  /** What a shredding should have taken and has not. */
  async rescan(shred: ShredRow): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>(`select count(*)::int as n from part p where ${SHREDDED}`, [
      shred.subject,
      shred.compartments,
      shred.consentVersion ?? null,
      shred.entry,
    ]);
    return row?.n ?? 0;
  }

  async addDeleted(entry: number, deleted: number): Promise<void> {
    await this.sql.query('update shred set deleted = deleted + $2 where entry = $1', [entry, deleted]);
  }

  async swept(entry: number, now: Date): Promise<void> {
    await this.sql.query(`update shred set state = 'swept', swept_at = $2 where entry = $1`, [entry, now]);
  }

  /** Erased people who had a matter of which nothing is left: the last of it was kept, or somebody else's. */
  async emptied(): Promise<SubjectRef[]> {
    const rows = await this.sql.query<{ subject: SubjectRef }>(
      `select distinct d.subject from matter_date d join subject_state s on s.tenant = d.tenant and s.subject = d.subject
        where s.erased_entry is not null and not exists (select 1 from part p where p.tenant = d.tenant and p.matter = d.matter)`,
    );
    return rows.map(({ subject }) => subject);
  }

  /** Matters of an erased person of which anything is left, the person's or somebody else's, once this order has taken its parts. */
  async leftMatters(subject: SubjectRef, order?: ShredRow): Promise<MatterId[]> {
    const rows = await this.sql.query<{ matter: MatterId }>(
      `select distinct p.matter from part p where p.subject = $1 and p.matter is not null and (${SHREDDED}) is not true`,
      [subject, order?.compartments ?? null, order?.consentVersion ?? null, order?.entry ?? null],
    );
    return [...rows.map(({ matter }) => matter), ...(await this.sharedMatters(subject))];
  }

  /** Matters of a person of which somebody else has parts: a guest, whoever receives what was ordered. */
  async sharedMatters(subject: SubjectRef): Promise<MatterId[]> {
    const rows = await this.sql.query<{ matter: MatterId }>(
      `select distinct p.matter from matter_date d join part p on p.matter = d.matter where d.subject = $1 and p.subject <> $1`,
      [subject],
    );
    return rows.map(({ matter }) => matter);
  }

  /**
   * After a whole erasure: what other services said of the person, and digests of what was submitted, go with the rows. Of a matter
   * that a friend's part still needs its dates stay: a ref that leads to nobody, and days. They go with that part (`prune`).
   */
  async forgetPerson(subject: SubjectRef): Promise<void> {
    for (const table of ['consent_state', 'guardian_state', 'submission'])
      await this.sql.query(`delete from ${table} where subject = $1`, [subject]);
    for (const table of ['matter_date', 'matter_anchor']) {
      await this.sql.query(
        `delete from ${table} t where t.subject = $1 and not exists (select 1 from part p where p.matter = t.matter)`,
        [subject],
      );
    }
  }

  /**
   * Erased people of whom something ends today: a floor that kept it, or a hold that has been lifted. What has a day of its own
   * by today is left to that day's order, which also destroys the day key.
   */
  async ending(today: Day, limit: number): Promise<SubjectRef[]> {
    const rows = await this.sql.query<{ subject: SubjectRef }>(
      `select subject from subject_state where going union select p.subject ${ENDING} limit $2`,
      [today, limit],
    );
    return rows.map(({ subject }) => subject);
  }

  /**
   * Writes down that all there is of an erased person goes, where nothing of it is kept beyond today: holds come too late from
   * this commit on. Under the slot's lock. The ledger entry of their erasure; undefined where something stays.
   */
  async markGoing(subject: SubjectRef, today: Day): Promise<number | undefined> {
    const [row] = await this.sql.query<{ entry: string }>(
      `update subject_state s set going = true where s.subject = $2 and s.erased_entry is not null
         and (s.going or not exists (select 1 from part q where q.subject = $2 and q.part not in (select p.part ${ENDING} and p.subject = $2)))
       returning s.erased_entry as entry`,
      [today, subject],
    );
    return row === undefined ? undefined : Number(row.entry);
  }

  /** What ends today of a person of whom something else stays. Under the slot's lock. */
  async deleteEnding(subject: SubjectRef, today: Day): Promise<Ended> {
    return this.deleteParts(`part in (select p.part ${ENDING} and p.subject = $2)`, [today, subject]);
  }

  /** All there is of a person, once the keys are dead. */
  async deleteGoing(subject: SubjectRef): Promise<Ended> {
    const ended = await this.deleteParts('subject = $1', [subject]);
    await this.sql.query('update subject_state set going = false where subject = $1', [subject]);
    return ended;
  }

  private async deleteParts(which: string, values: readonly unknown[]): Promise<Ended> {
    const rows = await this.sql.query<{
      class: string;
      disposal: string | null;
      matter: string | null;
      custody: 'lethe' | 'platform';
      parts: number;
      disposed: boolean;
    }>(
      `with gone as (delete from part where ${which} returning tenant, class, disposal, matter, custody)
       select p.class, (${DAY})::text as disposal, p.matter, p.custody, count(*)::int as parts, o.day is not null as disposed
       from gone p left join matter_date d on d.tenant = p.tenant and d.matter = p.matter and d.class = p.class
       left join disposal o on o.tenant = p.tenant and o.class = p.class and o.day = ${DAY} group by 1, 2, 3, 4, 6`,
      values,
    );
    return {
      deleted: rows.reduce((sum, row) => sum + row.parts, 0),
      tallies: rows.filter((row) => !row.disposed).map(tallyOf),
    };
  }

  private async shreds(where: string, values: readonly unknown[]): Promise<ShredRow[]> {
    const rows = await this.sql.query<{
      entry: string;
      subject: string;
      erasure: string | null;
      cause: ShredRow['cause'];
      compartments: string[];
      consent_version: number | null;
      state: ShredRow['state'];
      deleted: number;
    }>(
      `select entry, subject, erasure, cause, compartments, consent_version, state, deleted from shred where ${where}`,
      values,
    );
    return rows.map((row) => ({
      entry: Number(row.entry),
      subject: row.subject as SubjectRef,
      erasure: row.erasure ?? undefined,
      cause: row.cause,
      compartments: row.compartments,
      consentVersion: row.consent_version ?? undefined,
      state: row.state,
      deleted: row.deleted,
    }));
  }
}
