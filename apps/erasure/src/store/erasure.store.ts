import type { Day, SubjectRef, TenantId, Transaction } from '@lethe/kernel';
import { stillOpens, type Gone } from '../domain/openers.ts';
import { CLOSED, type StandsAt } from '../domain/saga.ts';
import {
  NOTHING,
  type ErasureRequest,
  type Progress,
  type Scope,
  type SagaFacts,
  type Statement,
} from '../domain/request.ts';
import { CertificateStore } from './certificate.store.ts';
import { participantOf, requestOf, type ParticipantRow, type RequestRow } from './rows.ts';

/** What a request is made of when it comes in. */
export interface NewRequest {
  readonly request: string;
  readonly subject: SubjectRef;
  readonly kind: ErasureRequest['kind'];
  readonly ground: string;
  readonly idempotency: string;
  readonly asked: string;
  readonly receipt: string;
  readonly deadline: Day;
  readonly receivedAt: Date;
  readonly disposeOn: Day;
  /** Machine time. */
  readonly lookAt: Date;
}

/** A stored request: what the saga sees, and what is told of it. */
export interface StoredRequest extends ErasureRequest {
  readonly row: RequestRow;
  readonly statements: readonly ParticipantRow[];
}

/** What went by a request, as its final statement is about it. */
export const goneOf = ({ row, scope }: StoredRequest): Gone => ({
  deadBy: row.keys_dead_by,
  unreadableFrom: row.effective_at,
  scope: scope ?? NOTHING,
});

/** All the SQL about requests. The tenant has been entered. */
export class ErasureStore {
  constructor(
    private readonly sql: Transaction,
    private readonly tenant: TenantId,
  ) {}

  /** Two who ask for the same person at once come one after the other. */
  async lockPerson(subject: SubjectRef): Promise<void> {
    await this.sql.query(`select pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 7420))`, [
      this.tenant,
      subject,
    ]);
  }

  async byIdempotency(idempotency: string): Promise<RequestRow | undefined> {
    const [row] = await this.sql.query<RequestRow>('select * from request where tenant = $1 and idempotency = $2', [
      this.tenant,
      idempotency,
    ]);
    return row;
  }

  /** The person's request, unless it was refused: a person is erased once. */
  async ofSubject(subject: SubjectRef): Promise<RequestRow | undefined> {
    const [row] = await this.sql.query<RequestRow>(
      `select * from request where tenant = $1 and subject = $2 and progress <> 'refused'`,
      [this.tenant, subject],
    );
    return row;
  }

  async add(one: NewRequest): Promise<void> {
    await this.sql.query(
      `insert into request (tenant, request, subject, kind, ground, idempotency, asked, receipt, progress, deadline, received_at, dispose_on, look_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, 'received', $9, $10, $11, $12)`,
      [
        this.tenant,
        one.request,
        one.subject,
        one.kind,
        one.ground,
        one.idempotency,
        one.asked,
        one.receipt,
        one.deadline,
        one.receivedAt,
        one.disposeOn,
        one.lookAt,
      ],
    );
  }

  /** `lock`: nobody else decides about it until this transaction ends. */
  async find(request: string, lock: 'lock' | 'look' = 'look'): Promise<StoredRequest | undefined> {
    const [row] = await this.sql.query<RequestRow>(
      `select * from request where tenant = $1 and request = $2 ${lock === 'lock' ? 'for update' : ''}`,
      [this.tenant, request],
    );
    if (!row) return undefined;
    const statements = await this.sql.query<ParticipantRow>(
      'select * from request_participant where tenant = $1 and request = $2 order by participant',
      [this.tenant, request],
    );
    return { ...requestOf(row), participants: statements.map(participantOf), row, statements };
  }

  /** The requests after one, in their order; from the first where none is named. */
  async after(request: string | undefined, limit: number): Promise<RequestRow[]> {
    return this.sql.query<RequestRow>(
      'select * from request where tenant = $1 and ($2::uuid is null or request > $2) order by request limit $3',
      [this.tenant, request ?? null, limit],
    );
  }

