import type { Day, MatterId, Sql, SubjectRef, TenantId } from '@lethe/kernel';
import type { ConsentLevel } from '@lethe/policy';

/** Parts of a matter's class in one slot and custody. */
export interface MatterParts {
  readonly slot: number;
  readonly custody: 'lethe' | 'platform';
  readonly parts: number;
}

/** A class that a matter has parts of, and how these stand. */
export interface MatterClass {
  readonly matter: MatterId;
  readonly class: string;
  readonly day?: Day | undefined;
  readonly floor?: Day | undefined;
  readonly since?: Date | undefined;
  readonly parts: readonly MatterParts[];
}

export interface ConsentFact {
  readonly subject: SubjectRef;
  readonly purpose: string;
  readonly consent: string;
  readonly version: number;
  readonly state: 'given' | 'refused' | 'withdrawn';
  readonly level: ConsentLevel;
  readonly notice: string;
  readonly at: Date;
  readonly implied?: boolean | undefined;
  readonly choice?: string | undefined;
  readonly fields?: readonly string[] | undefined;
}
export interface GuardianFact {
  readonly subject: SubjectRef;
  readonly version: number;
  readonly guardian: 'not-needed' | 'missing' | 'verified';
  readonly until?: Date | undefined;
  readonly sensitiveUntil?: Date | undefined;
  readonly at: Date;
}
export interface SubjectFact {
  readonly subject: SubjectRef;
  readonly frozenBy?: string | undefined;
  readonly erasedEntry?: number | undefined;
}
export interface MatterFact {
  readonly matter: MatterId;
  readonly subject: SubjectRef;
  readonly anchors: Readonly<Record<string, Date>>;
  readonly dates: Readonly<Record<string, Day | undefined>>;
}

/** What admission and opening must know of the people of one batch. */
export interface Facts {
  readonly consents: ReadonlyMap<string, ConsentFact>;
  readonly guardians: ReadonlyMap<string, GuardianFact>;
  readonly subjects: ReadonlyMap<string, SubjectFact>;
  /** Of whom something is held, here or with the platform. */
  readonly held: ReadonlySet<string>;
}

export const consentKey = (subject: string, purpose: string): string => `${subject} ${purpose}`;

interface Found {
  kind: 'consent' | 'guardian' | 'subject' | 'held';
  subject: string;
  purpose: string | null;
  id: string | null;
  version: number | null;
  state: string | null;
  level: string | null;
  notice: string | null;
  at: Date | null;
  until: Date | null;
  entry: string | null;
  implied: boolean | null;
  choice: string | null;
  fields: string[] | null;
  sensitive_until: Date | null;
}

