import { events } from '@lethe/contracts';
import { Fault, type Database, type TenantId, type Transaction } from '@lethe/kernel';
import { on, Refused, type Route } from '@lethe/messaging';
import type { TenantEntry } from './packs.ts';

interface Placed extends TenantEntry {
  readonly offsetMs: number;
}
interface Entry extends Placed {
  /** What was activated after the tenant was opened, by the legal time from which it governs. */
  readonly versions: readonly { readonly digest: string; readonly from: Date }[];
}

interface Row {
  readonly tenant: TenantId;
  readonly pack: string;
  readonly pack_version: string;
  readonly pack_digest: string;
  readonly movable_clock: boolean;
  readonly offset_ms: number | null;
}

/** Another replica may have heard of a change that this process has not. Machine milliseconds. */
const TRUST_MS = 1_000;
/** A lease read this recently is not read again: what memory holds is never younger than the truth. Machine milliseconds. */
const LEASE_TRUST_MS = 5_000;

/** What every service keeps of consent's tenants, clocks and heartbeats, and the routes by which it hears them. */
export class KnownTenants {
  readonly #database: Database;
  readonly #mode: 'development' | 'production';
  readonly #now: () => Date;
  readonly #cache = new Map<string, { readonly entry: Entry; readonly at: number }>();
  readonly #leases = new Map<number, number>();
  /** Counts what was heard; an answer read before the last change is not remembered. */
  #changes = 0;

  constructor(options: {
    readonly database: Database;
    readonly mode: 'development' | 'production';
    readonly now: () => Date;
  }) {
    this.#database = options.database;
    this.#mode = options.mode;
    this.#now = options.now;
  }

