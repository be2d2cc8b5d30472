import type { Day, MatterId, PartId, RecordId, Sql, SubjectRef, TenantId } from '@lethe/kernel';
import type { Compartment, Disposal } from '@lethe/contracts';
import { DAY, FROM, HELD, holdMayReach } from './part-conditions.ts';

/** How something came in, for as long as it is kept. */
export interface Circumstances {
  readonly region: string;
  readonly product?: string | undefined;
  readonly channel?: string | undefined;
  readonly collector?: string | undefined;
  readonly tracker?: string | undefined;
  readonly use?: string | undefined;
  readonly source?:
    | {
        readonly kind: string;
        readonly party?: string | undefined;
        readonly attestations: readonly string[];
        readonly covers: readonly string[];
        readonly since?: string | undefined;
        readonly purpose?: string | undefined;
      }
    | undefined;
  readonly exception?: { readonly ground: string; readonly evidence: readonly string[] } | undefined;
  readonly abroad?: { readonly ground: string; readonly evidence: readonly string[] } | undefined;
  readonly declarations: readonly string[];
  readonly sensitive: readonly string[];
}

/** A part as it is stored; everything but `sealed` is a reference, a name or a date. */
export interface NewPart {
  readonly part: PartId;
  readonly record: RecordId;
  readonly subject: SubjectRef;
  readonly slot: number;
  readonly purpose: string;
  readonly compartment: Compartment;
  readonly class: string;
  readonly custody: 'lethe' | 'platform';
  readonly method: Disposal;
  readonly basis: string;
  readonly consent?: string | undefined;
  readonly consentVersion?: number | undefined;
  readonly notice?: string | undefined;
  readonly fields: readonly string[];
  readonly matter?: MatterId | undefined;
  /** Present only where the date cannot move; a matter's parts take theirs from the matter. */
  readonly disposal?: Day | undefined;
  readonly floor?: Day | undefined;
  readonly limit?: Day | undefined;
  readonly collectedAt: Date;
  /** How it came in: names the pack declares, nothing else. */
  readonly circumstances?: Circumstances | undefined;
  /** The region it lies in (ISO 3166), asked before writing; absent for what was stored before this was recorded. */
  readonly region?: string | undefined;
  /** Where the payload is, if the platform holds it. */
  readonly place?: string | undefined;
  /** Absent where the platform holds the payload. */
  readonly sealed?: Uint8Array | undefined;
}

export interface Part extends Omit<NewPart, 'sealed' | 'slot'> {
  readonly sealed: Buffer | null;
  readonly restricted: boolean;
  readonly restrictedUntil?: Day | undefined;
  readonly kept: boolean;
  /** The order under which the part's day is closing or dead. */
  readonly order?: string | undefined;
}

export interface PartRow {
  part: string;
  record: string;
  subject: string;
  purpose: string;
  compartment: string;
  class: string;
  custody: string;
  method: string;
  basis: string;
  consent: string | null;
  consent_version: number | null;
  notice: string | null;
  fields: string[];
  matter: string | null;
  day: string | null;
  floor: string | null;
  collected_at: Date;
  place: string | null;
  region: string | null;
  circumstances: Circumstances | null;
  sealed: Buffer | null;
  restricted: boolean;
  restricted_until: string | null;
  kept: boolean;
  order: string | null;
}

export const PART_COLUMNS = `p.part, p.record, p.subject, p.purpose, p.compartment, p.class, p.custody, p.method, p.basis, p.consent, p.consent_version, p.notice, p.fields,
  p.matter, (${DAY})::text as day, coalesce(p.floor, d.floor)::text as floor, p.collected_at, p.place, p.region, p.circumstances, p.sealed, p.restricted,
  p.restricted_until::text as restricted_until, p.kept, o."order"`;

