import { type Day, type Sql, type SubjectRef, type TenantId } from '@lethe/kernel';

export type ExtensionScope =
  | { readonly kind: 'record'; readonly record: string; readonly subject: SubjectRef }
  | { readonly kind: 'matter'; readonly matter: string; readonly subject: SubjectRef };
export type ExtensionState = 'placing' | 'in-force' | 'too-late' | 'no-consent' | 'nothing' | 'withdrawn' | 'ended';

export interface ExtensionRow {
  readonly extension: string;
  readonly scope: ExtensionScope;
  readonly ground: string;
  readonly clause: string;
  readonly evidence: readonly { readonly name: string; readonly reference: string }[];
  /** The last day on which it is kept. */
  readonly until: Day;
  readonly agreedAt: Date;
  readonly agreedBy: string;
  readonly parts: number;
  readonly state: ExtensionState;
  readonly tooLateFor: string | null;
  readonly endedAt: Date | null;
  readonly endedBecause: 'withdrawn' | 'erased' | 'over' | null;
}

const COLUMNS = `extension, scope, ground, clause, evidence, until::text as until, agreed_at as "agreedAt", agreed_by as "agreedBy", parts::int as parts,
  state, too_late_for as "tooLateFor", ended_at as "endedAt", ended_because as "endedBecause"`;
/** Extensions one answer lists. */
const LISTED = 1_000;

/** The SQL of extensions, inside one transaction of one tenant. */
export class ExtensionStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  async add(
    row: Pick<
      ExtensionRow,
      'extension' | 'scope' | 'ground' | 'clause' | 'evidence' | 'until' | 'agreedAt' | 'agreedBy'
    >,
  ): Promise<void> {
    await this.sql.query(
      `insert into extension (tenant, extension, scope, subject, ground, clause, evidence, until, agreed_at, agreed_by, state)
       values ($1, $2, $3::jsonb, $4, $5, $6, $7::jsonb, $8, $9, $10, 'placing')`,
      [
        this.tenant,
        row.extension,
        JSON.stringify(row.scope),
        row.scope.subject,
        row.ground,
        row.clause,
        JSON.stringify(row.evidence),
        row.until,
        row.agreedAt,
        row.agreedBy,
      ],
    );
  }

  async lock(extension: string): Promise<ExtensionRow | undefined> {
    const [row] = await this.sql.query<ExtensionRow>(
      `select ${COLUMNS} from extension where tenant = $1 and extension = $2 for update`,
      [this.tenant, extension],
    );
    return row;
  }

  /** What collection said. */
  async record(
    extension: string,
    said: { readonly state: ExtensionState; readonly parts: number; readonly order: string | undefined },
  ): Promise<void> {
    await this.sql.query(
      `update extension set state = $3, parts = $4, too_late_for = $5 where tenant = $1 and extension = $2 and state = 'placing'`,
      [this.tenant, extension, said.state, said.parts, said.order ?? null],
    );
  }

  /** The person no longer agrees; collection will say when it has ended. */
  async withdraw(extension: string): Promise<void> {
    await this.sql.query(
      `update extension set state = 'withdrawn' where tenant = $1 and extension = $2 and state in ('placing', 'in-force')`,
      [this.tenant, extension],
    );
  }

  async end(extension: string, because: string, at: Date): Promise<void> {
    await this.sql.query(
      `update extension set state = 'ended', ended_because = $3, ended_at = $4 where tenant = $1 and extension = $2 and state <> 'ended'`,
      [this.tenant, extension, because, at],
    );
  }

  /** Those that stand or are being placed, and those that were withdrawn and have not ended yet. */
  async unsettled(): Promise<ExtensionRow[]> {
    return this.sql.query<ExtensionRow>(
      `select ${COLUMNS} from extension where tenant = $1 and state in ('placing', 'in-force', 'withdrawn') order by agreed_at, extension`,
      [this.tenant],
    );
  }

  async list(): Promise<ExtensionRow[]> {
    return this.sql.query<ExtensionRow>(
      `select ${COLUMNS} from extension where tenant = $1 order by agreed_at desc, extension limit ${String(LISTED)}`,
      [this.tenant],
    );
  }
}
