import { Fault, type Sql, type SubjectRef, type TenantId } from '@lethe/kernel';
import type { ConsentLevel } from '@lethe/policy';
import type { ConsentState, PersonState, Standing } from '../domain/act.ts';

/** One row of the history, as it is written. Never altered afterwards. */
export interface HistoryRow {
  readonly subject: SubjectRef;
  readonly purpose: string;
  readonly version: number;
  readonly consent: string;
  readonly state: ConsentState;
  readonly level: ConsentLevel;
  readonly notice: string;
  readonly channel: string | undefined;
  readonly implied: boolean;
  readonly bundled: boolean;
  readonly choice: string | undefined;
  readonly language: string | undefined;
  readonly shown: string | undefined;
  readonly route: string | undefined;
  readonly imported: boolean;
  readonly fields: readonly string[] | undefined;
  /** `at`, `level`, `notice`: what of it is not known. */
  readonly unknown: readonly string[];
  readonly statedBy: 'backend' | 'subject';
  readonly event: string;
  readonly at: Date;
  readonly recordedAt: Date;
  readonly disposeOn: string;
}

export interface PersonRow {
  readonly subject: SubjectRef;
  readonly state: PersonState;
}

const STATE = `case when restricted_at is not null then 'restricted' when frozen_by is not null then 'frozen' else 'open' end`;

/** How the order of an erasure was answered: evidence is kept, so what was found is restricted. */
export interface Answered {
  readonly erasure: string;
  readonly found: number;
}

