import { type Sql, type TenantId } from '@lethe/kernel';

export interface OpenedTenant {
  readonly pack: string;
  readonly packVersion: string;
  readonly packDigest: string;
  readonly movableClock: boolean;
  /** Legal time is machine time plus this, milliseconds. */
  readonly offsetMs: number;
}

export interface Proposal {
  readonly pack: string;
  readonly packVersion: string;
  readonly proposedBy: string;
  readonly confirmedAt: Date | null;
}

/** The SQL of tenants, inside one transaction of that tenant. */
export class TenantStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** False when the tenant is open already; then nothing is changed. */
  async open(opened: OpenedTenant, now: Date): Promise<boolean> {
    const rows = await this.sql.query(
      `insert into opened_tenant (tenant, pack, pack_version, pack_digest, movable_clock, offset_ms, opened_at)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning 1 as one`,
      [this.tenant, opened.pack, opened.packVersion, opened.packDigest, opened.movableClock, opened.offsetMs, now],
    );
    return rows.length === 1;
  }

  /** The tenant with its row lock: one clock moves at a time. */
  async lock(): Promise<OpenedTenant | undefined> {
    const [row] = await this.sql.query<OpenedTenant & { offsetMs: string }>(
      `select pack, pack_version as "packVersion", pack_digest as "packDigest", movable_clock as "movableClock", offset_ms::text as "offsetMs"
         from opened_tenant where tenant = $1 for update`,
      [this.tenant],
    );
    return row && { ...row, offsetMs: Number(row.offsetMs) };
  }

  /** The tenant as it was opened, and when (machine time). */
  async opened(): Promise<(OpenedTenant & { readonly openedAt: Date }) | undefined> {
    const [row] = await this.sql.query<OpenedTenant & { offsetMs: string; openedAt: Date }>(
      `select pack, pack_version as "packVersion", pack_digest as "packDigest", movable_clock as "movableClock",
              offset_ms::text as "offsetMs", opened_at as "openedAt" from opened_tenant where tenant = $1`,
      [this.tenant],
    );
    return row && { ...row, offsetMs: Number(row.offsetMs) };
  }

  /** From an instant of legal time on nothing is collected any more; the earliest that was said stands. */
  async cease(at: Date): Promise<void> {
    await this.sql.query(
      `insert into cessation (tenant, stops_at) values ($1, $2)
       on conflict (tenant) do update set stops_at = least(cessation.stops_at, excluded.stops_at)`,
      [this.tenant, at],
    );
  }

  async ceased(): Promise<Date | undefined> {
    const [row] = await this.sql.query<{ at: Date }>('select stops_at as at from cessation where tenant = $1', [
      this.tenant,
    ]);
    return row?.at;
  }

  async moveClock(offsetMs: number): Promise<void> {
    await this.sql.query(`update opened_tenant set offset_ms = $2 where tenant = $1`, [this.tenant, offsetMs]);
  }

  async propose(
    proposal: string,
    of: { readonly pack: string; readonly packVersion: string; readonly by: string },
    now: Date,
  ): Promise<void> {
    await this.sql.query(
      `insert into tenant_proposal (tenant, proposal, pack, pack_version, proposed_by, proposed_at) values ($1, $2, $3, $4, $5, $6)`,
      [this.tenant, proposal, of.pack, of.packVersion, of.by, now],
    );
  }

  async lockProposal(proposal: string): Promise<Proposal | undefined> {
    const [row] = await this.sql.query<Proposal>(
      `select pack, pack_version as "packVersion", proposed_by as "proposedBy", confirmed_at as "confirmedAt"
         from tenant_proposal where tenant = $1 and proposal = $2 for update`,
      [this.tenant, proposal],
    );
    return row;
  }

  async confirm(proposal: string, by: string, now: Date): Promise<void> {
    await this.sql.query(
      `update tenant_proposal set confirmed_by = $3, confirmed_at = $4 where tenant = $1 and proposal = $2`,
      [this.tenant, proposal, by, now],
    );
  }
}

/** True for one replica, where the tenants were last stated at or before `before`. Belongs to no tenant. */
export async function claimsStatement(sql: Sql, now: Date, before: Date): Promise<boolean> {
  const rows = await sql.query(
    'update heartbeat set tenants_stated_at = $1 where tenants_stated_at <= $2 returning beat',
    [now, before],
  );
  return rows.length === 1;
}

/** Counts a beat, unless another replica has beaten since `before`. Belongs to no tenant. */
export async function nextBeat(sql: Sql, now: Date, before: Date): Promise<number | undefined> {
  const [row] = await sql.query<{ beat: string }>(
    `update heartbeat set beat = beat + 1, beaten_at = $1 where beaten_at <= $2 returning beat::text as beat`,
    [now, before],
  );
  return row && Number(row.beat);
}
