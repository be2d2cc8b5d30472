import type { Day, Sql, SubjectRef, TenantId, Zone } from '@lethe/kernel';
import type { HoldScope, HoldState, Late } from '../domain/hold.ts';

export interface HoldRow {
  readonly hold: string;
  readonly scope: HoldScope;
  readonly reason: string;
  readonly authority: string;
  readonly placedBy: string;
  readonly placedAt: Date;
  readonly reviewOn: string;
  readonly state: HoldState;
  readonly parts: number;
  readonly tooLate: readonly Late[];
  readonly releasedAt: Date | null;
  readonly reviewedAt: Date | null;
  readonly reviewedBy: string | null;
}

const COLUMNS = `hold, scope, reason, authority, placed_by as "placedBy", placed_at as "placedAt", review_on::text as "reviewOn", state,
  parts::int as parts, case when too_late = '[]' and too_late_for is not null then jsonb_build_array(jsonb_build_object('order', too_late_for, 'parts', parts)) else too_late end as "tooLate", released_at as "releasedAt", reviewed_at as "reviewedAt",
  reviewed_by as "reviewedBy"`;

/** The SQL of holds, inside one transaction of one tenant. */
export class HoldStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  async add(
    hold: Pick<HoldRow, 'hold' | 'scope' | 'reason' | 'authority' | 'placedBy' | 'placedAt' | 'reviewOn'>,
  ): Promise<void> {
    const { scope } = hold;
    await this.sql.query(
      `insert into hold (tenant, hold, scope, kind, subject, reason, authority, placed_by, placed_at, review_on, state)
       values ($1, $2, $3::jsonb, $4, $5, $6, $7, $8, $9, $10, 'placing')`,
      [
        this.tenant,
        hold.hold,
        JSON.stringify(scope),
        scope.kind,
        'subject' in scope ? scope.subject : null,
        hold.reason,
        hold.authority,
        hold.placedBy,
        hold.placedAt,
        hold.reviewOn,
      ],
    );
  }

  async get(hold: string): Promise<HoldRow | undefined> {
    const [row] = await this.sql.query<HoldRow>(`select ${COLUMNS} from hold where tenant = $1 and hold = $2`, [
      this.tenant,
      hold,
    ]);
    return row;
  }

  async lock(hold: string): Promise<HoldRow | undefined> {
    const [row] = await this.sql.query<HoldRow>(
      `select ${COLUMNS} from hold where tenant = $1 and hold = $2 for update`,
      [this.tenant, hold],
    );
    return row;
  }

  /** What collection said: adds the parts it found in one more slot. */
  async record(hold: string, state: HoldState, parts: number, tooLate: readonly Late[]): Promise<void> {
    await this.sql.query(
      `update hold set state = $3, parts = parts + $4, too_late = $5::jsonb where tenant = $1 and hold = $2`,
      [this.tenant, hold, state, parts, JSON.stringify(tooLate)],
    );
  }

  /** Somebody has looked at the hold, and it stands until another day. */
  async review(hold: string, by: string, at: Date, reviewOn: string): Promise<void> {
    await this.sql.query(
      `update hold set review_on = $5::date, reviewed_by = $3, reviewed_at = $4 where tenant = $1 and hold = $2`,
      [this.tenant, hold, by, at, reviewOn],
    );
  }

  async release(hold: string, by: string, at: Date): Promise<void> {
    await this.sql.query(
      `update hold set state = 'released', released_by = $3, released_at = $4 where tenant = $1 and hold = $2`,
      [this.tenant, hold, by, at],
    );
  }

  async markLifted(hold: string, at: Date): Promise<void> {
    await this.sql.query(`update hold set lifted_at = coalesce(lifted_at, $3) where tenant = $1 and hold = $2`, [
      this.tenant,
      hold,
      at,
    ]);
  }

  async all(): Promise<HoldRow[]> {
    return this.sql.query<HoldRow>(`select ${COLUMNS} from hold where tenant = $1 order by placed_at desc, hold`, [
      this.tenant,
    ]);
  }

  /** Those that stand or are being placed, and those that were released and of which nobody has said that they are lifted. */
  async unsettled(): Promise<HoldRow[]> {
    return this.sql.query<HoldRow>(
      `select ${COLUMNS} from hold where tenant = $1
          and (state in ('placing', 'in-force') or (state = 'released' and lifted_at is null)) order by placed_at, hold`,
      [this.tenant],
    );
  }

  /** Holds that are being placed, and those in force on the whole tenant. */
  async beforeOrders(): Promise<HoldRow[]> {
    return this.sql.query<HoldRow>(
      `select ${COLUMNS} from hold where tenant = $1 and (state = 'placing' or (state = 'in-force' and kind = 'tenant'))`,
      [this.tenant],
    );
  }

  /** Those that were placed before this instant of legal time and that collection has not answered. */
  async unanswered(before: Date, zone: Zone): Promise<{ readonly hold: string; readonly since: Day }[]> {
    return this.sql.query(
      `select hold::text as hold, (placed_at at time zone $3)::date::text as since from hold
        where tenant = $1 and state = 'placing' and placed_at <= $2 order by hold`,
      [this.tenant, before, zone],
    );
  }

  async countOf(subject: SubjectRef): Promise<number> {
    const [row] = await this.sql.query<{ holds: number }>(
      `select count(*)::int as holds from hold where tenant = $1 and subject = $2`,
      [this.tenant, subject],
    );
    return row?.holds ?? 0;
  }
}
