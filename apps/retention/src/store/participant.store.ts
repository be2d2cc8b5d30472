import type { Sql, TenantId } from '@lethe/kernel';
import type { Participant } from '../domain/participant.ts';

/** The SQL of who takes part in disposals, inside one transaction of one tenant. */
export class ParticipantStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  async register({ participant, classes }: Participant): Promise<void> {
    await this.sql.query(
      `insert into participant (tenant, participant, classes) values ($1, $2, $3)
       on conflict (tenant, participant) do update set classes = excluded.classes`,
      [this.tenant, participant, classes],
    );
  }

  /** It takes part no more: later orders are not addressed to it. */
  async leave(participant: string): Promise<void> {
    await this.sql.query('delete from participant where tenant = $1 and participant = $2', [this.tenant, participant]);
  }

  async all(): Promise<Participant[]> {
    return this.sql.query<Participant>(
      'select participant, classes from participant where tenant = $1 order by participant',
      [this.tenant],
    );
  }
}
