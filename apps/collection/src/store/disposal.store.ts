import type { Disposal, http } from '@lethe/contracts';
import type { Day, Sql, TenantId, Zone } from '@lethe/kernel';
import type { z } from 'zod';
import { HoldStore } from './hold.store.ts';
import { endedBefore, extendedBeyond, withdrawnBefore } from './part-conditions.ts';

/**
 * `closing` the day takes nothing more in, holds come too late; `folded` cells stand and their rows are gone;
 * `effective` the day key is dead; `swept` no row is left.
 */
export type DisposalState = 'closing' | 'folded' | 'effective' | 'swept';

export interface DisposalOrder {
  readonly order: string;
  readonly entry: number;
  readonly class: string;
  readonly day: Day;
  readonly method: Disposal;
}
export interface DisposalRow extends DisposalOrder {
  /** The day on which it goes: `day`, or an earlier one where a later version has shortened what was dated for it. */
  readonly goes: Day;
  readonly state: DisposalState;
  readonly found: number;
  readonly held: number;
  readonly restricted: number;
  readonly anonymized: number;
  readonly forgotten: number;
  readonly cells: number;
  readonly deleted: number;
  /** Orders given again for a day that was closed already: answered with the first. */
  readonly also: readonly string[];
}

/* The parts an order is about: those of the class whose own day it is, and those whose matter has it now. */
export const DUE = `p.class = $1 and not p.kept and (
  (p.matter is null and p.disposal = $2::date)
  or (p.matter is not null and p.matter in (select m.matter from matter_date m where m.class = $1 and m.day = $2::date)))`;

/** Rows that are gone, and how many of them would have gone before their day: for a withdrawal, or for the end of a restriction. */
export interface Gone {
  readonly deleted: number;
  readonly withdrawn: number;
  readonly ended: number;
}

/** A cell as it is stored, and as the ledger has it. */
export type Cell = z.output<typeof http.cellContent>;

