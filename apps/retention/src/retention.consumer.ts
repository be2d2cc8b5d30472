import { events, type Envelope, type EventDefinition } from '@lethe/contracts';
import type { TenantId, Transaction } from '@lethe/kernel';
import { on, type Route } from '@lethe/messaging';
import type { ServiceContext } from '@lethe/platform';
import type { BackupsService } from './backups.service.ts';
import { CAUSE_OF, type BackedUp } from './domain/backup.ts';
import { destroyed } from './domain/disposal.ts';
import { admitted, dated, removed } from './domain/tally.ts';
import type { EndsService } from './ends.service.ts';
import type { ExtensionsService } from './extensions.service.ts';
import type { FindingsService } from './findings.service.ts';
import type { HoldsService } from './holds.service.ts';
import type { MattersService } from './matters.service.ts';
import type { RetentionService } from './retention.service.ts';
import type { RetentionSweep } from './retention.sweep.ts';
import { HoldToldStore } from './store/hold-told.store.ts';
import { ParticipantStore } from './store/participant.store.ts';

export interface RetentionServices {
  readonly retention: RetentionService;
  readonly holds: HoldsService;
  readonly matters: MattersService;
  readonly backups: BackupsService;
  readonly findings: FindingsService;
  readonly ends: EndsService;
  readonly sweeps: RetentionSweep;
  readonly extensions: ExtensionsService;
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
  { retention, holds, matters, backups, findings, extensions, ends, sweeps }: RetentionServices,
): Route[] {
  const now = () => context.clock.machineNow();
  const taken = (
    definition:
      | typeof events.CollectionBackupTakenV1
      | typeof events.CollectionBackupTakenV2
      | typeof events.ConsentBackupTakenV1
      | typeof events.RetentionBackupTakenV1
      | typeof events.ErasureBackupTakenV1,
  ) =>
    each(definition, (sql, { tenant, data }) =>
      backups.partTaken(sql, tenant, definition.service as BackedUp, data, now()),
    );

  const forget = async (
    sql: Transaction,
    batch: readonly Envelope<typeof events.PartsRemovedV1 | typeof events.PartsRemovedV2>[],
    slot: number,
  ): Promise<void> => {
    const [first] = batch;
    if (!first) return;
    const changes = removed(batch.map(({ data }) => data));
    await retention.count(sql, first.tenant, changes, slot, new Date(first.time));
    await findings.settle(
      sql,
      first.tenant,
      changes.waiting.map(({ matter }) => matter),
    );
  };

  const soon = (sql: Transaction, tenant: TenantId): void => sql.afterCommit(() => sweeps.soon(tenant));
  const soonIfEnded = async (sql: Transaction, tenant: TenantId): Promise<void> => {
    if (await ends.hasStopped(sql, tenant)) soon(sql, tenant);
  };

  return [
    on(events.PartsAdmittedV1, async (sql, batch, { slot }) => {
      const [first] = batch;
      if (!first) return;
      await retention.count(sql, first.tenant, admitted(batch.map(({ data }) => data)), slot, new Date(first.time));
      await matters.remember(
        sql,
        first.tenant,
        batch.flatMap(({ data }) => data.parts),
      );
    }),
    on(events.MatterDatedV1, async (sql, batch, { slot }) => {
      const [first] = batch;
      if (!first) return;
      const changes = dated(batch.map(({ data }) => data));
      await retention.count(sql, first.tenant, changes, slot, new Date(first.time));
      await findings.settle(
        sql,
        first.tenant,
        changes.waiting.map(({ matter }) => matter),
      );
      await soonIfEnded(sql, first.tenant);
    }),
    on(events.PartsRemovedV1, async (sql, batch, { slot }) => {
      await forget(sql, batch, slot);
      const gone = batch.filter(({ data }) => data.tallies.some(({ parts }) => parts > 0));
      const last = gone.at(-1);
      const classes = classesOf(gone.flatMap(({ data }) => data.tallies));
      if (last)
        await backups.destroyed(sql, last.tenant, { because: 'erasure', at: new Date(last.time), classes }, now());
    }),
    on(events.PartsRemovedV2, async (sql, batch, { slot }) => {
      await forget(sql, batch, slot);
      // Rows that went without a key dying before them, those of a correction or of a restriction that ended, are in backups too.
      for (const { tenant, data, time } of batch)
        if (data.parts > 0)
          await backups.destroyed(
            sql,
            tenant,
            { because: CAUSE_OF[data.because], at: new Date(time), classes: classesOf(data.tallies) },
            now(),
          );
    }),

    on(events.TalliesStatedV1, async (sql, batch, { slot }) => {
      for (const { tenant, data } of batch) {
        await retention.stated(sql, tenant, data, slot);
        await matters.remember(sql, tenant, data.tallies);
      }
    }),

    each(events.DisposalEffectiveV1, async (sql, { tenant, data, time }) => {
      await retention.disposalEffective(sql, tenant, data, now());
      if (destroyed(data))
        await backups.destroyed(sql, tenant, { because: 'disposal', at: new Date(time), classes: [data.class] }, now());
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

    each(events.ExtensionRecordedV1, (sql, { tenant, data }) => extensions.recorded(sql, tenant, data)),
    each(events.ExtensionEndedV1, (sql, { tenant, data }) => extensions.ended(sql, tenant, data)),
    each(events.HoldRecordedV1, (sql, { tenant, data }) => holds.recorded(sql, tenant, data)),
    each(events.HoldRecordedV2, (sql, { tenant, data }) => holds.recorded(sql, tenant, data)),
    each(events.HoldToldV1, (sql, { tenant, data }) => holds.told(sql, tenant, data, now())),
    each(events.HoldLiftedV1, (sql, { tenant, data }) => holds.lifted(sql, tenant, data.hold, now())),

    taken(events.CollectionBackupTakenV1),
    taken(events.CollectionBackupTakenV2),
    taken(events.ConsentBackupTakenV1),
    taken(events.RetentionBackupTakenV1),
    taken(events.ErasureBackupTakenV1),
    each(events.BackupKeyIsolatedV1, (sql, { tenant, data }) => backups.keyIsolated(sql, tenant, data.backup, now())),
    each(events.BackupKeyDestroyedV1, (sql, { tenant, data }) => backups.keyDestroyed(sql, tenant, data.backup, now())),

    each(events.CollectingEndedV1, async (sql, { tenant, data }) => {
      await ends.collectingEnded(sql, tenant, data);
      soon(sql, tenant);
    }),
    each(events.TenantEmptiedV1, (sql, { tenant, data }) => ends.emptied(sql, tenant, data, now())),
    each(events.TenantShreddedV1, async (sql, { tenant, data }) => {
      await ends.shredded(sql, tenant, data.end);
      soon(sql, tenant);
    }),
    each(events.EndStatedV1, (sql, { tenant, data }) => ends.stated(sql, tenant, data)),

    each(events.ParticipantRegisteredV1, (sql, { tenant, data }) => new ParticipantStore(sql, tenant).register(data)),
    each(events.ParticipantLeftV1, async (sql, { tenant, data: { participant, closed } }) => {
      await new ParticipantStore(sql, tenant).leave(participant);
      if (!closed) return;
      await retention.closeFor(sql, tenant, participant, now());
      await new HoldToldStore(sql, tenant).closeFor(participant, now());
    }),
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

const classesOf = (tallies: readonly { readonly class: string }[]): string[] => [
  ...new Set(tallies.map((tally) => tally.class)),
];