/** The SQL of consents and guardians, inside one transaction of one tenant. */
export class ConsentStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** Takes the row locks of these persons, always in one order: whoever holds them alone writes their history. */
  async lockPersons(subjects: readonly SubjectRef[]): Promise<ReadonlyMap<string, PersonRow>> {
    const sorted = [...new Set(subjects)].sort();
    await this.sql.query(
      `insert into person (tenant, subject) select $1, s from unnest($2::text[]) as s order by s on conflict do nothing`,
      [this.tenant, sorted],
    );
    const rows = await this.sql.query<PersonRow>(
      `select subject, ${STATE} as state from person where tenant = $1 and subject = any($2) order by subject for update`,
      [this.tenant, sorted],
    );
    return new Map(rows.map((row) => [row.subject, row]));
  }

  /** The state of a person; `open` for one nobody has told us of. */
  async personState(subject: SubjectRef): Promise<PersonState> {
    const [row] = await this.sql.query<PersonRow>(
      `select ${STATE} as state from person where tenant = $1 and subject = $2`,
      [this.tenant, subject],
    );
    return row?.state ?? 'open';
  }

  /** The latest row of each (person, purpose), by `standingKey`. */
  async standings(subjects: readonly SubjectRef[]): Promise<Map<string, Standing>> {
    const rows = await this.sql.query<Standing & { subject: SubjectRef; purpose: string }>(
      `select distinct on (subject, purpose) subject, purpose, version, consent, state, at, recorded_at as "recordedAt"
         from consent_history where tenant = $1 and subject = any($2)
        order by subject, purpose, version desc`,
      [this.tenant, [...new Set(subjects)]],
    );
    return new Map(rows.map(({ subject, purpose, ...standing }) => [standingKey(subject, purpose), standing]));
  }

  /** How many people stand by a yes to each purpose, by the notice they gave it under. */
  async counts(): Promise<{ purpose: string; notice: string; people: number }[]> {
    return this.sql.query(
      `select purpose, notice, count(*)::int as people from (
         select distinct on (subject, purpose) purpose, notice, state from consent_history
          join person using (tenant, subject)
          where tenant = $1 and restricted_at is null order by subject, purpose, version desc) latest
        where state = 'given' group by purpose, notice order by purpose, notice`,
      [this.tenant],
    );
  }

  /** People whose consents stand, by ref: those of an erased person are evidence, and nobody acts on them any more. */
  async people(after: SubjectRef | undefined, limit: number): Promise<SubjectRef[]> {
    const rows = await this.sql.query<{ subject: SubjectRef }>(
      `select subject from person where tenant = $1 and restricted_at is null and subject > $2 order by subject limit $3`,
      [this.tenant, after ?? '', limit],
    );
    return rows.map(({ subject }) => subject);
  }

  /** The latest act of each of these people on each purpose, and the latest withdrawal: what was under it has to go, whatever came after. */
  async latest(subjects: readonly SubjectRef[]): Promise<(ConsentRow & { readonly subject: SubjectRef })[]> {
    return this.sql.query(
      `(select distinct on (subject, purpose) subject, ${ROW} from consent_history where tenant = $1 and subject = any($2)
          order by subject, purpose, version desc)
       union
       (select distinct on (subject, purpose) subject, ${ROW} from consent_history
          where tenant = $1 and subject = any($2) and state = 'withdrawn' order by subject, purpose, version desc)
       order by subject, purpose, version`,
      [this.tenant, subjects],
    );
  }

  /** The announcement of one row, by which services are asked whether they have applied it. */
  async eventOf(consent: string): Promise<string> {
    const [row] = await this.sql.query<{ event: string }>(
      `select event from consent_history where tenant = $1 and consent = $2`,
      [this.tenant, consent],
    );
    if (!row) throw new Fault('missing', 'consent/no-such-consent', 'no such consent');
    return row.event;
  }

  async append(rows: readonly HistoryRow[]): Promise<void> {
    const column = <Key extends keyof HistoryRow>(key: Key) => rows.map((row) => row[key] ?? null);
    await this.sql.query(
      `insert into consent_history
         (tenant, subject, purpose, version, consent, state, level, notice, channel, stated_by, event, at, recorded_at, dispose_on,
          implied, bundled, choice, language, shown, route, imported, unknown, fields)
       select $1, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, string_to_array(u, ' '), string_to_array(v, ' ') from unnest($2::text[], $3::text[], $4::int[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
                                $10::text[], $11::uuid[], $12::timestamptz[], $13::timestamptz[], $14::date[],
                                $15::boolean[], $16::boolean[], $17::text[], $18::text[], $19::uuid[], $20::text[],
                                $21::boolean[], $22::text[], $23::text[]) as x(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v)`,
      [
        this.tenant,
        column('subject'),
        column('purpose'),
        column('version'),
        column('consent'),
        column('state'),
        column('level'),
        column('notice'),
        column('channel'),
        column('statedBy'),
        column('event'),
        column('at'),
        column('recordedAt'),
        column('disposeOn'),
        column('implied'),
        column('bundled'),
        column('choice'),
        column('language'),
        column('shown'),
        column('route'),
        column('imported'),
        rows.map(({ unknown }) => unknown.join(' ')),
        rows.map(({ fields }) => fields?.join(' ') ?? null),
      ],
    );
  }

  /** What stood, and was enforced, at an instant of legal time: for each purpose the last row recorded by then. */
  async consentsAt(subject: SubjectRef, at: Date): Promise<ConsentRow[]> {
    return this.sql.query<ConsentRow>(
      `select distinct on (purpose) ${ROW} from consent_history where tenant = $1 and subject = $2 and recorded_at <= $3
        order by purpose, version desc`,
      [this.tenant, subject, at],
    );
  }

  /** Every act of a person, in the order in which they were recorded. */
  async historyOf(subject: SubjectRef): Promise<(ConsentRow & { readonly recordedAt: Date })[]> {
    return this.sql.query(
      `select ${ROW}, recorded_at as "recordedAt" from consent_history where tenant = $1 and subject = $2
        order by recorded_at, purpose, version`,
      [this.tenant, subject],
    );
  }

  /** Imported acts of these people: a line that is sent again is known by them. */
  async imported(subjects: readonly SubjectRef[]): Promise<(ConsentRow & { readonly subject: SubjectRef })[]> {
    return this.sql.query(
      `select subject, ${ROW} from consent_history where tenant = $1 and subject = any($2) and imported`,
      [this.tenant, [...new Set(subjects)]],
    );
  }

  /** One act with all that was written about it; undefined for one of another tenant. */
  async act(consent: string): Promise<RecordedAct | undefined> {
    const [row] = await this.sql.query<RecordedAct>(
      `select subject, ${ROW}, bundled, language, shown, stated_by as "statedBy", recorded_at as "recordedAt", dispose_on::text as "disposeOn"
         from consent_history where tenant = $1 and consent = $2`,
      [this.tenant, consent],
    );
    return row;
  }

  /** The same for who asks: a person sees their own, and nobody but an officer what is kept as evidence alone. */
  async visibleAct(
    { role, subject }: { readonly role: string; readonly subject?: SubjectRef | undefined },
    consent: string,
  ): Promise<RecordedAct | undefined> {
    const found = await this.act(consent);
    const hidden =
      found !== undefined &&
      ((role === 'subject' && subject !== found.subject) ||
        (role !== 'officer' && (await this.personState(found.subject)) === 'restricted'));
    return hidden ? undefined : found;
  }

  /** From here on nothing is given for this person. A second telling changes nothing. */
  async freeze(subject: SubjectRef, erasure: string, number: number): Promise<void> {
    await this.sql.query(
      `insert into person (tenant, subject, frozen_by, freeze_number) values ($1, $2, $3, $4)
       on conflict (tenant, subject) do update set frozen_by = excluded.frozen_by, freeze_number = excluded.freeze_number`,
      [this.tenant, subject, erasure, number],
    );
  }

  /** Where the freeze of this person stood in the slot's stream; 0 when none was heard. */
  async freezeNumber(subject: SubjectRef): Promise<number> {
    const [row] = await this.sql.query<{ number: string | null }>(
      `select freeze_number::text as number from person where tenant = $1 and subject = $2`,
      [this.tenant, subject],
    );
    return Number(row?.number ?? 0);
  }

  async unfreeze(subject: SubjectRef, erasure: string): Promise<void> {
    await this.sql.query(
      `update person set frozen_by = null where tenant = $1 and subject = $2 and frozen_by = $3 and restricted_at is null`,
      [this.tenant, subject, erasure],
    );
  }

  /** Nobody but an officer reads this person's evidence from here on; the rows stay as they are until their date. */
  async restrict(subject: SubjectRef, now: Date): Promise<void> {
    await this.sql.query(
      `insert into person (tenant, subject, restricted_at) values ($1, $2, $3)
       on conflict (tenant, subject) do update set restricted_at = coalesce(person.restricted_at, excluded.restricted_at)`,
      [this.tenant, subject, now],
    );
  }

  /** How an order of an erasure is answered, kept for whoever loses the answer. */
  async answered(subject: SubjectRef, answer: Answered): Promise<void> {
    await this.sql.query('update person set answered = $3 where tenant = $1 and subject = $2', [
      this.tenant,
      subject,
      JSON.stringify(answer),
    ]);
  }

  /** People who are frozen or of whom an order was answered, by ref. */
  async erasing(
    after: SubjectRef | undefined,
    limit: number,
  ): Promise<{ readonly subject: SubjectRef; readonly frozenBy: string | null; readonly answer: Answered | null }[]> {
    return this.sql.query(
      `select subject, case when restricted_at is null then frozen_by end as "frozenBy", answered as answer from person
        where tenant = $1 and (frozen_by is not null or answered is not null) and subject > $2 order by subject limit $3`,
      [this.tenant, after ?? '', limit],
    );
  }

  /** How many rows of evidence there are of a person. */
  async countEvidence(subject: SubjectRef): Promise<number> {
    const [row] = await this.sql.query<{ rows: number }>(
      `select ((select count(*) from consent_history where tenant = $1 and subject = $2)
             + (select count(*) from guardian_history where tenant = $1 and subject = $2)
             + (select count(*) from notice_shown where tenant = $1 and subject = $2))::int as rows`,
      [this.tenant, subject],
    );
    return row?.rows ?? 0;
  }
}

export interface ConsentRow {
  readonly purpose: string;
  readonly consent: string;
  readonly state: ConsentState;
  readonly level: ConsentLevel;
  readonly notice: string;
  readonly version: number;
  readonly at: Date;
  readonly channel: string | null;
  readonly implied: boolean;
  readonly choice: string | null;
  readonly route: string | null;
  readonly imported: boolean;
  readonly unknown: readonly string[];
  readonly fields: readonly string[] | null;
}

export interface RecordedAct extends ConsentRow {
  readonly subject: SubjectRef;
  readonly bundled: boolean;
  readonly language: string | null;
  readonly shown: string | null;
  readonly statedBy: 'backend' | 'subject';
  readonly recordedAt: Date;
  readonly disposeOn: string;
}

const ROW =
  'purpose, consent, state, level, notice, version, at, channel, implied, choice, route, imported, unknown, fields';

export const standingKey = (subject: string, purpose: string): string => `${subject} ${purpose}`;
