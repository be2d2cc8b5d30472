import { events, type Envelope } from '@lethe/contracts';
import { on, type Route } from '@lethe/messaging';
import type { Transaction } from '@lethe/kernel';
import type { EndsService } from './ends.service.ts';
import type { ErasureService } from './erasure.service.ts';
import type { RecordingService } from './recording.service.ts';
import type { SagaRunner } from './saga.runner.ts';
import type { SagaSteps } from './saga.steps.ts';

/** Door messages: what erasure hears. */
export function erasureRoutes(doors: {
  readonly service: ErasureService;
  readonly recording: RecordingService;
  readonly steps: SagaSteps;
  readonly runner: SagaRunner;
  readonly ends: EndsService;
}): Route[] {
  const { service, recording, steps, runner, ends } = doors;
  type Acked =
    | typeof events.CollectionErasureAckedV1
    | typeof events.ConsentErasureAckedV1
    | typeof events.RetentionErasureAckedV1;
  const acked = async (sql: Transaction, batch: readonly Envelope<Acked>[]): Promise<void> => {
    for (const event of batch) await service.serviceAcked(sql, event);
  };

  return [
    on(events.ConsentChangedV1, (sql, batch) => recording.withdrawn(sql, batch)),
    on(events.PersonStatedV1, (sql, batch) =>
      recording.withdrawn(
        sql,
        batch.flatMap(({ tenant, subject, data }) =>
          subject === undefined ? [] : data.consents.map((each) => ({ tenant, subject, data: each })),
        ),
      ),
    ),
    on(events.DisposalOrderedV1, (sql, batch) => recording.disposed(sql, batch)),
    on(events.DisposalOrderedV2, (sql, batch) => recording.disposed(sql, batch)),
    on(events.PlatformBackupOrderedV1, (sql, batch) => recording.backupOrdered(sql, batch)),
    on(events.HoldPlacedV1, (sql, batch) => recording.holdPlaced(sql, batch)),
    on(events.HoldRecordedV1, (sql, batch) => recording.holdRecorded(sql, batch)),
    on(events.HoldRecordedV2, (sql, batch) => recording.holdRecorded(sql, batch)),
    on(events.HoldLiftedV1, (sql, batch) => recording.holdLifted(sql, batch)),
    on(events.EpochEndedV1, async (sql, batch) => {
      await recording.epochEnded(sql, batch);
      for (const { tenant } of batch) ends.goOnAfter(sql, tenant);
    }),
    on(events.BackupGoneV1, async (sql, batch) => {
      await recording.backupGone(sql, batch);
      for (const { tenant } of batch) ends.goOnAfter(sql, tenant);
    }),
    on(events.EndReachedV1, async (sql, batch) => {
      for (const event of batch) await ends.reached(sql, event);
    }),
    on(events.TenantShreddedV1, async (sql, batch) => {
      for (const event of batch) await ends.shredded(sql, event);
    }),
    on(events.CollectionErasureAckedV1, acked),
    on(events.ConsentErasureAckedV1, acked),
    on(events.RetentionErasureAckedV1, acked),
    on(events.SubjectShreddedV1, async (sql, batch) => {
      await recording.shredded(sql, batch);
      for (const { tenant, time, data } of batch) {
        if (data.erasure === undefined) continue;
        await steps.shredded(sql, tenant, data.erasure, {
          entry: data.entry,
          keys: data.keys,
          effectiveAt: new Date(data.effectiveAt),
          time: new Date(time),
        });
        runner.pokeAfter(sql, tenant, data.erasure);
      }
    }),
    on(events.SubjectSweptV1, async (sql, batch) => {
      for (const { tenant, data } of batch) {
        if (data.erasure === undefined) continue;
        await steps.swept(sql, tenant, data.erasure, { entry: data.entry, rescan: data.rescan, at: new Date(data.at) });
        runner.pokeAfter(sql, tenant, data.erasure);
      }
    }),
  ];
}
