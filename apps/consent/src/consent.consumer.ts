import { events } from '@lethe/contracts';
import { subjectRef, tenantId } from '@lethe/kernel';
import { on, type Route } from '@lethe/messaging';
import type { ServiceContext } from '@lethe/platform';
import { ErasuresService } from './erasures.service.ts';
import { GuardiansService } from './guardians.service.ts';

/** Door messages: children of whom something is held, and what an erasure asks of consent. */
export function consentRoutes(context: ServiceContext): Route[] {
  const guardians = new GuardiansService(context);
  const erasures = new ErasuresService(context);

  return [
    on(events.ChildFoundV1, async (sql, batch) => {
      const tenant = tenantId(batch[0]!.tenant);
      await guardians.dataHeld(
        sql,
        tenant,
        batch.map(({ subject }) => subjectRef(subject!)),
      );
    }),
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
