import type { Day, Sql, SubjectRef, TenantId } from '@lethe/kernel';
import { HELD, holdMayReach, OWN_FLOOR } from './part-conditions.ts';

export interface Restriction {
  readonly compartment: string;
  readonly class: string;
  readonly until?: Day | undefined;
  readonly basis: string;
}
/** The counts with which the order of an erasure was answered. */
export interface Answered {
  readonly found: number;
  readonly deleted: number;
  readonly restricted: number;
  readonly rescan: number;
}
export interface Standing {
  readonly frozenBy?: string | undefined;
  readonly frozenNumber?: number | undefined;
  readonly erasedEntry?: number | undefined;
  readonly orderedBy?: string | undefined;
}

/** Freezes, orders and fences of people, inside one transaction. */
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

  /** People of one slot who are frozen and not yet erased. */
  async frozenIn(slot: number): Promise<{ subject: SubjectRef; erasure: string; number: number }[]> {
    const rows = await this.sql.query<{ subject: SubjectRef; erasure: string; number: string }>(
      `select subject, frozen_by as erasure, frozen_number as number from subject_state
        where slot = $1 and frozen_by is not null and frozen_number is not null and erased_entry is null order by subject`,
      [slot],
    );
    return rows.map((row) => ({ ...row, number: Number(row.number) }));
  }

  /** The counts with which an order is answered, kept for whoever loses them. */
  async answered(subject: SubjectRef, answer: Answered): Promise<void> {
    await this.sql.query('update subject_state set answered = $2 where subject = $1', [
      subject,
      JSON.stringify(answer),
    ]);
  }

  /** Orders that were answered for people of one slot, until what came of them has gone as evidence. */
  async answeredIn(
    slot: number,
  ): Promise<{ subject: SubjectRef; erasure: string; number: number; answer: Answered }[]> {
    const rows = await this.sql.query<{ subject: SubjectRef; erasure: string; number: string; answer: Answered }>(
      `select subject, ordered_by as erasure, frozen_number as number, answered as answer from subject_state s
        where slot = $1 and answered is not null and frozen_number is not null
          and (erased_entry is null or exists (select 1 from shred h where h.entry = s.erased_entry)) order by subject`,
      [slot],
    );
    return rows.map((row) => ({ ...row, number: Number(row.number) }));
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
      `select coalesce((select sum(parts) from holding where subject = $1), 0)::int as parts,
         (select count(*) from part where subject = $1 and restricted)::int as restricted`,
      [subject],
    );
    return row ?? { parts: 0, restricted: 0 };
  }

  async anyRestricted(subject: SubjectRef): Promise<boolean> {
    const [row] = await this.sql.query<{ some: boolean }>(
      'select exists (select 1 from part where subject = $1 and restricted) as some',
      [subject],
    );
    return row?.some === true;
  }

  /** Marks what only a floor or a hold keeps from now on, and remembers that everything else is to go. */
  async orderErasure(subject: SubjectRef, erasure: string, restrict: readonly Restriction[]): Promise<void> {
    await this.sql.query('update subject_state set ordered_by = $2, ordered = $3 where subject = $1', [
      subject,
      erasure,
      JSON.stringify(restrict),
    ]);
    await this.restrict(subject, restrict);
  }

  /** People whose erasure is ordered and not carried out yet, and what of theirs the order keeps. */
  async orderedNow(): Promise<{ readonly subject: SubjectRef; readonly restrict: Restriction[] }[]> {
    return this.sql.query(
      'select subject, ordered as restrict from subject_state where ordered is not null and erased_entry is null order by subject',
    );
  }

  /** Marks what of a person only a floor or a hold keeps from now on. */
  async restrict(subject: SubjectRef, restrict: readonly Restriction[]): Promise<void> {
    if (restrict.length > 0)
      await this.sql.query(
        // Each until its own floor ends: what the order says of a class is the last of them.
        `update part p set restricted = true, restricted_until = ${OWN_FLOOR}, restricted_basis = r.basis
       from unnest($2::text[], $3::text[], $4::text[]) as r(compartment, class, basis)
       where p.subject = $1 and p.compartment = r.compartment and p.class = r.class`,
        [subject, restrict.map((r) => r.compartment), restrict.map((r) => r.class), restrict.map((r) => r.basis)],
      );
    /* I15: what a hold names outlives the order, whether the order knew of the hold or not. */
    await this.sql.query(
      `update part p set restricted = true, restricted_basis = 'hold' where ${holdMayReach('$1')} and p.subject = $1 and not p.restricted and ${HELD}`,
      [subject],
    );
  }

  /** What there is, and what is in neither list (`leftOver`): an order that leaves something would certify what still exists. */
  async countOrdered(
    subject: SubjectRef,
    shred: readonly string[],
    restrict: readonly Restriction[],
  ): Promise<{ parts: number; restricted: number; leftOver: number }> {
    const [row] = await this.sql.query<{ parts: number; restricted: number; leftOver: number }>(
      `select c.parts::int as parts, r.parts::int as restricted, (c.others - r.others)::int as "leftOver" from
         (select coalesce(sum(parts), 0) as parts, coalesce(sum(parts) filter (where compartment <> all ($2::text[])), 0) as others
            from holding where subject = $1) c,
         (select count(*) as parts, count(*) filter (where compartment <> all ($2::text[])) as others from part where subject = $1 and restricted) r`,
      [subject, [...shred, ...restrict.map((r) => r.compartment)]],
    );
    return row ?? { parts: 0, restricted: 0, leftOver: 0 };
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
}
