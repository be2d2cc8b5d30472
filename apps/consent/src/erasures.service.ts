import { events } from '@lethe/contracts';
import { slotOf, type SubjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import { ConsentStore } from './store/consent.store.ts';

/** People of one transaction. */
const AT_ONCE = 500;

/**
 * Consent as a participant of an erasure. Its rows are evidence (three years): none is deleted, all are restricted, and each
 * ack counts them. Acks name the number of the freeze this consumer has applied.
 */
export class ErasuresService {
  constructor(private readonly context: ServiceContext) {}

  async freeze(
    sql: Transaction,
    tenant: TenantId,
    subject: SubjectRef,
    erasure: string,
    number: number,
  ): Promise<void> {
    await new ConsentStore(sql, tenant).freeze(subject, erasure, number);
    await this.ackFreeze(sql, tenant, subject, erasure);
  }

  async unfreeze(sql: Transaction, tenant: TenantId, subject: SubjectRef, erasure: string): Promise<void> {
    await new ConsentStore(sql, tenant).unfreeze(subject, erasure);
  }

  async order(sql: Transaction, tenant: TenantId, subject: SubjectRef, erasure: string): Promise<void> {
    const store = new ConsentStore(sql, tenant);
    await store.restrict(subject, this.context.clock.machineNow());
    const answer = { erasure, found: await store.countEvidence(subject) };
    await store.answered(subject, answer);
    await this.ack(sql, tenant, subject, { ...answer, stage: 'done' });
  }

  /** Says again who is frozen here and how orders were answered, to whoever still waits for it; the counts are those of then. */
  async stateAnew(tenant: TenantId, slot: number): Promise<void> {
    const { database, config } = this.context;
    for (let after: SubjectRef | undefined, more = true; more;) {
      const from = after;
      const page = await database.within(tenant, async (sql) => {
        const people = await new ConsentStore(sql, tenant).erasing(from, AT_ONCE);
        for (const { subject, frozenBy, answer } of people) {
          if (slotOf(subject, config.slots) !== slot) continue;
          if (frozenBy !== null) await this.ackFreeze(sql, tenant, subject, frozenBy);
          if (answer !== null) await this.ack(sql, tenant, subject, { ...answer, stage: 'done' });
        }
        return people;
      });
      after = page.at(-1)?.subject;
      more = page.length === AT_ONCE;
    }
  }

  private async ackFreeze(sql: Transaction, tenant: TenantId, subject: SubjectRef, erasure: string): Promise<void> {
    const found = await new ConsentStore(sql, tenant).countEvidence(subject);
    await this.ack(sql, tenant, subject, { erasure, found, stage: 'frozen' });
  }

  private async ack(
    sql: Transaction,
    tenant: TenantId,
    subject: SubjectRef,
    said: { readonly erasure: string; readonly found: number; readonly stage: 'frozen' | 'done' },
  ): Promise<void> {
    const now = this.context.clock.machineNow();
    await this.context.outbox.announce(
      sql,
      events.ConsentErasureAckedV1,
      { tenant, subject, now },
      {
        ...said,
        deleted: 0,
        restricted: said.stage === 'done' ? said.found : 0,
        rescan: 0,
        position: await new ConsentStore(sql, tenant).freezeNumber(subject),
        at: now.toISOString(),
      },
    );
  }
}