export const readPart = (row: PartRow): Part => ({
  part: row.part as PartId,
  record: row.record as RecordId,
  subject: row.subject as SubjectRef,
  purpose: row.purpose,
  compartment: row.compartment,
  class: row.class,
  custody: row.custody as Part['custody'],
  method: row.method as Disposal,
  basis: row.basis,
  consent: row.consent ?? undefined,
  consentVersion: row.consent_version ?? undefined,
  notice: row.notice ?? undefined,
  fields: row.fields,
  matter: (row.matter ?? undefined) as MatterId | undefined,
  disposal: row.day ?? undefined,
  floor: row.floor ?? undefined,
  collectedAt: row.collected_at,
  place: row.place ?? undefined,
  region: row.region ?? undefined,
  circumstances: row.circumstances ?? undefined,
  sealed: row.sealed,
  restricted: row.restricted,
  restrictedUntil: row.restricted_until ?? undefined,
  kept: row.kept,
  order: row.order ?? undefined,
});

/** Parts of one slot that have the same day, or wait for the same matter. */
export interface SlotTally {
  readonly class: string;
  readonly disposal?: Day;
  readonly matter?: MatterId;
  readonly subject?: SubjectRef;
  readonly custody: 'lethe' | 'platform';
  readonly method: Disposal;
  readonly floor?: Day;
  readonly limit?: Day;
  readonly parts: number;
}

/** What is held of one person, counted. */
export interface Holding {
  readonly compartment: Compartment;
  readonly class: string;
  readonly custody: 'lethe' | 'platform';
  readonly method: Disposal;
  readonly parts: number;
  readonly floor?: Day;
  readonly waiting: boolean;
  readonly held: number;
  readonly restricted: number;
}