  /** Those that are ordered, each with who takes part. */
  async ordered(): Promise<StoredRequest[]> {
    const rows = await this.sql.query<{ request: string }>(
      `select request from request where tenant = $1 and progress = 'ordered' order by request`,
      [this.tenant],
    );
    const found: StoredRequest[] = [];
    for (const { request } of rows) {
      const one = await this.find(request);
      if (one) found.push(one);
    }
    return found;
  }

  /** @param of `lateOn`: only those that are open and late on that day; `after`: only those behind this one */
  async newest(
    at: StandsAt | undefined,
    limit: number,
    of: { readonly after?: string | undefined; readonly lateOn?: Day | undefined },
  ): Promise<RequestRow[]> {
    return this.sql.query<RequestRow>(
      `select * from request where tenant = $1 and ($2::text[] is null or progress = any($2)) and ($4::uuid is null or request < $4)
          and ($5::date is null or (deadline < $5 and progress <> all ($6::text[])))
          and ($7::boolean is null or (escalated_at is not null) = $7) order by request desc limit $3`,
      [this.tenant, at?.progress ?? null, limit, of.after ?? null, of.lateOn ?? null, CLOSED, at?.escalated ?? null],
    );
  }

  async counts(): Promise<{ progress: Progress; escalated: boolean; count: number }[]> {
    return this.sql.query(
      'select progress, escalated_at is not null as escalated, count(*) as count from request where tenant = $1 group by 1, 2',
      [this.tenant],
    );
  }

  /** Requests to look at: their moment has come (machine time), or their deadline has passed and nobody was told. */
  async due(machineNow: Date, today: Day, limit: number): Promise<string[]> {
    const rows = await this.sql.query<{ request: string }>(
      `select request from request where tenant = $1 and progress not in ('final', 'refused')
         and (look_at <= $2 or (deadline < $3 and escalated_at is null and progress <> 'certified'))
       order by look_at limit $4`,
      [this.tenant, machineNow, today, limit],
    );
    return rows.map(({ request }) => request);
  }

  /** Whether any request still has a step to come. */
  async hasOpen(): Promise<boolean> {
    const rows = await this.sql.query(
      `select 1 from request where tenant = $1 and progress not in ('final', 'refused') limit 1`,
      [this.tenant],
    );
    return rows.length > 0;
  }

  /** Writes columns of one request; names come from this code only. */
  async set(
    request: string,
    values: Partial<Omit<RequestRow, 'tenant' | 'request' | 'scope'>> & { readonly scope?: Scope },
  ): Promise<void> {
    const entries = Object.entries(values);
    const assignments = entries.map(([column], index) => `${column} = $${String(index + 3)}`).join(', ');
    const rows = await this.sql.query(
      `update request set ${assignments} where tenant = $1 and request = $2 returning request`,
      [this.tenant, request, ...entries.map(([column, value]) => (column === 'scope' ? JSON.stringify(value) : value))],
    );
    if (rows.length !== 1) throw new Error('the request is not there');
  }

  async takeNote(
    request: string,
    participants: readonly { participant: string; kind: 'service' | 'platform' }[],
    registryVersion: number,
  ): Promise<void> {
    await this.sql.query(
      `insert into request_participant (tenant, request, participant, kind, registry_version)
       select $1, $2, participant, kind, $5 from unnest($3::text[], $4::text[]) as new (participant, kind) on conflict do nothing`,
      [
        this.tenant,
        request,
        participants.map((one) => one.participant),
        participants.map((one) => one.kind),
        registryVersion,
      ],
    );
  }