/** Orders of disposal and what they have done, inside one transaction. */
export class DisposalStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** Closes the day. False if it was closed before. Under all slot locks. */
  async close(order: DisposalOrder, goes: Day, now: Date): Promise<boolean> {
    const rows = await this.sql.query(
      `insert into disposal (tenant, class, day, "order", entry, method, state, recorded_at, goes_on) values ($1, $2, $3::date, $4, $5, $6, 'closing', $7, $8::date)
       on conflict do nothing returning 1`,
      [this.tenant, order.class, order.day, order.order, order.entry, order.method, now, goes],
    );
    return rows.length > 0;
  }

  /** Another order for a day that is closed already. */
  async alsoOrdered(order: DisposalOrder): Promise<void> {
    await this.sql.query(
      'update disposal set also = also || $3::uuid where class = $1 and day = $2::date and "order" <> $3 and not ($3 = any(also))',
      [order.class, order.day, order.order],
    );
  }

  /** Which of these days of these classes are closing or dead. */
  async closed(days: readonly { class: string; day: Day }[]): Promise<Set<string>> {
    if (days.length === 0) return new Set();
    const rows = await this.sql.query<{ class: string; day: string }>(
      'select class, day::text as day from disposal where (class, day) in (select * from unnest($1::text[], $2::date[]))',
      [days.map((each) => each.class), days.map((each) => each.day)],
    );
    return new Set(rows.map((row) => `${row.class} ${row.day}`));
  }

  /** The days of a class from this one on that are closing or dead. */
  async closedFrom(partClass: string, from: Day): Promise<ReadonlySet<Day>> {
    const rows = await this.sql.query<{ day: Day }>(
      'select day::text as day from disposal where class = $1 and day >= $2::date',
      [partClass, from],
    );
    return new Set(rows.map(({ day }) => day));
  }

  /**
   * Sets aside what the order must not take: parts that are held, extended, or restricted or under a floor beyond the day. They are
   * marked, and live from now on by their kept keys. Looks at no part that no hold in force names and over which no floor reaches.
   * @param goes the day on which it goes: its own, or an earlier one where a version has shortened it or the tenant has ended
   */
  async setAside(order: DisposalOrder, goes: Day, zone: Zone): Promise<{ held: number; restricted: number }> {
    const mark = async (which: string, ...more: readonly unknown[]): Promise<number> => {
      const rows = await this.sql.query(
        `update part p set kept = true where ${DUE} and ${which} and $3::date is not null returning 1`,
        [order.class, order.day, goes, ...more],
      );
      return rows.length;
    };
    // On its own day only what reaches beyond it is looked at; earlier, everything with a floor is.
    const beyond = goes < order.day ? '' : 'p.floor > p.disposal and';
    // From the side of the holds: a day of many parts is not read because somebody else's is held.
    const named = await new HoldStore(this.sql, this.tenant).named();
    let held = 0;
    if (named.everything) held = await mark('true');
    else {
      if (named.subjects.length > 0) held += await mark('p.subject = any($4::text[])', named.subjects);
      if (named.records.length > 0) held += await mark('p.record = any($4::uuid[])', named.records);
      if (named.matters.length > 0) held += await mark('p.matter = any($4::text[])', named.matters);
    }
    // Asked once a statement, of what few rows have: where there is none of it, no part of the day is looked at.
    const some = (of: string) => `(select exists (select 1 from ${of}))`;
    const restricted = await mark(
      `${some('part r where r.restricted and r.class = $1 and r.restricted_until > $3::date')} and p.restricted and p.restricted_until > $3::date`,
    );
    const anyFloor =
      goes < order.day
        ? 'true'
        : some('part r where r.class = $1 and r.disposal = $2::date and r.floor > r.disposal and r.floor > $3::date');
    const floored = await mark(`${anyFloor} and p.matter is null and ${beyond} p.floor > $3::date`);
    const later = 'matter_date f where f.class = $1 and f.day = $2::date and f.floor > $3::date';
    const moved = await mark(`${some(later)} and p.matter in (select f.matter from ${later})`);
    const [extending] = await this.sql.query(`select 1 from extension where state = 'in-force' limit 1`);
    const extended =
      extending === undefined
        ? 0
        : await mark(`${extendedBeyond('$3::date')} and not ${withdrawnBefore('$3::date', '$4')}`, zone);
    return { held: held + extended, restricted: restricted + floored + moved };
  }

  async keptOf(order: { class: string; day: Day }): Promise<string[]> {
    const rows = await this.sql.query<{ part: string }>(
      `select p.part from part p where p.kept and p.class = $1 and p.sealed is not null and (p.disposal = $2::date
         or p.matter in (select m.matter from matter_date m where m.class = $1 and m.day = $2::date))`,
      [order.class, order.day],
    );
    return rows.map((row) => row.part);
  }

  async due(order: { class: string; day: Day }): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>(`select count(*)::int as n from part p where ${DUE}`, [
      order.class,
      order.day,
    ]);
    return row?.n ?? 0;
  }

  /** A cohort's cells; those that are there stay as they are. @param first which of them the first is, from 1 */
  async addCells(
    { order, class: name, day }: { readonly order: string; readonly class: string; readonly day: Day },
    cells: readonly Cell[],
    at: Date,
    first = 1,
  ): Promise<void> {
    if (cells.length === 0) return;
    await this.sql.query(
      `insert into cell (tenant, class, cohort, cell, dimensions, people, records, measures, "order", at)
       select $1, $2, $3::date, $9 - 1 + c.n, c.dimensions, c.people, c.records, c.measures, $4, $5
       from unnest($6::jsonb[], $7::int[], $8::int[], $10::jsonb[]) with ordinality as c(dimensions, people, records, measures, n)
       on conflict do nothing`,
      [
        this.tenant,
        name,
        day,
        order,
        at,
        cells.map((cell) => JSON.stringify(cell.dimensions)),
        cells.map((cell) => cell.people),
        cells.map((cell) => cell.records),
        first,
        cells.map((cell) => JSON.stringify(cell.measures)),
      ],
    );
  }

  /** The cells of one cohort, in their order. */
  cellsOf(name: string, day: Day): Promise<Cell[]> {
    return this.sql.query<Cell>(
      'select dimensions, people, records, measures from cell where class = $1 and cohort = $2::date order by cell',
      [name, day],
    );
  }

  async cells(partClass?: string): Promise<(Cell & { readonly class: string; readonly cohort: Day })[]> {
    return this.sql.query(
      'select class, cohort::text as cohort, dimensions, people, records, measures from cell where $1::text is null or class = $1 order by class, cohort, cell',
      [partClass ?? null],
    );
  }

  /** Deletes at most `batch` rows the order is about. */
  async deleteDue(order: { class: string; day: Day; goes: Day }, batch: number, zone: Zone): Promise<Gone> {
    const [row] = await this.sql.query<Gone>(
      `with gone as (delete from part where (tenant, part) in (select p.tenant, p.part from part p where ${DUE} limit $3) returning *)
       select count(*)::int as deleted, (count(*) filter (where ${withdrawnBefore('$5::date', '$4')}))::int as withdrawn,
         (count(*) filter (where ${endedBefore('$5::date')}))::int as ended from gone p`,
      [order.class, order.day, batch, zone, order.goes],
    );
    return row ?? { deleted: 0, withdrawn: 0, ended: 0 };
  }

  async update(
    order: { class: string; day: Day },
    to: Partial<Omit<DisposalRow, keyof DisposalOrder | 'also'>> & { effectiveAt?: Date; sweptAt?: Date },
  ): Promise<void> {
    await this.sql.query(
      `update disposal set state = coalesce($3, state), found = coalesce($4, found), anonymized = coalesce($5, anonymized), forgotten = coalesce($6, forgotten),
         held = coalesce($7, held), restricted = coalesce($8, restricted), cells = coalesce($9, cells), deleted = deleted + coalesce($10, 0),
         effective_at = coalesce($11, effective_at), swept_at = coalesce($12, swept_at)
       where class = $1 and day = $2::date`,
      [
        order.class,
        order.day,
        to.state ?? null,
        to.found ?? null,
        to.anonymized ?? null,
        to.forgotten ?? null,
        to.held ?? null,
        to.restricted ?? null,
        to.cells ?? null,
        to.deleted ?? null,
        to.effectiveAt ?? null,
        to.sweptAt ?? null,
      ],
    );
  }

  /** Whether anything that was ordered, a disposal or a shredding, is not finished. */
  async anythingOpen(): Promise<boolean> {
    const [row] = await this.sql.query<{ open: boolean }>(
      `select exists (select from disposal where state <> 'swept') or exists (select from shred where state <> 'swept') as open`,
    );
    return row?.open === true;
  }

  /** Orders that are not finished, oldest first. */
  async open(states: readonly DisposalState[]): Promise<DisposalRow[]> {
    return this.read(`state = any($1::text[]) order by day, class`, [states]);
  }

  /** Orders carried out that were recorded since then (machine time), oldest first. */
  async done(since: Date): Promise<(DisposalRow & { readonly effectiveAt: Date })[]> {
    const rows = await this.read(
      `state in ('effective', 'swept') and effective_at is not null and recorded_at >= $1 order by day, class`,
      [since],
    );
    const moments = await this.sql.query<{ order: string; at: Date }>(
      `select "order", effective_at as at from disposal where "order" = any($1::uuid[])`,
      [rows.map(({ order }) => order)],
    );
    const at = new Map(moments.map((row) => [row.order, row.at]));
    return rows.flatMap((row) => {
      const effectiveAt = at.get(row.order);
      return effectiveAt === undefined ? [] : [{ ...row, effectiveAt }];
    });
  }

  async byDay(partClass: string, day: Day): Promise<DisposalRow | undefined> {
    return (await this.read('class = $1 and day = $2::date for update', [partClass, day]))[0];
  }

  private async read(where: string, values: readonly unknown[]): Promise<DisposalRow[]> {
    const rows = await this.sql.query<DisposalRow & { entry: string | number }>(
      `select "order", entry, class, day::text as day, coalesce(goes_on, day)::text as goes, method, state, found, held, restricted, anonymized, forgotten, cells, deleted, also from disposal where ${where}`,
      values,
    );
    return rows.map((row) => ({ ...row, entry: Number(row.entry) }));
  }
}
