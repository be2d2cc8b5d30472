import { events, type Envelope } from '@lethe/contracts';
import { subjectRef, tenantId, type Transaction } from '@lethe/kernel';
import { on, type Route } from '@lethe/messaging';
import type { ServiceContext } from '@lethe/platform';
import { ErasuresService } from './erasures.service.ts';
import { GuardiansService } from './guardians.service.ts';
import { TenantStore } from './store/tenant.store.ts';

/** Door messages: children of whom something is held, that nothing is collected any more, and what an erasure asks of consent. */
export function consentRoutes(context: ServiceContext): Route[] {
  const guardians = new GuardiansService(context);
  const erasures = new ErasuresService(context);

  type Ceased = typeof events.CollectingCeasedV1 | typeof events.CollectingEndedV1;
  const ceased = async (sql: Transaction, batch: readonly Envelope<Ceased>[]): Promise<void> => {
    for (const { tenant, data } of batch) await new TenantStore(sql, tenantId(tenant)).cease(new Date(data.at));
  };

  return [
    on(events.ChildFoundV1, async (sql, batch) => {
      const tenant = tenantId(batch[0]!.tenant);
      await guardians.dataHeld(
        sql,
        tenant,
        batch.map(({ subject }) => subjectRef(subject!)),
      );
    }),
    on(events.CollectingCeasedV1, (sql, batch) => ceased(sql, batch)),
    on(events.CollectingEndedV1, (sql, batch) => ceased(sql, batch)),
    on(events.SubjectFrozenV1, async (sql, batch, place) => {
      for (const [index, { tenant, subject, data }] of batch.entries())
        if (subject !== undefined)
          await erasures.freeze(sql, tenantId(tenant), subject, data.erasure, place.numbers[index] ?? 0);
    }),
    on(events.SubjectUnfrozenV1, async (sql, batch) => {
      for (const { tenant, subject, data } of batch)
        if (subject !== undefined) await erasures.unfreeze(sql, tenantId(tenant), subject, data.erasure);
    }),
    on(events.ErasureOrderedV1, async (sql, batch) => {
      for (const { tenant, subject, data } of batch)
        if (subject !== undefined) await erasures.order(sql, tenantId(tenant), subject, data.erasure);
    }),
  ];
}
