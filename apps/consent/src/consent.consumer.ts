import { events } from '@lethe/contracts';
import { subjectRef, tenantId, type SubjectRef, type Transaction } from '@lethe/kernel';
import { on, type Route } from '@lethe/messaging';
import type { ServiceContext } from '@lethe/platform';
import { GuardiansService } from './guardians.service.ts';
import { ConsentStore } from './store/consent.store.ts';

/**
 * Door messages: children of whom something is held, and consent as a participant of an erasure. Its rows are evidence (three years): none is deleted,
 * all are restricted, and each ack counts them. Acks name the number of the freeze this consumer has applied.
 */
export function consentRoutes(context: ServiceContext): Route[] {
  const ack = async (
    sql: Transaction,
    tenantName: string,
    subject: SubjectRef,
    ackOf: { erasure: string; stage: 'frozen' | 'done' },
  ) => {
    const tenant = tenantId(tenantName);
    const now = context.clock.machineNow();
    const store = new ConsentStore(sql, tenant);
    const found = await store.countEvidence(subject);
    await context.outbox.announce(
      sql,
      events.ConsentErasureAckedV1,
      { tenant, subject, now },
      {
        ...ackOf,
        found,
        deleted: 0,
        restricted: ackOf.stage === 'done' ? found : 0,
        rescan: 0,
        position: await store.freezeNumber(subject),
        at: now.toISOString(),
      },
    );
  };

  const guardians = new GuardiansService(context);

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
      for (const [index, { tenant, subject, data }] of batch.entries()) {
        if (subject === undefined) continue;
        await new ConsentStore(sql, tenant).freeze(subject, data.erasure, place.numbers[index] ?? 0);
        await ack(sql, tenant, subject, { erasure: data.erasure, stage: 'frozen' });
      }
    }),
    on(events.SubjectUnfrozenV1, async (sql, batch) => {
      for (const { tenant, subject, data } of batch) {
        if (subject !== undefined) await new ConsentStore(sql, tenant).unfreeze(subject, data.erasure);
      }
    }),
    on(events.ErasureOrderedV1, async (sql, batch) => {
      for (const { tenant, subject, data } of batch) {
        if (subject === undefined) continue;
        await new ConsentStore(sql, tenant).restrict(subject, context.clock.machineNow());
        await ack(sql, tenant, subject, { erasure: data.erasure, stage: 'done' });
      }
    }),
  ];
}
