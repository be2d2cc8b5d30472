import { events, TENANT_SLOT, type Envelope, type EventDefinition } from '@lethe/contracts';
import { slotOf, type SubjectRef, type Transaction } from '@lethe/kernel';
import { on, Refused, SubjectErased, type Place, type Route } from '@lethe/messaging';
import type { Backups } from './backups.ts';
import { Children } from './children.ts';
import type { Disposing } from './disposing.ts';
import type { Erasing } from './erasing.ts';
import { personOf } from './person-of.ts';
import type { Extensions } from './extensions.ts';
import type { Holds } from './holds.ts';
import type { Matters } from './matters.ts';
import { momentOf, type Room } from './room.ts';
import type { TenantEnds } from './tenant-ends.ts';
import { ErasureStore } from './store/erasure.store.ts';
import { FactsStore, type ConsentFact, type GuardianFact } from './store/facts.store.ts';
import { lockSlots } from './store/locks.ts';

export interface Heard {
  readonly erasing: Erasing;
  readonly disposing: Disposing;
  readonly holds: Holds;
  readonly matters: Matters;
  readonly extensions: Extensions;
  readonly backups: Backups;
  readonly ends: TenantEnds;
}

/** Door messages: what collection hears. The clock is read here and nowhere below. */
export function collectionRoutes(
  room: Room,
  { erasing, disposing, holds, matters, extensions, backups, ends }: Heard,
): Route[] {
  const { context } = room;
  const now = () => context.clock.machineNow();
  const children = new Children(context);

  /** An order that destroys is carried out only with the signature of the service whose order it is. */
  const signed = <Definition extends EventDefinition>(
    definition: Definition,
    apply: (sql: Transaction, event: Envelope<Definition>, place: Place) => Promise<void>,
  ): Route =>
    on(definition, async (sql, batch, place) => {
      for (const event of batch) {
        if (!(await context.callers.verifyEvent(event))) throw new Refused('collection/forged-order');
        await apply(sql, event, place);
      }
    });

  return [
    // Once is enough: whichever slot hears it first moves the clock.
    on(events.ClockMovedV1, (sql, batch, { slot }) => {
      const { tenant } = batch[0]!;
      if (slot === TENANT_SLOT) sql.afterCommit(() => room.look(tenant));
      return Promise.resolve();
    }),
    on(events.ConsentChangedV1, async (sql, batch) => {
      const living = await notErased(sql, batch);
      /* A withdrawal fences its slot: whatever was admitted before has committed, whatever comes after sees it. */
      const ending = living
        .filter((event) => event.data.state !== 'given')
        .map((event) => slotOf(personOf(event), context.config.slots));
      if (ending.length > 0) await lockSlots(sql, batch[0]!.tenant, ending);
      await new FactsStore(sql, batch[0]!.tenant).applyConsents(
        living.map((event): ConsentFact => ({ ...event.data, subject: personOf(event), at: new Date(event.data.at) })),
      );
      for (const event of living.filter(({ data }) => data.state !== 'given'))
        await extensions.consentEnded(
          sql,
          event.tenant,
          personOf(event),
          event.data.purpose,
          await momentOf(context, event.tenant),
        );
    }),
    on(events.GuardianshipChangedV1, async (sql, batch) => {
      const living = await notErased(sql, batch);
      await lockSlots(
        sql,
        batch[0]!.tenant,
        living.map((event) => slotOf(personOf(event), context.config.slots)),
      );
      await children.apply(
        sql,
        batch[0]!.tenant,
        living.map((event) => guardianFact(personOf(event), event.data)),
        now(),
      );
    }),

    on(events.PersonStatedV1, async (sql, batch) => {
      const living = await notErased(sql, batch);
      const { tenant } = batch[0]!;
      await lockSlots(
        sql,
        tenant,
        living.map((event) => slotOf(personOf(event), context.config.slots)),
      );
      const facts = new FactsStore(sql, tenant);
      await facts.applyConsents(
        living.flatMap((event) =>
          event.data.consents.map((each): ConsentFact => ({
            ...each,
            subject: personOf(event),
            at: new Date(each.at),
          })),
        ),
      );
      await children.apply(
        sql,
        tenant,
        living.flatMap((event) => (event.data.guardian ? [guardianFact(personOf(event), event.data.guardian)] : [])),
        now(),
      );
    }),

    on(events.SubjectFrozenV1, async (sql, batch, place) => {
      for (const [index, event] of batch.entries()) await erasing.freeze(sql, event, place.numbers[index] ?? 0, now());
    }),
    on(events.SubjectUnfrozenV1, async (sql, batch) => {
      for (const event of batch) await erasing.unfreeze(sql, event);
    }),
    signed(events.ErasureOrderedV1, async (sql, event) =>
      erasing.order(sql, event, await momentOf(context, event.tenant)),
    ),
    signed(events.ShredOrderedV1, async (sql, event) =>
      erasing.shred(sql, event, await momentOf(context, event.tenant)),
    ),
    signed(events.ErasureRecordedV1, async (sql, event) =>
      erasing.recorded(sql, event, await momentOf(context, event.tenant)),
    ),
    signed(events.DisposalRecordedV1, async (sql, event) =>
      disposing.close(sql, event, await momentOf(context, event.tenant)),
    ),

    signed(events.EndOrderedV1, async (sql, event) => ends.stop(sql, event, await momentOf(context, event.tenant))),
    signed(events.EndRecordedV1, (sql, event) => ends.recorded(sql, event)),

    on(events.MatterAnchoredV1, async (sql, batch) => {
      await matters.anchored(sql, batch, await momentOf(context, batch[0]!.tenant));
    }),
    on(events.HoldPlacedV1, async (sql, batch) => {
      for (const event of batch) await holds.place(sql, event, now());
    }),
    on(events.ExtensionAgreedV1, async (sql, batch) => {
      for (const event of batch) await extensions.agreed(sql, event, await momentOf(context, event.tenant));
    }),
    on(events.ExtensionAgreedV2, async (sql, batch) => {
      for (const event of batch) await extensions.agreed(sql, event, await momentOf(context, event.tenant));
    }),
    on(events.ExtensionWithdrawnV1, async (sql, batch) => {
      for (const event of batch) await extensions.withdrawn(sql, event, await momentOf(context, event.tenant));
    }),
    on(events.HoldReleasedV1, async (sql, batch) => {
      for (const event of batch) await holds.release(sql, event, now());
    }),

    on(events.BackupOrderedV1, async (sql, batch) => {
      for (const event of batch) await backups.ordered(sql, event, now());
    }),
    on(events.BackupIsolatedV1, async (sql, batch) => {
      for (const event of batch) await backups.isolated(sql, event, now());
    }),
    signed(events.BackupPurgedV1, (sql, event) => backups.purged(sql, event, now())),
  ];
}

const guardianFact = (
  subject: SubjectRef,
  { version, guardian, until, sensitiveUntil, at }: Envelope<typeof events.GuardianshipChangedV1>['data'],
): GuardianFact => ({
  subject,
  version,
  guardian,
  at: new Date(at),
  ...(until === undefined ? {} : { until: new Date(until) }),
  ...(sensitiveUntil === undefined ? {} : { sensitiveUntil: new Date(sensitiveUntil) }),
});

/**
 * Those of a batch whose person is not erased. What consent still says of an erased person is dropped and counted; in a
 * batch with others the living ones are applied.
 * @throws SubjectErased when nobody is left
 */
async function notErased<Definition extends EventDefinition>(
  sql: Transaction,
  batch: readonly Envelope<Definition>[],
): Promise<Envelope<Definition>[]> {
  const [first] = batch;
  if (first === undefined) return [];
  const erased = await new ErasureStore(sql, first.tenant).erased(batch.map((event) => personOf(event)));
  const living = batch.filter((event) => !erased.has(personOf(event)));
  if (living.length === 0) throw new SubjectErased('an erased person takes nothing in');
  return living;
}
