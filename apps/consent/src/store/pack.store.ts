import type { Sql, TenantId } from '@lethe/kernel';

/** A publication as it was stated. */
export interface StoredPublication {
  readonly channel: string;
  readonly at: string;
  readonly effectiveFrom?: string | undefined;
}

export interface PackProposal {
  readonly proposal: string;
  readonly version: string;
  readonly digest: string;
  readonly effectiveFrom: Date;
  readonly publications: readonly StoredPublication[];
  readonly changes: readonly string[];
  readonly decided: 'major' | 'minor' | null;
  readonly assessment: string | null;
  readonly highRisk: boolean;
  readonly cause: string | null;
  readonly proposedBy: string;
  readonly confirmedAt: Date | null;
}

const ROW = `proposal, version, digest, effective_from as "effectiveFrom", publications, changes, decided, assessment,
  high_risk as "highRisk", cause, proposed_by as "proposedBy", confirmed_at as "confirmedAt"`;

/** The SQL of versions proposed and activated, inside one transaction of one tenant. */
export class PackStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  async propose(of: Omit<PackProposal, 'confirmedAt'>, now: Date): Promise<void> {
    await this.sql.query(
      `insert into pack_proposal (tenant, proposal, version, digest, effective_from, publications, changes, decided, assessment,
         high_risk, cause, proposed_by, proposed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        this.tenant,
        of.proposal,
        of.version,
        of.digest,
        of.effectiveFrom,
        JSON.stringify(of.publications),
        of.changes,
        of.decided,
        of.assessment,
        of.highRisk,
        of.cause,
        of.proposedBy,
        now,
      ],
    );
  }

  async lock(proposal: string): Promise<PackProposal | undefined> {
    const [row] = await this.sql.query<PackProposal>(
      `select ${ROW} from pack_proposal where tenant = $1 and proposal = $2 for update`,
      [this.tenant, proposal],
    );
    return row;
  }

  async confirm(proposal: string, by: string, now: Date): Promise<void> {
    await this.sql.query(
      `update pack_proposal set confirmed_by = $3, confirmed_at = $4 where tenant = $1 and proposal = $2`,
      [this.tenant, proposal, by, now],
    );
  }

  /** Those that were activated. */
  async activated(): Promise<PackProposal[]> {
    return this.sql.query<PackProposal>(
      `select ${ROW} from pack_proposal where tenant = $1 and confirmed_at is not null order by effective_from`,
      [this.tenant],
    );
  }
}