  /** @throws Fault `missing` `platform/tenant-unknown` */
  async entry(tenant: TenantId): Promise<Entry> {
    const known = this.#cache.get(tenant);
    if (known !== undefined && this.#now().getTime() - known.at < TRUST_MS) return known.entry;
    const at = this.#now().getTime();
    const changes = this.#changes;
    const { row, versions } = await this.#database.transaction(async (sql) => {
      const [found] = await sql.query<Row>('select * from known_tenant where tenant = $1', [tenant]);
      const activated = await sql.query<{ digest: string; from: Date }>(
        'select digest, effective_from as "from" from known_version where tenant = $1 order by effective_from, activated_at',
        [tenant],
      );
      return { row: found, versions: activated };
    });
    if (row === undefined)
      throw new Fault('missing', 'platform/tenant-unknown', 'the tenant is not open here', 'tenant');
    const entry = { ...placedOf(row), versions };
    this.#remember(entry, at, changes);
    return entry;
  }

  /** Legal time of a tenant now. */
  legal({ movableClock, offsetMs }: Pick<Placed, 'movableClock' | 'offsetMs'>): Date {
    return new Date(this.#now().getTime() + (movableClock ? offsetMs : 0));
  }

  /** All of them in two questions, remembered like answers of `entry`: who walks over all tenants asks for none of them again. */
  async all(): Promise<readonly Placed[]> {
    const at = this.#now().getTime();
    const changes = this.#changes;
    const { rows, versions } = await this.#database.transaction(async (sql) => ({
      rows: await sql.query<Row>('select * from known_tenant order by tenant'),
      versions: await sql.query<{ tenant: string; digest: string; from: Date }>(
        'select tenant, digest, effective_from as "from" from known_version order by tenant, effective_from, activated_at',
      ),
    }));
    const activated = new Map<string, Entry['versions'][number][]>();
    for (const { tenant, ...version } of versions) activated.set(tenant, [...(activated.get(tenant) ?? []), version]);
    return rows.map((row) => {
      const placed = placedOf(row);
      this.#remember({ ...placed, versions: activated.get(row.tenant) ?? [] }, at, changes);
      return placed;
    });
  }

  /** Machine milliseconds since consent sent the last heartbeat this service has applied in the slot; infinite without one. */
  async leaseAge(slot: number): Promise<number> {
    const now = this.#now().getTime();
    const sent = this.#leases.get(slot);
    if (sent !== undefined && now - sent < LEASE_TRUST_MS) return Math.max(0, now - sent);
    const [row] = await this.#database.transaction((sql) =>
      sql.query<{ sent_at: Date }>('select sent_at from consent_lease where slot = $1', [slot]),
    );
    if (row === undefined) return Number.POSITIVE_INFINITY;
    this.#leases.set(slot, row.sent_at.getTime());
    return Math.max(0, now - row.sent_at.getTime());
  }

  /** Those of tenants, packs and clocks alone: a beat of a former life renews no lease. */
  tenantRoutes(): Route[] {
    return this.routes().filter(({ definition }) => definition.type !== events.HeartbeatV1.type);
  }

  /** Heard before the service's own routes. Each stands in every slot, so each is applied several times, in no order among slots. */
  routes(): Route[] {
    return [
      on(events.TenantOpenedV1, async (sql, batch) => {
        for (const { tenant, time, data } of batch) {
          if (this.#mode === 'production' && data.movableClock) throw new Refused('movable-clock-in-production');
          await sql.query(
            `insert into known_tenant (tenant, pack, pack_version, pack_digest, movable_clock, opened_at) values ($1, $2, $3, $4, $5, $6)
             on conflict (tenant) do update set pack = excluded.pack, pack_version = excluded.pack_version,
               pack_digest = excluded.pack_digest, movable_clock = excluded.movable_clock, opened_at = excluded.opened_at
             where excluded.opened_at > known_tenant.opened_at`,
            [tenant, data.pack, data.packVersion, data.packDigest, data.movableClock, time],
          );
          this.#forget(sql, tenant);
        }
      }),
      on(events.PackActivatedV1, async (sql, batch) => {
        for (const { tenant, time, data } of batch) {
          await sql.query(
            `insert into known_version (tenant, digest, version, effective_from, activated_at) values ($1, $2, $3, $4, $5)
             on conflict (tenant, digest) do nothing`,
            [tenant, data.packDigest, data.packVersion, data.effectiveFrom, time],
          );
          this.#forget(sql, tenant);
        }
      }),
      on(events.ClockMovedV1, async (sql, batch) => {
        if (this.#mode === 'production') throw new Refused('clock-moved-in-production');
        for (const { tenant, data } of batch) {
          await sql.query(
            'update known_tenant set offset_ms = greatest(coalesce(offset_ms, $2), $2) where tenant = $1 and movable_clock',
            [tenant, data.offsetMs],
          );
          this.#forget(sql, tenant);
        }
      }),
      on(events.TenantStatedV1, async (sql, batch) => {
        for (const { tenant, data } of batch) {
          if (this.#mode === 'production' && data.movableClock) throw new Refused('movable-clock-in-production');
          await sql.query(
            `insert into known_tenant (tenant, pack, pack_version, pack_digest, movable_clock, offset_ms, opened_at) values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (tenant) do update set offset_ms = greatest(coalesce(known_tenant.offset_ms, excluded.offset_ms), excluded.offset_ms)`,
            [
              tenant,
              data.pack,
              data.packVersion,
              data.packDigest,
              data.movableClock,
              data.movableClock ? data.offsetMs : 0,
              data.openedAt,
            ],
          );
          await sql.query(
            `insert into known_version (tenant, digest, version, effective_from, activated_at)
             select $1, * from unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) on conflict (tenant, digest) do nothing`,
            [
              tenant,
              data.versions.map(({ packDigest }) => packDigest),
              data.versions.map(({ packVersion }) => packVersion),
              data.versions.map(({ effectiveFrom }) => effectiveFrom),
              data.versions.map(({ activatedAt }) => activatedAt),
            ],
          );
          this.#forget(sql, tenant);
        }
      }),
      on(events.HeartbeatV1, async (sql, batch, place) => {
        const last = batch.at(-1);
        if (last === undefined) return;
        await sql.query(
          `insert into consent_lease (slot, beat, sent_at, renewed_at) values ($1, $2, $3, $4)
           on conflict (slot) do update set beat = excluded.beat, sent_at = greatest(consent_lease.sent_at, excluded.sent_at), renewed_at = excluded.renewed_at`,
          [place.slot, last.data.beat, last.time, this.#now()],
        );
        sql.afterCommit(() =>
          this.#leases.set(place.slot, Math.max(this.#leases.get(place.slot) ?? 0, Date.parse(last.time))),
        );
      }),
    ];
  }

  /** Opens a tenant here and now, as if it had been heard: tests, and restores. */
  async put(sql: Transaction, entry: Placed, openedAt: Date): Promise<void> {
    await sql.query(
      `insert into known_tenant (tenant, pack, pack_version, pack_digest, movable_clock, offset_ms, opened_at) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (tenant) do update set offset_ms = excluded.offset_ms`,
      [entry.tenant, entry.pack, entry.packVersion, entry.packDigest, entry.movableClock, entry.offsetMs, openedAt],
    );
    this.#forget(sql, entry.tenant);
  }

  /** Not what was read before something changed: a clock that was moved meanwhile would be seen to stand still. */
  #remember(entry: Entry, at: number, changes: number): void {
    if (changes === this.#changes) this.#cache.set(entry.tenant, { entry, at });
  }

  #forget(sql: Transaction, tenant: string): void {
    sql.afterCommit(() => {
      this.#changes += 1;
      this.#cache.delete(tenant);
    });
  }
}

const placedOf = (row: Row): Placed => ({
  tenant: row.tenant,
  pack: row.pack,
  packVersion: row.pack_version,
  packDigest: row.pack_digest,
  movableClock: row.movable_clock,
  offsetMs: row.offset_ms ?? 0,
});
