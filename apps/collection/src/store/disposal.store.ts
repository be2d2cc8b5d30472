import type { Disposal } from '@lethe/contracts';
import type { Day, Sql, TenantId } from '@lethe/kernel';
import { HELD } from './part.store.ts';

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
const DUE = `p.class = $1 and not p.kept and (
  (p.matter is null and p.disposal = $2::date)
  or (p.matter is not null and p.matter in (select m.matter from matter_date m where m.class = $1 and m.day = $2::date)))`;

/** Orders of disposal and what they have done, inside one transaction. */
export class DisposalStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** Closes the day. False if it was closed before. Under all slot locks. */
  async close(order: DisposalOrder, now: Date): Promise<boolean> {
    const rows = await this.sql.query(
      `insert into disposal (tenant, class, day, "order", entry, method, state, recorded_at) values ($1, $2, $3::date, $4, $5, $6, 'closing', $7)
       on conflict do nothing returning 1`,
      [this.tenant, order.class, order.day, order.order, order.entry, order.method, now],
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

  /**
   * Sets aside what the order must not take: parts that are held, or restricted or under a floor beyond the day. They are
   * marked, and live from now on by their kept keys. Looks at no part where no hold is in force and no floor reaches over.
   */
  async setAside(order: DisposalOrder): Promise<{ held: number; restricted: number }> {
    const mark = async (which: string): Promise<number> => {
      const rows = await this.sql.query(`update part p set kept = true where ${DUE} and ${which} returning 1`, [
        order.class,
        order.day,
      ]);
      return rows.length;
    };
    const [holding] = await this.sql.query(`select 1 from hold where state = 'in-force' limit 1`);
    const held = holding === undefined ? 0 : await mark(HELD);
    const restricted = await mark('p.restricted and p.restricted_until > $2::date');
    const floored = await mark(`p.matter is null and p.floor > p.disposal and p.floor > $2::date`);
    const moved = await mark(
      `p.matter in (select f.matter from matter_date f where f.class = $1 and f.day = $2::date and f.floor > $2::date)`,
    );
    return { held, restricted: restricted + floored + moved };
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

  /** What may be folded: neither kept nor restricted, and of nobody erased or frozen. */
  async foldable(order: { class: string; day: Day }): Promise<string[]> {
    const rows = await this.sql.query<{ part: string }>(
      `select p.part from part p where ${DUE} and not p.restricted and p.sealed is not null
         and not exists (select 1 from subject_state s where s.subject = p.subject and (s.frozen_by is not null or s.erased_entry is not null))
         and not exists (select 1 from shred x where x.subject = p.subject and p.compartment = any(x.compartments) and x.state <> 'swept')
       order by p.part`,
      [order.class, order.day],
    );
    return rows.map((row) => row.part);
  }

  async addCells(
    order: DisposalOrder,
    cells: readonly { dimensions: Readonly<Record<string, string>>; people: number; records: number }[],
    at: Date,
  ): Promise<void> {
    if (cells.length === 0) return;
    await this.sql.query(
      `insert into cell (tenant, class, cohort, cell, dimensions, people, records, "order", at)
       select $1, $2, $3::date, c.n, c.dimensions, c.people, c.records, $4, $5
       from unnest($6::jsonb[], $7::int[], $8::int[]) with ordinality as c(dimensions, people, records, n)`,
      [
        this.tenant,
        order.class,
        order.day,
        order.order,
        at,
        cells.map((cell) => JSON.stringify(cell.dimensions)),
        cells.map((cell) => cell.people),
        cells.map((cell) => cell.records),
      ],
    );
  }

  async cells(
    partClass?: string,
  ): Promise<{ class: string; cohort: Day; dimensions: Record<string, string>; people: number; records: number }[]> {
    return this.sql.query(
      'select class, cohort::text as cohort, dimensions, people, records from cell where $1::text is null or class = $1 order by class, cohort, cell',
      [partClass ?? null],
    );
  }

  /** Deletes at most `batch` rows the order is about; how many went. */
  async deleteDue(order: { class: string; day: Day }, batch: number): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>(
      `with gone as (delete from part where (tenant, part) in (select p.tenant, p.part from part p where ${DUE} limit $3) returning 1)
       select count(*)::int as n from gone`,
      [order.class, order.day, batch],
    );
    return row?.n ?? 0;
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

  /** Orders that are not finished, oldest first. */
  async open(states: readonly DisposalState[]): Promise<DisposalRow[]> {
    return this.read(`state = any($1::text[]) order by day, class`, [states]);
  }

  async byDay(partClass: string, day: Day): Promise<DisposalRow | undefined> {
    return (await this.read('class = $1 and day = $2::date for update', [partClass, day]))[0];
  }

  private async read(where: string, values: readonly unknown[]): Promise<DisposalRow[]> {
    const rows = await this.sql.query<DisposalRow & { entry: string | number }>(
      `select "order", entry, class, day::text as day, method, state, found, held, restricted, anonymized, forgotten, cells, deleted, also from disposal where ${where}`,
      values,
    );
    return rows.map((row) => ({ ...row, entry: Number(row.entry) }));
  }
}
