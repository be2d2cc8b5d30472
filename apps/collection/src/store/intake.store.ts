import type { Day, Sql, SubjectRef, TenantId } from '@lethe/kernel';

/** An idempotency key as it is remembered: HMACs and the first answer, made of references only. */
export interface Remembered {
  readonly keyHmac: Buffer;
  readonly bodyHmac: Buffer;
  readonly submission: string;
  readonly subject: SubjectRef;
  readonly slot: number;
  readonly answer: unknown;
}

/** Evidence of a refusal: never the data. */
export interface RefusalEvidence {
  readonly submission: string;
  readonly subject: SubjectRef;
  /** Absent where the purpose is not one the pack declares: what was sent is not repeated. */
  readonly purpose?: string | undefined;
  readonly code: string;
  readonly clause?: string | undefined;
  /** The declared field's name. */
  readonly field?: string | undefined;
  readonly notice?: string | undefined;
  /** Only recorded: the tenant is in shadow mode. */
  readonly shadow: boolean;
}

/*
 * A matter's date of a class that no part needs: it has come, and whatever is still submitted is already due, or its owner has been
 * erased. Of a matter without any part it stays until the matter's name can go too (`Matters.forgetOver`). With it go the anchors of an erased owner, once no part of the matter is left.
 */
const MATTERS_OVER = `with over as (delete from matter_date where (tenant, matter, class) in (
    select d.tenant, d.matter, d.class from matter_date d left join subject_state s on s.tenant = d.tenant and s.subject = d.subject
     where (s.erased_entry is not null
         or d.day <= $1::date and exists (select 1 from part p where p.tenant = d.tenant and p.matter = d.matter))
       and not exists (select 1 from part p where p.tenant = d.tenant and p.matter = d.matter and p.class = d.class) limit $2)
    returning tenant, matter),
  anchors as (delete from matter_anchor a using subject_state s
     where (a.tenant, a.matter) in (select tenant, matter from over) and s.tenant = a.tenant and s.subject = a.subject
       and s.erased_entry is not null and not exists (select 1 from part p where p.tenant = a.tenant and p.matter = a.matter))
  select count(*)::int as n from over`;

export type Happening = 'admitted' | 'refused' | 'anonymized' | 'deleted' | 'erased' | 'shadowed' | 'dropped';