  /** False when the participant takes no part in the request. The highest position counts: telling twice undoes nothing. */
  async frozen(request: string, participant: string, position: number): Promise<boolean> {
    const rows = await this.sql.query(
      `update request_participant set frozen_position = greatest(frozen_position, $4) where tenant = $1 and request = $2 and participant = $3 returning participant`,
      [this.tenant, request, participant, position],
    );
    return rows.length === 1;
  }

  async done(request: string, participant: string, statement: Statement, at: Date): Promise<boolean> {
    const rows = await this.sql.query(
      `update request_participant set found = $4, deleted = $5, restricted = $6, rescan = $7, position = $8, done_at = $9,
              closed_at = null, closed_by = null, closed_because = null
        where tenant = $1 and request = $2 and participant = $3 returning participant`,
      [
        this.tenant,
        request,
        participant,
        statement.found,
        statement.deleted,
        statement.restricted,
        statement.rescan,
        statement.position,
        at,
      ],
    );
    return rows.length === 1;
  }

  async disbelieve(request: string, participant: string): Promise<boolean> {
    const rows = await this.sql.query(
      'update request_participant set disbelieved = disbelieved + 1 where tenant = $1 and request = $2 and participant = $3 returning participant',
      [this.tenant, request, participant],
    );
    return rows.length === 1;
  }

  async sagaFacts(one: StoredRequest, today: Day): Promise<SagaFacts> {
    const { progress, row } = one;
    if (progress !== 'certified' || row.certificate === null) return { today, stillOpens: [] };
    const epoch = await this.epochAfter(row.keys_dead_by);
    const backups = await new CertificateStore(this.sql, this.tenant).backups(row.certificate);
    // Retention is asked for its catalogue once nothing that is recorded here is left to wait for.
    return { today, stillOpens: stillOpens(goneOf(one), { epoch, backups, catalogue: [] }) };
  }

  /** The first epoch that ended with no copy left of a key that was dead by then. Machine time. */
  async epochAfter(deadBy: Date | null): Promise<{ epoch: number; before: Date; ended_at: Date } | undefined> {
    const [row] = await this.sql.query<{ epoch: number; before: Date; ended_at: Date }>(
      'select epoch, before, ended_at from epoch_ended where tenant = $1 and before >= $2 order by epoch limit 1',
      [this.tenant, deadBy],
    );
    return row;
  }

  async epochEnded(epoch: number, before: Date, endedAt: Date): Promise<void> {
    await this.sql.query(
      'insert into epoch_ended (tenant, epoch, before, ended_at) values ($1, $2, $3, $4) on conflict do nothing',
      [this.tenant, epoch, before, endedAt],
    );
  }

  async backupGone(backup: string, at: Date): Promise<void> {
    await this.sql.query(
      'insert into backup_gone (tenant, backup, gone_at) values ($1, $2, $3) on conflict do nothing',
      [this.tenant, backup, at],
    );
  }

  /** Requests that are over leave on their date, with their certificates and what the platform was told. How many. */
  async dispose(today: Day): Promise<number> {
    const gone = await this.sql.query<{ request: string }>(
      `delete from request where tenant = $1 and dispose_on <= $2 and progress in ('final', 'refused') returning request`,
      [this.tenant, today],
    );
    await this.sql.query(`delete from out_item where tenant = $1 and data ->> 'request' = any($2)`, [
      this.tenant,
      gone.map(({ request }) => request),
    ]);
    return gone.length;
  }

  /** Puts the next look off, unless somebody has asked for an earlier one since `seen` was read. */
  async lookAgain(request: string, seen: Date, at: Date): Promise<void> {
    await this.sql.query(
      'update request set look_at = $4, attempts = 0 where tenant = $1 and request = $2 and look_at = $3',
      [this.tenant, request, seen, at],
    );
  }

  /** Certified requests look again: what they wait for may have come. */
  async wakeCertified(machineNow: Date): Promise<void> {
    await this.sql.query(`update request set look_at = $2 where tenant = $1 and progress = 'certified'`, [
      this.tenant,
      machineNow,
    ]);
  }
}
