import { events, type Envelope, type EventDefinition } from '@lethe/contracts';
import type { Transaction } from '@lethe/kernel';
import { on, type Route } from '@lethe/messaging';
import type { ServiceContext } from '@lethe/platform';
import type { BackupsService } from './backups.service.ts';
import type { BackedUp } from './domain/backup.ts';
import { destroyed } from './domain/disposal.ts';
import { admitted, dated, removed } from './domain/tally.ts';
import type { HoldsService } from './holds.service.ts';
import type { MattersService } from './matters.service.ts';
import type { RetentionService } from './retention.service.ts';

export interface RetentionServices {
  readonly retention: RetentionService;
  readonly holds: HoldsService;
  readonly matters: MattersService;
  readonly backups: BackupsService;
}

type Each<Definition extends EventDefinition> = (
  sql: Transaction,
  event: Envelope<Definition>,
  number: number,
) => Promise<void>;

/** One at a time, in order. */
const each = <Definition extends EventDefinition>(definition: Definition, apply: Each<Definition>): Route =>
  on(definition, async (sql, batch, place) => {
    for (const [index, event] of batch.entries()) await apply(sql, event, place.numbers[index] ?? 0);
  });

/** Door messages: what retention hears. Every effect commits with the consumer's position, so that hearing twice counts once. */
export function retentionRoutes(
  context: ServiceContext,
  { retention, holds, matters, backups }: RetentionServices,
): Route[] {
  const now = () => context.clock.machineNow();
  const taken = (
    definition:
      | typeof events.CollectionBackupTakenV1
      | typeof events.ConsentBackupTakenV1
      | typeof events.RetentionBackupTakenV1
      | typeof events.ErasureBackupTakenV1,
  ) =>
    each(definition, (sql, { tenant, data }) =>
      backups.partTaken(sql, tenant, definition.service as BackedUp, data, now()),
    );

  return [
    on(events.PartsAdmittedV1, async (sql, batch) => {
      const [first] = batch;
      if (!first) return;
      await retention.count(sql, first.tenant, admitted(batch.map(({ data }) => data)));
      await matters.remember(
        sql,
        first.tenant,
        batch.flatMap(({ data }) => data.parts),
      );
    }),
    on(events.MatterDatedV1, async (sql, batch) => {
      const [first] = batch;
      if (first) await retention.count(sql, first.tenant, dated(batch.map(({ data }) => data)));
    }),
    on(events.PartsRemovedV1, async (sql, batch) => {
      const [first] = batch;
      if (!first) return;
      await retention.count(sql, first.tenant, removed(batch.map(({ data }) => data)));
      const last = batch.filter(({ data }) => data.tallies.some(({ parts }) => parts > 0)).at(-1);
      // Rows that went without a key dying before them, a correction's or those of a restriction that ended, are in backups too.
      if (last) await backups.destroyed(sql, last.tenant, { because: 'erasure', at: new Date(last.time) }, now());
    }),

    each(events.DisposalEffectiveV1, async (sql, { tenant, data, time }) => {
      await retention.disposalEffective(sql, tenant, data, now());
      if (destroyed(data)) await backups.destroyed(sql, tenant, { because: 'disposal', at: new Date(time) }, now());
    }),
    each(events.DisposalSweptV1, (sql, { tenant, data }) => retention.disposalSwept(sql, tenant, data, now())),
    each(events.SubjectShreddedV1, async (sql, { tenant, data, time }) => {
      // An erasure deletes rows also where no key dies: what the platform holds, what other services know.
      if (data.keys === 0 && data.erasure === undefined) return;
      await backups.destroyed(
        sql,
        tenant,
        { because: data.erasure === undefined ? 'withdrawal' : 'erasure', at: new Date(time) },
        now(),
      );
    }),

    each(events.HoldRecordedV1, (sql, { tenant, data }) => holds.recorded(sql, tenant, data)),
    each(events.HoldLiftedV1, (sql, { tenant, data }) => holds.lifted(sql, tenant, data.hold, now())),

    taken(events.CollectionBackupTakenV1),
    taken(events.ConsentBackupTakenV1),
    taken(events.RetentionBackupTakenV1),
    taken(events.ErasureBackupTakenV1),
    each(events.BackupKeyIsolatedV1, (sql, { tenant, data }) => backups.keyIsolated(sql, tenant, data.backup, now())),
    each(events.BackupKeyDestroyedV1, (sql, { tenant, data }) => backups.keyDestroyed(sql, tenant, data.backup, now())),

    each(events.AccountClosedV1, async (sql, { tenant, subject, data }) => {
      if (subject !== undefined) await matters.accountClosed(sql, tenant, subject, new Date(data.at), now());
    }),
    each(events.SubjectFrozenV1, async (sql, { tenant, subject, data }, number) => {
      if (subject !== undefined) await matters.freeze(sql, tenant, subject, data.erasure, number);
    }),
    each(events.SubjectUnfrozenV1, async (sql, { tenant, subject, data }) => {
      if (subject !== undefined) await matters.unfreeze(sql, tenant, subject, data.erasure);
    }),
    each(events.ErasureOrderedV1, async (sql, { tenant, subject, data }) => {
      const somethingIsKept = data.restrict.some(({ compartment }) => compartment !== 'evidence');
      if (subject !== undefined) await matters.erase(sql, tenant, subject, { erasure: data.erasure, somethingIsKept });
    }),
    each(events.ErasureFinalV1, async (sql, { tenant, subject }) => {
      if (subject !== undefined) await matters.erasureFinal(sql, tenant, subject);
    }),
  ];
}