/** Submissions, evidence of refusals and counts of one tenant, inside one transaction. */
export class IntakeStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** What was answered under these keys before, by the key's HMAC in hex. */
  async remembered(
    keyHmacs: readonly Buffer[],
  ): Promise<Map<string, { readonly bodyHmac: Buffer; readonly answer: unknown }>> {
    const rows = await this.sql.query<{ key_hmac: Buffer; body_hmac: Buffer; answer: unknown }>(
      /* One probe of the key a submission: asked for as a list, a table whose statistics are old is read through. */
      `select s.key_hmac, s.body_hmac, s.answer from unnest($1::bytea[]) as k(key)
       cross join lateral (select key_hmac, body_hmac, answer from submission where tenant = $2 and key_hmac = k.key limit 1) s`,
      [keyHmacs, this.tenant],
    );
    return new Map(rows.map((row) => [row.key_hmac.toString('hex'), { bodyHmac: row.body_hmac, answer: row.answer }]));
  }

  /**
   * Remembers answers under their keys. False if another batch was first with one of them: nothing of this batch may
   * then be committed, and the batch is tried again against what that one wrote.
   */
  async remember(answers: readonly Remembered[], now: Date): Promise<boolean> {
    if (answers.length === 0) return true;
    /* In the order of the keys, so that two batches with the same keys wait for each other instead of deadlocking. */
    const sorted = [...answers].sort((a, b) => Buffer.compare(a.keyHmac, b.keyHmac));
    const [row] = await this.sql.query<{ n: number }>(
      `with added as (
         insert into submission (tenant, key_hmac, body_hmac, submission, subject, slot, answer, at)
         select $1, a.key_hmac, a.body_hmac, a.submission, a.subject, a.slot, a.answer::jsonb, $2
         from unnest($3::bytea[], $4::bytea[], $5::uuid[], $6::text[], $7::int[], string_to_array($8, e'\\n')) as a(key_hmac, body_hmac, submission, subject, slot, answer)
         on conflict do nothing returning 1)
       select count(*)::int as n from added`,
      [
        this.tenant,
        now,
        sorted.map((each) => each.keyHmac),
        sorted.map((each) => each.bodyHmac),
        sorted.map((each) => each.submission),
        sorted.map((each) => each.subject),
        sorted.map((each) => each.slot),
        // A line each: cheaper than an array of texts full of quotes, and no JSON has a line break of its own.
        sorted.map((each) => JSON.stringify(each.answer)).join('\n'),
      ],
    );
    return row?.n === answers.length;
  }

  async addRefusals(refusals: readonly RefusalEvidence[], at: Date, disposeOn: Day): Promise<void> {
    if (refusals.length === 0) return;
    await this.sql.query(
      `insert into refusal (tenant, submission, subject, purpose, code, clause, field, notice, shadow, at, dispose_on)
       select $1, r.*, $2, $3::date from unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::boolean[]) as r`,
      [
        this.tenant,
        at,
        disposeOn,
        refusals.map((each) => each.submission),
        refusals.map((each) => each.subject),
        refusals.map((each) => each.purpose ?? null),
        refusals.map((each) => each.code),
        refusals.map((each) => each.clause ?? null),
        refusals.map((each) => each.field ?? null),
        refusals.map((each) => each.notice ?? null),
        refusals.map((each) => each.shadow),
      ],
    );
  }

  /** Adds to the counts: a row each time, never a row that two batches must wait for. */
  async count(
    entries: readonly { what: Happening; code?: string | undefined; clause?: string | undefined; n: number }[],
    at: Date,
  ): Promise<void> {
    const some = entries.filter((entry) => entry.n > 0);
    if (some.length === 0) return;
    await this.sql.query(
      `insert into counted (tenant, counting, what, code, clause, n, at)
       select $1, gen_random_uuid(), c.*, $2 from unnest($3::text[], $4::text[], $5::text[], $6::bigint[]) as c`,
      [
        this.tenant,
        at,
        some.map((e) => e.what),
        some.map((e) => e.code ?? ''),
        some.map((e) => e.clause ?? ''),
        some.map((e) => e.n),
      ],
    );
  }

  async counts(): Promise<{ what: Happening; code: string; clause: string; n: number }[]> {
    return this.sql.query('select what, code, clause, sum(n)::int as n from counted group by what, code, clause');
  }

  /** Folds the counts together; what is being added meanwhile is left for the next time. */
  async compactCounts(): Promise<void> {
    await this.sql.query(
      `with taken as (delete from counted where counting in (select counting from counted order by at limit 10000 for update skip locked) returning what, code, clause, n, at)
       insert into counted (tenant, counting, what, code, clause, n, at)
       select $1, gen_random_uuid(), what, code, clause, sum(n), max(at) from taken group by what, code, clause`,
      [this.tenant],
    );
  }

  /**
   * Forgets idempotency keys older than `before` (machine time), evidence whose day has come (legal), and dates
   * of matters that no part needs any more.
   */
  async prune(before: Date, today: Day, batch: number): Promise<number> {
    const gone = async (statement: string, values: readonly unknown[]) =>
      (await this.sql.query<{ n: number }>(statement, values))[0]?.n ?? 0;
    const chunk = (table: string, key: string, where: string) =>
      `with gone as (delete from ${table} where (tenant, ${key}) in (select tenant, ${key} from ${table} where ${where} limit $2) returning 1) select count(*)::int as n from gone`;
    return (
      (await gone(chunk('submission', 'key_hmac', 'at < $1'), [before, batch])) +
      (await gone(chunk('refusal', 'submission', 'dispose_on <= $1::date'), [today, batch])) +
      (await gone(chunk('opening', 'opening', 'dispose_on <= $1::date'), [today, batch])) +
      (await gone(chunk('control_evidence', 'filing', 'dispose_on <= $1::date'), [today, batch])) +
      (await gone(MATTERS_OVER, [today, batch]))
    );
  }

  /** Copies of one person are judged one after the other. */
  async lockCopies(subject: SubjectRef): Promise<void> {
    await this.sql.query(`select pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 7422))`, [
      this.tenant,
      subject,
    ]);
  }

  /** Copies a person was given on one local day. */
  async copiesOn(subject: SubjectRef, day: Day, zone: string): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>(
      `select count(*)::int as n from opening where subject = $1 and kind = 'copy' and refused = 0
         and at >= ($2::date)::timestamp at time zone $3 and at < ($2::date + 1)::timestamp at time zone $3`,
      [subject, day, zone],
    );
    return row?.n ?? 0;
  }

  async addOpening(
    opening: {
      readonly opening: string;
      readonly actor: string;
      /** `copy`: a person asked for one; `access`: everything of a person was read; `release`: anonymized results were asked for. */
      readonly kind: 'open' | 'access' | 'release' | 'copy';
      readonly purpose?: string | undefined;
      readonly subject?: SubjectRef | undefined;
      readonly parts: readonly string[];
      readonly fields: readonly string[];
      readonly refused: number;
      readonly staff?: string | undefined;
    },
    at: Date,
    disposeOn: Day,
  ): Promise<void> {
    await this.sql.query(
      `insert into opening (tenant, opening, actor, kind, purpose, subject, parts, fields, refused, at, dispose_on, staff)
       values ($1, $2, $3, $4, $5, $6, $7::uuid[], $8::text[], $9, $10, $11::date, $12)`,
      [
        this.tenant,
        opening.opening,
        opening.actor,
        opening.kind,
        opening.purpose ?? null,
        opening.subject ?? null,
        opening.parts,
        opening.fields,
        opening.refused,
        at,
        disposeOn,
        opening.staff ?? null,
      ],
    );
  }
}