/** The local projections of what consent, retention and erasure have said, inside one transaction. */
export class FactsStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** One round trip for a whole batch. */
  async of(subjects: readonly SubjectRef[]): Promise<Facts> {
    const rows = await this.sql.query<Found>(
      `select 'consent' as kind, subject, purpose, consent as id, version, state, level, notice, at, null::timestamptz as until, null::bigint as entry, implied, choice, fields, null::timestamptz as sensitive_until
         from consent_state where subject = any($1::text[])
       union all select 'guardian', subject, null, null, version, guardian, null, null, at, until, null, null, null, null, sensitive_until from guardian_state where subject = any($1::text[])
       union all select 'subject', subject, null, frozen_by, null, null, null, null, null, null, erased_entry, null, null, null, null from subject_state where subject = any($1::text[])
       union all select distinct 'held', subject, null, null::uuid, null::int, null, null, null, null::timestamptz, null::timestamptz, null::bigint, null::boolean, null, null::text[], null::timestamptz
         from holding where subject = any($1::text[])`,
      [[...new Set(subjects)]],
    );
    const consents = new Map<string, ConsentFact>();
    const guardians = new Map<string, GuardianFact>();
    const known = new Map<string, SubjectFact>();
    const held = new Set<string>();
    for (const row of rows) {
      const subject = row.subject as SubjectRef;
      if (row.kind === 'consent' && row.purpose !== null && row.id !== null && row.at !== null) {
        consents.set(consentKey(subject, row.purpose), {
          subject,
          purpose: row.purpose,
          consent: row.id,
          version: row.version ?? 0,
          state: row.state as ConsentFact['state'],
          level: row.level as ConsentLevel,
          notice: row.notice ?? '',
          at: row.at,
          ...(row.implied === true && { implied: true }),
          ...(row.choice !== null && { choice: row.choice }),
          ...(row.fields !== null && { fields: row.fields }),
        });
      } else if (row.kind === 'guardian' && row.at !== null) {
        guardians.set(subject, {
          subject,
          version: row.version ?? 0,
          guardian: row.state as GuardianFact['guardian'],
          until: row.until ?? undefined,
          sensitiveUntil: row.sensitive_until ?? undefined,
          at: row.at,
        });
      } else if (row.kind === 'subject') {
        known.set(subject, {
          subject,
          frozenBy: row.id ?? undefined,
          erasedEntry: row.entry === null ? undefined : Number(row.entry),
        });
      } else if (row.kind === 'held') held.add(subject);
    }
    return { consents, guardians, subjects: known, held };
  }

  /** The newest version wins, whatever the order of arrival. Answers those that moved. */
  async applyConsents(changes: readonly ConsentFact[]): Promise<number> {
    const newest = new Map<string, ConsentFact>();
    for (const change of changes) {
      const known = newest.get(consentKey(change.subject, change.purpose));
      if (known === undefined || known.version < change.version)
        newest.set(consentKey(change.subject, change.purpose), change);
    }
    const list = [...newest.values()];
    const rows = await this.sql.query(
      `insert into consent_state (tenant, subject, purpose, consent, version, state, level, notice, at, implied, choice, fields)
       select $1, a, b, d, e, f, g, h, i, j, k, string_to_array(l, ' ') from unnest($2::text[], $3::text[], $4::uuid[], $5::int[], $6::text[], $7::text[], $8::text[], $9::timestamptz[],
         $10::boolean[], $11::text[], $12::text[]) as c(a, b, d, e, f, g, h, i, j, k, l)
       on conflict (tenant, subject, purpose) do update set consent = excluded.consent, version = excluded.version, state = excluded.state,
         level = excluded.level, notice = excluded.notice, at = excluded.at, implied = excluded.implied, choice = excluded.choice, fields = excluded.fields
         where consent_state.version < excluded.version
       returning 1`,
      [
        this.tenant,
        list.map((c) => c.subject),
        list.map((c) => c.purpose),
        list.map((c) => c.consent),
        list.map((c) => c.version),
        list.map((c) => c.state),
        list.map((c) => c.level),
        list.map((c) => c.notice),
        list.map((c) => c.at.toISOString()),
        list.map((c) => c.implied ?? false),
        list.map((c) => c.choice ?? null),
        list.map((c) => c.fields?.join(' ') ?? null),
      ],
    );
    return rows.length;
  }

  async applyGuardian(change: GuardianFact): Promise<void> {
    await this.sql.query(
      `insert into guardian_state (tenant, subject, version, guardian, until, at, sensitive_until) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (tenant, subject) do update set version = excluded.version, guardian = excluded.guardian, until = excluded.until, at = excluded.at,
         sensitive_until = excluded.sensitive_until
       where guardian_state.version < excluded.version`,
      [
        this.tenant,
        change.subject,
        change.version,
        change.guardian,
        change.until ?? null,
        change.at,
        change.sensitiveUntil ?? null,
      ],
    );
  }

  /** Children without a guardian, by the latest statement, of whom parts are held; of these people only, where any are named. */
  async childrenHeld(
    among?: readonly SubjectRef[],
  ): Promise<{ readonly subject: SubjectRef; readonly version: number; readonly parts: number }[]> {
    return this.sql.query(
      `select g.subject, g.version, sum(c.parts)::int as parts
         from guardian_state g join holding c on c.tenant = g.tenant and c.subject = g.subject
        where g.guardian = 'missing' and ($1::text[] is null or g.subject = any($1))
        group by g.subject, g.version order by g.subject`,
      [among ?? null],
    );
  }

  async matters(matters: readonly MatterId[]): Promise<Map<string, MatterFact>> {
    if (matters.length === 0) return new Map();
    const rows = await this.sql.query<{
      matter: string;
      subject: string;
      anchor: string | null;
      at: Date | null;
      class: string | null;
      day: string | null;
    }>(
      `select matter, subject, anchor, at, null as class, null as day from matter_anchor where matter = any($1::text[])
       union all select matter, subject, null, null, class, day::text from matter_date where matter = any($1::text[])`,
      [[...new Set(matters)]],
    );
    const found = new Map<
      string,
      { matter: MatterId; subject: SubjectRef; anchors: Record<string, Date>; dates: Record<string, Day | undefined> }
    >();
    for (const row of rows) {
      const fact = found.get(row.matter) ?? {
        matter: row.matter as MatterId,
        subject: row.subject as SubjectRef,
        anchors: {},
        dates: {},
      };
      if (row.anchor !== null && row.at !== null) fact.anchors[row.anchor] = row.at;
      if (row.class !== null) fact.dates[row.class] = row.day ?? undefined;
      found.set(row.matter, fact);
    }
    return found;
  }

  /** Those of these anchors of which this version is news. An anchor of a matter may stand in it once. */
  async applyAnchors(
    anchors: readonly {
      readonly matter: MatterId;
      readonly subject: SubjectRef;
      readonly anchor: string;
      readonly version: number;
      readonly at: Date;
    }[],
  ): Promise<{ readonly matter: MatterId; readonly anchor: string }[]> {
    return this.sql.query(
      `insert into matter_anchor (tenant, matter, subject, anchor, version, at)
       select $1, a.matter, a.subject, a.anchor, a.version, a.at
       from unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::timestamptz[]) as a(matter, subject, anchor, version, at)
       order by a.matter, a.anchor
       on conflict (tenant, matter, anchor) do update set version = excluded.version, at = excluded.at where matter_anchor.version < excluded.version
       returning matter, anchor`,
      [
        this.tenant,
        anchors.map(({ matter }) => matter),
        anchors.map(({ subject }) => subject),
        anchors.map(({ anchor }) => anchor),
        anchors.map(({ version }) => version),
        anchors.map(({ at }) => at),
      ],
    );
  }

  /** The classes that matters have parts of, with their present dates, since when, and in which slots. Locks them: two anchors of a matter follow each other. */
  async matterClasses(matters: readonly MatterId[]): Promise<MatterClass[]> {
    const rows = await this.sql.query<
      Omit<MatterClass, 'day' | 'floor' | 'since'> & {
        readonly day: Day | null;
        readonly floor: Day | null;
        readonly since: Date | null;
      }
    >(
      `select d.matter, d.class, d.day::text as day, d.floor::text as floor, p.parts,
              (select min(collected_at) from part p where p.matter = d.matter and p.class = d.class) as since
       from (select * from matter_date where matter = any($1::text[]) order by matter, class for update) d
       cross join lateral (
         select coalesce(json_agg(each), '[]') as parts from (
           select slot, custody, count(*)::int as parts from part p where p.matter = d.matter and p.class = d.class
            group by slot, custody order by slot, custody) each) p
       order by d.matter, d.class`,
      [matters],
    );
    return rows.map((row) => ({
      ...row,
      day: row.day ?? undefined,
      floor: row.floor ?? undefined,
      since: row.since ?? undefined,
    }));
  }

  /** Matters of which no part is left, no hold is in force and every date has come, of people who live on; in their order after this one. */
  async emptyMatters(today: Day, after: MatterId, limit: number): Promise<MatterId[]> {
    const rows = await this.sql.query<{ matter: MatterId }>(
      `select d.matter from matter_date d left join subject_state s on s.tenant = d.tenant and s.subject = d.subject
        where d.matter > $2 and s.erased_entry is null
          and not exists (select 1 from part p where p.tenant = d.tenant and p.matter = d.matter)
          and not exists (select 1 from hold h where h.tenant = d.tenant and h.matter = d.matter and h.state = 'in-force')
        group by d.matter having bool_and(coalesce(d.day <= $1::date, false)) order by d.matter limit $3`,
      [today, after, limit],
    );
    return rows.map(({ matter }) => matter);
  }

  /** Forgets the dates of matters without parts. What has come of them stays: whoever has the ref still is already due. */
  async forgetDates(matters: readonly MatterId[]): Promise<void> {
    await this.sql.query(
      `delete from matter_date d where d.matter = any($1::text[])
         and not exists (select 1 from part p where p.tenant = d.tenant and p.matter = d.matter)`,
      [matters],
    );
  }

  /** Matters with parts of a class, in their order after this one. */
  async mattersIn(
    partClass: string,
    after: MatterId,
    limit: number,
  ): Promise<{ readonly matter: MatterId; readonly subject: SubjectRef }[]> {
    return this.sql.query(
      'select matter, subject from matter_date where class = $1 and matter > $2 order by matter limit $3',
      [partClass, after, limit],
    );
  }

  /** First parts of a matter's class: the row that carries their common date. Known rows stay as they are. */
  async addMatterDates(
    dates: readonly {
      matter: MatterId;
      subject: SubjectRef;
      class: string;
      day?: Day | undefined;
      floor?: Day | undefined;
      limit?: Day | undefined;
    }[],
  ): Promise<void> {
    if (dates.length === 0) return;
    const sorted = [...dates].sort((a, b) => `${a.matter} ${a.class}`.localeCompare(`${b.matter} ${b.class}`));
    await this.sql.query(
      `insert into matter_date (tenant, matter, class, subject, day, floor, limit_on)
       select $1, m.matter, m.class, m.subject, m.day, m.floor, m.limit_on
       from unnest($2::text[], $3::text[], $4::text[], $5::date[], $6::date[], $7::date[]) as m(matter, class, subject, day, floor, limit_on)
       on conflict do nothing`,
      [
        this.tenant,
        sorted.map((m) => m.matter),
        sorted.map((m) => m.class),
        sorted.map((m) => m.subject),
        sorted.map((m) => m.day ?? null),
        sorted.map((m) => m.floor ?? null),
        sorted.map((m) => m.limit ?? null),
      ],
    );
  }

  async moveMatters(
    moves: readonly {
      readonly matter: MatterId;
      readonly class: string;
      readonly day: Day;
      readonly floor?: Day | undefined;
    }[],
  ): Promise<void> {
    await this.sql.query(
      `update matter_date d set day = m.day, floor = m.floor
       from unnest($1::text[], $2::text[], $3::date[], $4::date[]) as m(matter, class, day, floor)
       where d.matter = m.matter and d.class = m.class`,
      [
        moves.map(({ matter }) => matter),
        moves.map((move) => move.class),
        moves.map(({ day }) => day),
        moves.map(({ floor }) => floor ?? null),
      ],
    );
  }
}