/** The sealed parts of one tenant, inside one transaction. */
export class PartStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** What is held of everybody, counted. Reads every part. */
  async held(): Promise<
    {
      purpose: string;
      class: string;
      custody: 'lethe' | 'platform';
      fields: string[];
      parts: number;
      restricted: number;
      restrictedUntil: Day | null;
      beyond: number;
    }[]
  > {
    return this.sql.query(
      `select purpose, class, custody, fields, count(*)::int as parts, (count(*) filter (where restricted))::int as restricted,
         (max(restricted_until) filter (where restricted))::text as "restrictedUntil", (count(*) filter (where kept))::int as beyond
       from part group by purpose, class, custody, fields order by purpose, class, custody, fields`,
    );
  }

  /** One statement for a whole batch; what many parts share is sent once. */
  async add(parts: readonly NewPart[], now: Date): Promise<void> {
    if (parts.length === 0) return;
    const shapes = new Map<string, { index: number; columns: readonly (string | null)[] }>();
    const shapeOf: number[] = [];
    for (const part of parts) {
      const columns = [
        part.purpose,
        part.compartment,
        part.class,
        part.custody,
        part.method,
        part.basis,
        part.notice ?? null,
        part.fields.join(','),
        part.disposal ?? null,
        part.floor ?? null,
        part.limit ?? null,
        part.place ?? null,
        part.circumstances === undefined ? null : JSON.stringify(part.circumstances),
        part.region ?? null,
      ];
      const key = columns.join('\n');
      const known = shapes.get(key) ?? { index: shapes.size + 1, columns };
      shapes.set(key, known);
      shapeOf.push(known.index);
    }
    const shared = [...shapes.values()];
    const offsets: number[] = [];
    let length = 0;
    for (const part of parts) {
      offsets.push(length + 1);
      length += part.sealed?.byteLength ?? 0;
    }
    await this.sql.query(
      `insert into part (tenant, part, record, subject, slot, matter, consent, consent_version, collected_at, admitted_at, sealed,
         purpose, compartment, class, custody, method, basis, notice, fields, disposal, floor, limit_on, place, circumstances, region)
       select $1, p.part, p.record, p.subject, p.slot, p.matter, p.consent, p.consent_version, p.collected_at, $2,
         case when p.length = 0 then null else substring($3::bytea from p.at for p.length) end,
         s.purpose, s.compartment, s.class, s.custody, s.method, s.basis, s.notice, string_to_array(s.fields, ','), s.disposal::date, s.floor::date, s.limit_on::date, s.place, s.circumstances::jsonb, s.region
       from unnest($4::uuid[], $5::uuid[], $6::text[], $7::smallint[], $8::text[], $9::uuid[], $27::int[], $10::timestamptz[], $11::int[], $12::int[], $13::int[])
         as p(part, record, subject, slot, matter, consent, consent_version, collected_at, at, length, shape)
       join unnest($14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::text[], $26::text[], $28::text[])
         with ordinality as s(purpose, compartment, class, custody, method, basis, notice, fields, disposal, floor, limit_on, place, circumstances, region, shape) on s.shape = p.shape`,
      [
        this.tenant,
        now,
        Buffer.concat(
          parts.flatMap((part) => (part.sealed === undefined ? [] : [part.sealed])),
          length,
        ),
        parts.map((part) => part.part),
        parts.map((part) => part.record),
        parts.map((part) => part.subject),
        parts.map((part) => part.slot),
        parts.map((part) => part.matter ?? null),
        parts.map((part) => part.consent ?? null),
        parts.map((part) => part.collectedAt.toISOString()),
        offsets,
        parts.map((part) => part.sealed?.byteLength ?? 0),
        shapeOf,
        ...Array.from({ length: 13 }, (_, column) => shared.map((shape) => shape.columns[column])),
        parts.map((part) => part.consentVersion ?? null),
        shared.map((shape) => shape.columns[13]),
      ],
    );
  }

  async byIds(parts: readonly string[]): Promise<Part[]> {
    return (
      await this.sql.query<PartRow>(`select ${PART_COLUMNS} ${FROM} where p.part = any($1::uuid[]) order by p.part`, [
        parts,
      ])
    ).map(readPart);
  }

  /** At most `limit` parts of a person, oldest first; of some purposes, if said. */
  async ofSubject(subject: SubjectRef, limit: number, purposes?: readonly string[]): Promise<Part[]> {
    const rows = await this.sql.query<PartRow>(
      `select ${PART_COLUMNS} ${FROM} where p.subject = $1 and ($3::text[] is null or p.purpose = any($3)) order by p.part limit $2`,
      [subject, limit, purposes ?? null],
    );
    return rows.map(readPart);
  }

  /** What these people have given already for these purposes: about which matter, and with which declarations. */
  async present(
    subjects: readonly SubjectRef[],
    purposes: readonly string[],
  ): Promise<{ subject: string; purpose: string; matter: string | null; declarations: string[] | null }[]> {
    if (subjects.length === 0 || purposes.length === 0) return [];
    return this.sql.query(
      `select distinct subject, purpose, matter, circumstances->'declarations' as declarations
       from part where subject = any($1::text[]) and purpose = any($2::text[])`,
      [subjects, purposes],
    );
  }

  async byBasis(): Promise<Record<string, number>> {
    const rows = await this.sql.query<{ basis: string; n: number }>(
      'select basis, count(*)::int as n from part group by basis',
    );
    return Object.fromEntries(rows.map(({ basis, n }) => [basis, n]));
  }

  /** From the counts kept with the parts; part by part only while a hold may name some or a day's rows are still going. */
  async holdings(subject: SubjectRef): Promise<Holding[]> {
    const [asked] = await this.sql.query<{ single: boolean }>(
      `select ${holdMayReach('$1')} or exists (select 1 from disposal where state <> 'swept') as single`,
      [subject],
    );
    return asked?.single === true ? this.holdingsByPart(subject) : this.holdingsCounted(subject);
  }

  /** As `holdingsByPart` answers it where no hold reaches the person and no day is being disposed of. */
  async holdingsCounted(subject: SubjectRef): Promise<Holding[]> {
    const rows = await this.sql.query<Omit<Holding, 'floor'> & { floor: string | null }>(
      `select c.compartment, c.class, c.custody, c.method, sum(c.parts)::int as parts, max(coalesce(c.floor, d.floor))::text as floor,
         bool_or(case when c.matter is null then not c.dated else d.day is null end) as waiting, 0 as held, coalesce(max(r.n), 0)::int as restricted
       from holding c left join matter_date d on d.tenant = c.tenant and d.matter = c.matter and d.class = c.class
       left join (select compartment, class, custody, method, count(*) as n from part where subject = $1 and restricted group by 1, 2, 3, 4) r
         on (r.compartment, r.class, r.custody, r.method) = (c.compartment, c.class, c.custody, c.method)
       where c.subject = $1 group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
      [subject],
    );
    return rows.map(({ floor, ...row }) => ({ ...row, ...(floor === null ? {} : { floor }) }));
  }

  async holdingsByPart(subject: SubjectRef): Promise<Holding[]> {
    const rows = await this.sql.query<{
      compartment: string;
      class: string;
      custody: 'lethe' | 'platform';
      method: Disposal;
      parts: number;
      floor: string | null;
      waiting: boolean;
      held: number;
      restricted: number;
    }>(
      `select p.compartment, p.class, p.custody, p.method, count(*)::int as parts, max(coalesce(p.floor, d.floor))::text as floor,
         bool_or((${DAY}) is null) as waiting, count(*) filter (where ${HELD})::int as held, count(*) filter (where p.restricted)::int as restricted
       ${FROM} where p.subject = $1 and (o."order" is null or p.kept) group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
      [subject],
    );
    return rows.map(({ floor, ...row }) => ({ ...row, ...(floor === null ? {} : { floor }) }));
  }

  async count(): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>('select count(*)::int as n from part');
    return row?.n ?? 0;
  }

  /** Sealed parts and the people they are about; of both, those that something keeps beyond their day. */
  async sealed(): Promise<{
    readonly sealed: { readonly parts: number; readonly people: number };
    readonly kept: { readonly parts: number; readonly people: number };
  }> {
    const [row] = await this.sql.query<{ parts: number; people: number; kept: number; keptPeople: number }>(
      `select count(*)::int as parts, count(distinct subject)::int as people,
              (count(*) filter (where kept))::int as kept, (count(distinct subject) filter (where kept))::int as "keptPeople"
         from part where sealed is not null`,
    );
    return {
      sealed: { parts: row?.parts ?? 0, people: row?.people ?? 0 },
      kept: { parts: row?.kept ?? 0, people: row?.keptPeople ?? 0 },
    };
  }

  async restrictedNow(): Promise<{ parts: number; until?: Day }> {
    const [row] = await this.sql.query<{ parts: number; until: string | null }>(
      `select count(*)::int as parts, max(coalesce(p.restricted_until, ${DAY}))::text as until ${FROM} where p.restricted`,
    );
    return { parts: row?.parts ?? 0, ...(row?.until ? { until: row.until } : {}) };
  }

  /** Everything of one slot that is counted for a day no order has closed, or that waits. */
  async talliesOf(slot: number): Promise<SlotTally[]> {
    const rows = await this.sql.query<{
      class: string;
      disposal: string | null;
      matter: string | null;
      subject: string | null;
      custody: SlotTally['custody'];
      method: Disposal;
      floor: string | null;
      limit: string | null;
      parts: number;
    }>(
      `select class, day::text as disposal, matter, subject, custody, method, max(floor)::text as floor, min(limit_on)::text as "limit", count(*)::int as parts
         from (select p.class, ${DAY} as day, case when ${DAY} is null then p.matter end as matter, case when ${DAY} is null then p.subject end as subject,
                      p.custody, p.method, coalesce(p.floor, d.floor) as floor, case when ${DAY} is null then coalesce(p.limit_on, d.limit_on) end as limit_on
               ${FROM} where p.slot = $1 and o."order" is null) each
        group by 1, day, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6`,
      [slot],
    );
    return rows.map(({ disposal, matter, subject, floor, limit, ...row }) => ({
      ...row,
      ...(disposal === null ? {} : { disposal }),
      ...(matter === null ? {} : { matter: matter as MatterId }),
      ...(subject === null ? {} : { subject: subject as SubjectRef }),
      ...(floor === null ? {} : { floor }),
      ...(limit === null ? {} : { limit }),
    }));
  }
}
