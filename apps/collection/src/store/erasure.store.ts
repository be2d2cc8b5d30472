import type { Day, MatterId, PartId, Sql, SubjectRef, TenantId } from '@lethe/kernel';
import { HELD } from './part.store.ts';

export interface Restriction {
  readonly compartment: string;
  readonly class: string;
  readonly until?: Day | undefined;
  readonly basis: string;
}
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
export interface Standing {
  readonly frozenBy?: string | undefined;
  readonly frozenNumber?: number | undefined;
  readonly erasedEntry?: number | undefined;
  readonly orderedBy?: string | undefined;
}
export interface RemovedTally {
  readonly class: string;
  readonly disposal?: Day | undefined;
  readonly matter?: MatterId | undefined;
  readonly custody: 'lethe' | 'platform';
  readonly parts: number;
}

/* What a shredding takes: in its compartments, up to the withdrawn consent; after a whole erasure everything not restricted. */
const SHREDDED = `p.subject = $1 and not p.kept and not p.restricted and (
  (p.compartment = any($2::text[]) and ($3::int is null or p.consent_version is null or p.consent_version <= $3))
  or exists (select 1 from subject_state s where s.subject = $1 and s.ordered is not null and s.erased_entry = $4))`;

/* Parts of erased people that nothing keeps from today on, and that no order of a day will take by today. */
const ENDING = `select p.part from part p left join matter_date d on d.tenant = p.tenant and d.matter = p.matter and d.class = p.class
  where p.restricted and not p.kept and not ${HELD}
    and (coalesce(p.restricted_until, p.floor, d.floor) <= $1::date or p.restricted_basis = 'hold')
    and coalesce(case when p.matter is null then p.disposal else d.day end > $1::date, true)
    and exists (select 1 from subject_state s where s.subject = p.subject and s.erased_entry is not null)
    and not exists (select 1 from shred x where x.subject = p.subject and x.state <> 'swept')`;

