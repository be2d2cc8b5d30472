import { events } from '@lethe/contracts';
import { slotOf, type TenantId, type Transaction } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import { FactsStore, type GuardianFact } from './store/facts.store.ts';

/**
 * Who proves to be a child after something of theirs was taken in: only the vault knows that it was, and only consent knows
 * whom to tell. Looked for where the statement is applied, in the order of the slot and under its lock, so that nothing is
 * admitted between the two.
 */
export class Children {
  constructor(private readonly context: ServiceContext) {}

  /** @param now machine time */
  async apply(sql: Transaction, tenant: TenantId, facts: readonly GuardianFact[], now: Date): Promise<void> {
    const store = new FactsStore(sql, tenant);
    for (const fact of facts) await store.applyGuardian(fact);
    const subjects = facts.filter(({ guardian }) => guardian === 'missing').map(({ subject }) => subject);
    if (subjects.length > 0) await this.tell(sql, tenant, await store.childrenHeld(subjects), now);
  }

  /** Says it again of everyone in a slot; who knows it changes nothing. */
  async stateAnew(sql: Transaction, tenant: TenantId, slot: number, now: Date): Promise<void> {
    const { slots } = this.context.config;
    const found = await new FactsStore(sql, tenant).childrenHeld();
    await this.tell(
      sql,
      tenant,
      found.filter(({ subject }) => slotOf(subject, slots) === slot),
      now,
    );
  }

  private async tell(
    sql: Transaction,
    tenant: TenantId,
    found: Awaited<ReturnType<FactsStore['childrenHeld']>>,
    now: Date,
  ): Promise<void> {
    await this.context.outbox.announceAll(
      sql,
      events.ChildFoundV1,
      now,
      found.map(({ subject, version, parts }) => ({ about: { tenant, subject }, data: { version, parts } })),
    );
  }
}
