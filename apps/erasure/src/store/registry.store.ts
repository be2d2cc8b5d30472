import type { TenantId, Transaction } from '@lethe/kernel';

export interface Registered {
  readonly participant: string;
  readonly classes: readonly string[];
  readonly registryVersion: number;
}

const ROW = 'participant, classes, registry_version as "registryVersion"';

/** The SQL of the registry of participants. The tenant has been entered. */
export class RegistryStore {
  constructor(
    private readonly sql: Transaction,
    private readonly tenant: TenantId,
  ) {}

  /** Registers once; registering again changes the classes and is a new version. */
  async register(
    participant: string,
    classes: readonly string[],
    by: string,
    at: Date,
  ): Promise<Registered & { readonly changed: boolean }> {
    await this.sql.query(`select pg_advisory_xact_lock(hashtextextended($1, 7421))`, [this.tenant]);
    const [known] = await this.sql.query<Registered>(
      `select ${ROW} from participant where tenant = $1 and participant = $2`,
      [this.tenant, participant],
    );
    if (known && [...known.classes].sort().join() === [...classes].sort().join()) return { ...known, changed: false };
    const [row] = await this.sql.query<Registered>(
      `insert into participant (tenant, participant, classes, registry_version, registered_by, registered_at)
       values ($1, $2, $3, (select coalesce(max(registry_version), 0) + 1 from participant where tenant = $1), $4, $5)
       on conflict (tenant, participant) do update set classes = excluded.classes, registry_version = excluded.registry_version,
         registered_by = excluded.registered_by, registered_at = excluded.registered_at
       returning ${ROW}`,
      [this.tenant, participant, classes, by, at],
    );
    if (!row) throw new Error('nothing was registered');
    return { ...row, changed: true };
  }

  async all(): Promise<Registered[]> {
    return this.sql.query<Registered>(`select ${ROW} from participant where tenant = $1 order by participant`, [
      this.tenant,
    ]);
  }

  /** Who takes part in an erasure that is frozen now. */
  async present(): Promise<{ participants: string[]; version: number }> {
    const rows = await this.all();
    return {
      participants: rows.map(({ participant }) => participant),
      version: rows.reduce((most, row) => Math.max(most, row.registryVersion), 0),
    };
  }

  /** What was said before the database was put back. */
  async recover({ participant, classes, registryVersion }: Registered, at: Date): Promise<void> {
    await this.sql.query(
      `insert into participant (tenant, participant, classes, registry_version, registered_by, registered_at)
       values ($1, $2, $3, $4, 'recovered', $5)
       on conflict (tenant, participant) do update set classes = excluded.classes, registry_version = excluded.registry_version,
         registered_at = excluded.registered_at where participant.registry_version < excluded.registry_version`,
      [this.tenant, participant, classes, registryVersion, at],
    );
  }
}