/** Freezes, fences and shreddings of people, inside one transaction. */
export class ErasureStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** Locked: what follows is decided on it. */
  async standing(subject: SubjectRef): Promise<Standing | undefined> {
    const [row] = await this.sql.query<{
      frozen_by: string | null;
      frozen_number: string | null;
      erased_entry: string | null;
      ordered_by: string | null;
    }>('select frozen_by, frozen_number, erased_entry, ordered_by from subject_state where subject = $1 for update', [
      subject,
    ]);
    if (row === undefined) return undefined;
    const number = (text: string | null) => (text === null ? undefined : Number(text));
    return {
      frozenBy: row.frozen_by ?? undefined,
      frozenNumber: number(row.frozen_number),
      erasedEntry: number(row.erased_entry),
      orderedBy: row.ordered_by ?? undefined,
    };
  }

  /** Those of them that have been erased: nothing older may create or change anything of theirs. */
  async erased(subjects: readonly SubjectRef[]): Promise<Set<string>> {
    const rows = await this.sql.query<{ subject: string }>(
      'select subject from subject_state where subject = any($1::text[]) and erased_entry is not null',
      [subjects],
    );
    return new Set(rows.map((row) => row.subject));
  }

  async freeze(subject: SubjectRef, slot: number, erasure: string, number: number, now: Date): Promise<void> {
    await this.sql.query(
      `insert into subject_state (tenant, subject, slot, frozen_by, frozen_number, frozen_at) values ($1, $2, $3, $4, $5, $6)
       on conflict (tenant, subject) do update set frozen_by = excluded.frozen_by, frozen_number = excluded.frozen_number, frozen_at = excluded.frozen_at`,
      [this.tenant, subject, slot, erasure, number, now],
    );
  }

  /** Ends the freeze of this erasure only. */
  async unfreeze(subject: SubjectRef, erasure: string): Promise<boolean> {
    const rows = await this.sql.query(
      `update subject_state set frozen_by = null, frozen_number = null, frozen_at = null
       where subject = $1 and frozen_by = $2 and erased_entry is null and ordered is null returning 1`,
      [subject, erasure],
    );
    return rows.length > 0;
  }

  async countParts(subject: SubjectRef): Promise<{ parts: number; restricted: number }> {
    const [row] = await this.sql.query<{ parts: number; restricted: number }>(
      'select count(*)::int as parts, count(*) filter (where restricted)::int as restricted from part where subject = $1',
      [subject],
    );
    return row ?? { parts: 0, restricted: 0 };
  }

  /** Marks what only a floor or a hold keeps from now on, and remembers that everything else is to go. */
  async orderErasure(subject: SubjectRef, erasure: string, restrict: readonly Restriction[]): Promise<void> {
    await this.sql.query('update subject_state set ordered_by = $2, ordered = $3 where subject = $1', [
      subject,
      erasure,
      JSON.stringify(restrict),
    ]);
    await this.sql.query(
      `update part p set restricted = true, restricted_until = r.until, restricted_basis = r.basis
       from unnest($2::text[], $3::text[], $4::date[], $5::text[]) as r(compartment, class, until, basis)
       where p.subject = $1 and p.compartment = r.compartment and p.class = r.class`,
      [
        subject,
        restrict.map((r) => r.compartment),
        restrict.map((r) => r.class),
        restrict.map((r) => r.until ?? null),
        restrict.map((r) => r.basis),
      ],
    );
    /* I15: what a hold names outlives the order, whether the order knew of the hold or not. */
    await this.sql.query(
      `update part p set restricted = true, restricted_basis = 'hold' where p.subject = $1 and not p.restricted and ${HELD}`,
      [subject],
    );
  }

  /** Parts that are in neither list: an order that leaves them would certify what still exists. */
  async leftOver(subject: SubjectRef, shred: readonly string[], restrict: readonly Restriction[]): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>(
      `select count(*)::int as n from part p where p.subject = $1 and not p.restricted and not (p.compartment = any($2::text[]))
         and not exists (select 1 from unnest($3::text[]) as r(compartment) where r.compartment = p.compartment)`,
      [subject, shred, restrict.map((r) => r.compartment)],
    );
    return row?.n ?? 0;
  }

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

  /** The fence: from this commit on the ref takes nothing in and lets nothing out. */
  async fence(subject: SubjectRef, slot: number, erasure: string | undefined, entry: number, now: Date): Promise<void> {
    await this.sql.query(
      `insert into subject_state (tenant, subject, slot, erased_by, erased_entry, erased_at) values ($1, $2, $3, $4, $5, $6)
       on conflict (tenant, subject) do update set erased_by = excluded.erased_by, erased_entry = excluded.erased_entry, erased_at = excluded.erased_at
       where subject_state.erased_entry is null`,
      [this.tenant, subject, slot, erasure ?? null, entry, now],
    );
  }

  /** What consent said last may be on its way still: nothing rests any longer on a consent that the ledger knows as withdrawn. */
  async fenceConsents(subject: SubjectRef, purposes: readonly string[], version: number | undefined): Promise<void> {
    await this.sql.query(
      `update consent_state set state = 'withdrawn', version = greatest(version, coalesce($3, version))
       where subject = $1 and purpose = any($2::text[]) and ($3::int is null or version <= $3)`,
      [subject, purposes, version ?? null],
    );
  }

  async openShreds(state: 'ordered' | 'shredded'): Promise<ShredRow[]> {
    return this.shreds('state = $1 order by entry', [state]);
  }

  async shred(entry: number): Promise<ShredRow | undefined> {
    return (await this.shreds('entry = $1 for update', [entry]))[0];
  }

  /** Parts a shredding would take that a hold keeps: their keys are to be kept before the subject key dies. */
  async heldInShred(shred: ShredRow): Promise<{ part: PartId; hold: string }[]> {
    return this.sql.query(
      `select p.part, h.hold from part p join hold h on h.state = 'in-force' and (h.kind = 'tenant' or (h.kind = 'subject' and h.subject = p.subject)
           or (h.kind = 'record' and h.record = p.record) or (h.kind = 'matter' and h.matter = p.matter))
       where p.subject = $1 and p.compartment = any($2::text[]) and ($3::int is null or p.consent_version is null or p.consent_version <= $3)`,
      [shred.subject, shred.compartments, shred.consentVersion ?? null],
    );
  }

  /** What is kept for a hold from now on; what was spared for a hold that has been lifted meanwhile goes with the rest. */
  async restrictHeld(subject: SubjectRef, parts: readonly string[]): Promise<void> {
    await this.sql.query(
      `update part p set restricted = false, restricted_basis = null where p.subject = $1 and p.restricted_basis = 'hold' and not p.kept and not ${HELD}`,
      [subject],
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

  /** Deletes at most `batch` rows of a shredding: how many went, and from which tallies (days disposed of have none). */
  async deleteShredded(
    shred: ShredRow,
    batch: number,
  ): Promise<{ readonly deleted: number; readonly tallies: RemovedTally[] }> {
    const rows = await this.sql.query<{
      class: string;
      disposal: string | null;
      matter: string | null;
      custody: 'lethe' | 'platform';
      parts: number;
      disposed: boolean;
    }>(
      `with gone as (delete from part where (tenant, part) in (select p.tenant, p.part from part p where ${SHREDDED} limit $5)
         returning tenant, class, disposal, matter, custody)
       select g.class, case when g.matter is null then g.disposal else d.day end::text as disposal, g.matter, g.custody, count(*)::int as parts,
         o.day is not null as disposed
       from gone g left join matter_date d on d.tenant = g.tenant and d.matter = g.matter and d.class = g.class
       left join disposal o on o.tenant = g.tenant and o.class = g.class and o.day = case when g.matter is null then g.disposal else d.day end
       group by 1, 2, 3, 4, 6`,
      [shred.subject, shred.compartments, shred.consentVersion ?? null, shred.entry, batch],
    );
    return {
      deleted: rows.reduce((sum, row) => sum + row.parts, 0),
      tallies: rows
        .filter((row) => !row.disposed)
        .map((row) => ({
          class: row.class,
          disposal: row.disposal ?? undefined,
          matter: (row.matter ?? undefined) as MatterId | undefined,
          custody: row.custody,
          parts: row.parts,
        })),
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

  /** After a whole erasure: what other services said of the person, and digests of what was submitted, go with the rows. */
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
   * Erased people of whom something ends today: a floor that kept it, or a hold that has been lifted. `whole`: nothing else
   * of theirs is left. What has a day of its own by today is left to that day's order, which also destroys the day key.
   */
  async ending(today: Day, limit: number): Promise<{ subject: SubjectRef; entry: number; whole: boolean }[]> {
    const rows = await this.sql.query<{ subject: string; entry: string; whole: boolean }>(
      `select s.subject, s.erased_entry as entry, not exists (select 1 from part q where q.subject = s.subject and q.part not in (${ENDING} and p.subject = s.subject)) as whole
       from subject_state s where s.erased_entry is not null and s.subject in (select e.subject from part e where e.part in (${ENDING})) limit $2`,
      [today, limit],
    );
    return rows.map((row) => ({ subject: row.subject as SubjectRef, entry: Number(row.entry), whole: row.whole }));
  }

  async deleteEnding(subject: SubjectRef, today: Day): Promise<RemovedTally[]> {
    const rows = await this.sql.query<{
      class: string;
      disposal: string | null;
      matter: string | null;
      custody: 'lethe' | 'platform';
      parts: number;
    }>(
      `with gone as (delete from part where part in (${ENDING} and p.subject = $2) returning tenant, class, disposal, matter, custody)
       select g.class, case when g.matter is null then g.disposal else d.day end::text as disposal, g.matter, g.custody, count(*)::int as parts
       from gone g left join matter_date d on d.tenant = g.tenant and d.matter = g.matter and d.class = g.class group by 1, 2, 3, 4`,
      [today, subject],
    );
    return rows.map((row) => ({
      class: row.class,
      disposal: row.disposal ?? undefined,
      matter: (row.matter ?? undefined) as MatterId | undefined,
      custody: row.custody,
      parts: row.parts,
    }));
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
