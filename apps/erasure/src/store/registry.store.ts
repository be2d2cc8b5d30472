import type { TenantId, Transaction } from '@lethe/kernel';
import type { LeftBecause } from '../domain/request.ts';

export interface Registered {
  readonly participant: string;
  readonly classes: readonly string[];
  readonly registryVersion: number;
  readonly registeredAt: Date;
  /** It takes part no more. */
  readonly left?: Left;
}

export interface Left {
  readonly because: LeftBecause;
  /** Token subject of who said so; legal time. */
  readonly by: string;
  readonly at: Date;
  /** What it had not answered was closed. */
  readonly closed?: { readonly by: string; readonly at: Date };
}

interface Row {
  readonly participant: string;
  readonly classes: readonly string[];
  readonly registry_version: number;
  readonly registered_at: Date;
  readonly left_because: LeftBecause | null;
  readonly left_by: string | null;
  readonly left_at: Date | null;
  readonly closed_by: string | null;
  readonly closed_at: Date | null;
}

/** Whoever had said what no event says by whom. */
export const RECOVERED = 'recovered';
const ROW =
  'participant, classes, registry_version, registered_at, left_because, left_by, left_at, closed_by, closed_at';
const STAYS = 'left_because = null, left_by = null, left_at = null, closed_by = null, closed_at = null';
const NEXT = '(select coalesce(max(registry_version), 0) + 1 from participant where tenant = $1)';
/** The tenant's advisory lock of its registry, with the key of the statement's first parameter. */
const LOCK = 'hashtextextended($1, 7421)';

/** The SQL of the registry of participants. The tenant has been entered. */
export class RegistryStore {
  constructor(
    private readonly sql: Transaction,
    private readonly tenant: TenantId,
  ) {}

  /** Registers once; registering again changes the classes, or takes part again, and is a new version. */
  async register(
    participant: string,
    classes: readonly string[],
    by: string,
    at: Date,
  ): Promise<Registered & { readonly changed: boolean }> {
    const known = await this.lockOne(participant);
    if (known && !known.left && [...known.classes].sort().join() === [...classes].sort().join())
      return { ...known, changed: false };
    const [row] = await this.sql.query<Row>(
      `insert into participant (tenant, participant, classes, registry_version, registered_by, registered_at)
       values ($1, $2, $3, ${NEXT}, $4, $5)
       on conflict (tenant, participant) do update set classes = excluded.classes, registry_version = excluded.registry_version,
         registered_by = excluded.registered_by, registered_at = excluded.registered_at, ${STAYS}
       returning ${ROW}`,
      [this.tenant, participant, classes, by, at],
    );
    if (!row) throw new Error('nothing was registered');
    return { ...registeredOf(row), changed: true };
  }

  /** A store as it stands, and stays until the commit: nobody registers, or leaves, meanwhile. */
  async lockOne(participant: string): Promise<Registered | undefined> {
    await this.lock();
    return this.find(participant);
  }

  /** Takes part no more, from the commit on; undefined when it is not known. Said again it changes nothing. */
  async leave(
    participant: string,
    left: Pick<Left, 'because' | 'by' | 'at'>,
  ): Promise<(Registered & { readonly left: Left; readonly changed: boolean }) | undefined> {
    const known = await this.lockOne(participant);
    if (known?.left) return { ...known, left: known.left, changed: false };
    const [row] = await this.sql.query<Row>(
      `update participant set left_because = $3, left_by = $4, left_at = $5, registry_version = ${NEXT}
        where tenant = $1 and participant = $2 returning ${ROW}`,
      [this.tenant, participant, left.because, left.by, left.at],
    );
    return row && { ...registeredOf(row), left, changed: true };
  }

  /** Marks that what it had not answered was closed; the first who did so stands. */
  async close(participant: string, by: string, at: Date): Promise<void> {
    await this.sql.query(
      `update participant set closed_by = coalesce(closed_by, $3), closed_at = coalesce(closed_at, $4)
        where tenant = $1 and participant = $2 and left_at is not null`,
      [this.tenant, participant, by, at],
    );
  }

  async find(participant: string): Promise<Registered | undefined> {
    const [row] = await this.sql.query<Row>(
      `select ${ROW} from participant where tenant = $1 and participant = $2 for update`,
      [this.tenant, participant],
    );
    return row && registeredOf(row);
  }

  /** Those that have left, too. */
  async all(): Promise<Registered[]> {
    const rows = await this.sql.query<Row>(`select ${ROW} from participant where tenant = $1 order by participant`, [
      this.tenant,
    ]);
    return rows.map(registeredOf);
  }

  /**
   * Who takes part in what is asked in this transaction: a store that leaves meanwhile leaves after it, and what was asked of
   * it is among what it has not answered.
   */
  async present(): Promise<{ participants: string[]; version: number }> {
    await this.sql.query(`select pg_advisory_xact_lock_shared(${LOCK})`, [this.tenant]);
    const rows = await this.all();
    return {
      participants: rows.filter(({ left }) => left === undefined).map(({ participant }) => participant),
      version: rows.reduce((most, row) => Math.max(most, row.registryVersion), 0),
    };
  }

  /** What was said before the database was put back. */
  async recover({ participant, classes, registryVersion }: Told, at: Date): Promise<void> {
    await this.sql.query(
      `insert into participant (tenant, participant, classes, registry_version, registered_by, registered_at)
       values ($1, $2, $3, $4, 'recovered', $5)
       on conflict (tenant, participant) do update set classes = excluded.classes, registry_version = excluded.registry_version,
         registered_at = excluded.registered_at, ${STAYS} where participant.registry_version < excluded.registry_version`,
      [this.tenant, participant, classes, registryVersion, at],
    );
  }

  /** That a store left was said before the database was put back; who said so no event says. */
  async recoverLeft(
    { participant, because, registryVersion }: Pick<Told, 'participant' | 'registryVersion'> & Pick<Left, 'because'>,
    at: Date,
  ): Promise<void> {
    await this.sql.query(
      `insert into participant (tenant, participant, classes, registry_version, registered_by, registered_at, left_because, left_by, left_at)
       values ($1, $2, '{}', $4, 'recovered', $5, $3, 'recovered', $5)
       on conflict (tenant, participant) do update set registry_version = excluded.registry_version,
         left_because = excluded.left_because, left_by = excluded.left_by, left_at = excluded.left_at
         where participant.registry_version < excluded.registry_version`,
      [this.tenant, participant, because, registryVersion, at],
    );
  }

  private async lock(): Promise<void> {
    await this.sql.query(`select pg_advisory_xact_lock(${LOCK})`, [this.tenant]);
  }
}

type Told = Pick<Registered, 'participant' | 'classes' | 'registryVersion'>;

const registeredOf = (row: Row): Registered => ({
  participant: row.participant,
  classes: row.classes,
  registryVersion: row.registry_version,
  registeredAt: row.registered_at,
  ...(row.left_because === null || row.left_by === null || row.left_at === null
    ? {}
    : {
        left: {
          because: row.left_because,
          by: row.left_by,
          at: row.left_at,
          ...(row.closed_by === null || row.closed_at === null
            ? {}
            : { closed: { by: row.closed_by, at: row.closed_at } }),
        },
      }),
});
