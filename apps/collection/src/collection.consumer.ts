import { events, type Envelope, type EventDefinition } from '@lethe/contracts';
import type { Transaction } from '@lethe/kernel';
import { on, Refused, SubjectErased, type Place, type Route } from '@lethe/messaging';
import type { Backups } from './backups.ts';
import type { Disposing } from './disposing.ts';
import { personOf, type Erasing } from './erasing.ts';
import type { Holds } from './holds.ts';
import type { Matters } from './matters.ts';
import { momentOf, type Room } from './room.ts';
import { slotOf } from '@lethe/kernel';
import { ErasureStore } from './store/erasure.store.ts';
import { FactsStore, type ConsentFact } from './store/facts.store.ts';
import { lockSlots } from './store/locks.ts';

export interface Heard {
  readonly erasing: Erasing;
  readonly disposing: Disposing;
  readonly holds: Holds;
  readonly matters: Matters;
  readonly backups: Backups;
}

/** Door messages: what collection hears. The clock is read here and nowhere below. */
export function collectionRoutes(room: Room, { erasing, disposing, holds, matters, backups }: Heard): Route[] {
  const { context } = room;
  const now = () => context.clock.machineNow();

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
    }),
    on(events.GuardianshipChangedV1, async (sql, batch) => {
      const living = await notErased(sql, batch);
      await lockSlots(
        sql,
        batch[0]!.tenant,
        living.map((event) => slotOf(personOf(event), context.config.slots)),
      );
      for (const event of living) {
        const { version, guardian, until, sensitiveUntil, at } = event.data;
        await new FactsStore(sql, event.tenant).applyGuardian({
          subject: personOf(event),
          version,
          guardian,
          at: new Date(at),
          ...(until === undefined ? {} : { until: new Date(until) }),
          ...(sensitiveUntil === undefined ? {} : { sensitiveUntil: new Date(sensitiveUntil) }),
        });
      }
    }),

    on(events.SubjectFrozenV1, async (sql, batch, place) => {
      for (const [index, event] of batch.entries()) await erasing.freeze(sql, event, place.numbers[index] ?? 0, now());
    }),
    on(events.SubjectUnfrozenV1, async (sql, batch) => {
      for (const event of batch) await erasing.unfreeze(sql, event);
    }),
    signed(events.ErasureOrderedV1, (sql, event) => erasing.order(sql, event, now())),
    signed(events.ShredOrderedV1, (sql, event) => erasing.shred(sql, event, now())),
    signed(events.DisposalRecordedV1, (sql, event) => disposing.close(sql, event, now())),

    on(events.MatterAnchoredV1, async (sql, batch) => {
      for (const event of batch) await matters.anchored(sql, event, await momentOf(context, event.tenant));
    }),
    on(events.HoldPlacedV1, async (sql, batch) => {
      for (const event of batch) await holds.place(sql, event, now());
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
