import { type MatterId, type Sql, type SubjectRef, type TenantId } from '@lethe/kernel';
import type { AnchorChange, KnownMatter } from '../domain/matter.ts';

/** The counts with which the order of an erasure was answered. */
export interface Answered {
  readonly erasure: string;
  readonly found: number;
  readonly deleted: number;
  readonly restricted: number;
  readonly rescan: number;
}

/** The SQL of matters and of the people they belong to, inside one transaction of one tenant. */
export class MatterStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** These matters with their row locks, always taken in one order; those not known are made. */
  async lock(
    matters: readonly { readonly matter: string; readonly subject: string }[],
  ): Promise<Map<string, KnownMatter>> {
    await this.remember(matters);
    const sorted = [...new Set(matters.map(({ matter }) => matter))].sort();
    const rows = await this.sql.query<{ matter: string; subject: string; version: number }>(
      `select matter, subject, version from matter where tenant = $1 and matter = any($2) order by matter for update`,
      [this.tenant, sorted],
    );
    const anchors = await this.sql.query<{ matter: string; anchor: string; version: number; at: Date }>(
      `select distinct on (matter, anchor) matter, anchor, version, at from matter_anchor where tenant = $1 and matter = any($2)
        order by matter, anchor, version desc`,
      [this.tenant, sorted],
    );
    const known = new Map<string, KnownMatter & { anchors: Record<string, { at: Date; version: number }> }>(
      rows.map(({ matter, subject, version }) => [matter, { subject, version, anchors: {} }]),
    );
    for (const { matter, anchor, version, at } of anchors) {
      const entry = known.get(matter);
      if (entry) entry.anchors[anchor] = { at, version };
    }
    return known;
  }

  /** The present anchors of the matters after one, whole matters, in their order. */
  async anchorsAfter(
    matter: string,
    limit: number,
  ): Promise<{ matter: MatterId; subject: string; anchor: string; version: number; at: Date }[]> {
    return this.sql.query(
      `select distinct on (a.matter, a.anchor) a.matter, m.subject, a.anchor, a.version, a.at
         from (select tenant, matter, subject from matter where tenant = $1 and matter > $2 and version > 0 order by matter limit $3) m
         join matter_anchor a using (tenant, matter) order by a.matter, a.anchor, a.version desc`,
      [this.tenant, matter, limit],
    );
  }

  async append(changes: readonly AnchorChange[], now: Date): Promise<void> {
    await this.sql.query(
      `insert into matter_anchor (tenant, matter, version, anchor, at, stated_at)
       select $1, m, v, a, t, $6 from unnest($2::text[], $3::int[], $4::text[], $5::timestamptz[]) as x (m, v, a, t)`,
      [
        this.tenant,
        changes.map((c) => c.matter),
        changes.map((c) => c.version),
        changes.map((c) => c.anchor),
        changes.map((c) => c.at),
        now,
      ],
    );
    await this.sql.query(
      `update matter set version = latest.version
         from (select m, max(v) as version from unnest($2::text[], $3::int[]) as x (m, v) group by m) as latest
        where tenant = $1 and matter = latest.m`,
      [this.tenant, changes.map((c) => c.matter), changes.map((c) => c.version)],
    );
  }

  /** Whose matters these are; what is known stays. */
  async remember(matters: readonly { readonly matter: string; readonly subject: string }[]): Promise<void> {
    const subjects = new Map(matters.map(({ matter, subject }) => [matter, subject]));
    const sorted = [...subjects.keys()].sort();
    await this.sql.query(
      `insert into matter (tenant, matter, subject, version) select $1, m, s, 0 from unnest($2::text[], $3::text[]) as x (m, s) on conflict do nothing`,
      [this.tenant, sorted, sorted.map((matter) => subjects.get(matter))],
    );
  }

  /** A person's matters with parts of these classes that wait for their anchor. */
  async waiting(subject: SubjectRef, classes: readonly string[]): Promise<{ matter: string; subject: string }[]> {
    return this.sql.query(
      `select matter, subject from matter m where tenant = $1 and subject = $2
          and exists (select 1 from waiting_tally w where w.tenant = m.tenant and w.matter = m.matter and w.class = any($3) and w.parts > 0)
        order by matter`,
      [this.tenant, subject, classes],
    );
  }

  async countOf(subject: SubjectRef): Promise<number> {
    const [row] = await this.sql.query<{ matters: number }>(
      `select count(*)::int as matters from matter where tenant = $1 and subject = $2`,
      [this.tenant, subject],
    );
    return row?.matters ?? 0;
  }

  /** Forgets a person's matters and their anchors; how many matters. */
  async forget(subject: SubjectRef): Promise<number> {
    const rows = await this.sql.query(`delete from matter where tenant = $1 and subject = $2 returning 1 as one`, [
      this.tenant,
      subject,
    ]);
    return rows.length;
  }

  async freeze(subject: SubjectRef, erasure: string, number: number): Promise<void> {
    await this.sql.query(
      `insert into person (tenant, subject, frozen_by, freeze_number) values ($1, $2, $3, $4)
       on conflict (tenant, subject) do update set frozen_by = excluded.frozen_by, freeze_number = excluded.freeze_number`,
      [this.tenant, subject, erasure, number],
    );
  }

  /** People an erasure has frozen and not yet taken. */
  async frozen(): Promise<{ subject: SubjectRef; erasure: string }[]> {
    return this.sql.query(
      `select subject, frozen_by as erasure from person where tenant = $1 and frozen_by is not null and erased_at is null order by subject`,
      [this.tenant],
    );
  }

  async unfreeze(subject: SubjectRef, erasure: string): Promise<void> {
    await this.sql.query(
      `delete from person where tenant = $1 and subject = $2 and frozen_by = $3 and erased_at is null`,
      [this.tenant, subject, erasure],
    );
  }

  /** @param answer what the order is answered with, kept for whoever loses it */
  async markErased(subject: SubjectRef, answer: Answered, now: Date): Promise<void> {
    await this.sql.query(
      `insert into person (tenant, subject, erased_at, answered) values ($1, $2, $3, $4)
       on conflict (tenant, subject) do update set erased_at = coalesce(person.erased_at, excluded.erased_at), answered = excluded.answered`,
      [this.tenant, subject, now, JSON.stringify(answer)],
    );
  }

  /** How the order of its erasure was answered, if it was. */
  async answered(subject: SubjectRef): Promise<Answered | undefined> {
    const [row] = await this.sql.query<{ answered: Answered | null }>(
      `select answered from person where tenant = $1 and subject = $2`,
      [this.tenant, subject],
    );
    return row?.answered ?? undefined;
  }

  /** Everybody of whom an order was answered and whose erasure is not final. */
  async allAnswered(): Promise<{ subject: SubjectRef; answer: Answered }[]> {
    return this.sql.query(
      `select subject, answered as answer from person where tenant = $1 and answered is not null order by subject`,
      [this.tenant],
    );
  }

  /** Nothing can bring this person back: the last thing that says they were here goes. */
  async forgetPerson(subject: SubjectRef): Promise<void> {
    await this.sql.query(`delete from person where tenant = $1 and subject = $2`, [this.tenant, subject]);
  }

  async freezeNumber(subject: SubjectRef): Promise<number> {
    const [row] = await this.sql.query<{ number: string | null }>(
      `select freeze_number::text as number from person where tenant = $1 and subject = $2`,
      [this.tenant, subject],
    );
    return Number(row?.number ?? 0);
  }

  /** Which of these people were erased. */
  async erased(subjects: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.sql.query<{ subject: string }>(
      `select subject from person where tenant = $1 and subject = any($2) and erased_at is not null`,
      [this.tenant, [...new Set(subjects)]],
    );
    return new Set(rows.map(({ subject }) => subject));
  }

  /** Which of these matters are known. */
  async known(matters: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.sql.query<{ matter: string }>(
      `select matter from matter where tenant = $1 and matter = any($2)`,
      [this.tenant, [...new Set(matters)]],
    );
    return new Set(rows.map(({ matter }) => matter));
  }
}
