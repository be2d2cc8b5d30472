import { events, type Envelope } from '@lethe/contracts';
import { Fault, slotOf, type SubjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import { SubjectErased } from '@lethe/messaging';
import { Extensions } from './extensions.ts';
import type { Moment, Room } from './room.ts';
import { personOf } from './person-of.ts';
import { Shredding } from './shredding.ts';
import { ErasureStore } from './store/erasure.store.ts';
import { ExtensionStore } from './store/extension.store.ts';
import { lockSlots } from './store/locks.ts';
import { ShredStore } from './store/shred.store.ts';

/**
 * What collection does as a participant of an erasure, up to its ack. The person's slot is taken exclusively each time:
 * no admission is under way when the freeze, the order or the fence is written.
 */
export class Erasing {
  constructor(private readonly room: Room) {}

  /** From this commit on only storage and security; acked with the number at which the slot's stream had it. */
  async freeze(
    sql: Transaction,
    event: Envelope<typeof events.SubjectFrozenV1>,
    number: number,
    now: Date,
  ): Promise<void> {
    const { store, subject, slot, tenant } = await this.at(sql, event);
    const standing = await store.standing(subject);
    if (standing?.erasedEntry !== undefined) throw new SubjectErased('an erased person is not frozen again');
    await store.freeze(subject, slot, event.data.erasure, number, now);
    const { parts, restricted } = await store.countParts(subject);
    await this.ack(sql, tenant, subject, now, {
      erasure: event.data.erasure,
      stage: 'frozen',
      found: parts,
      deleted: 0,
      restricted,
      rescan: 0,
      position: number,
    });
  }

  /** Says again who is frozen here and how orders were answered, to whoever still waits for it; the counts are those of then. */
  async stateAnew(sql: Transaction, tenant: TenantId, slot: number, now: Date): Promise<void> {
    const store = new ErasureStore(sql, tenant);
    for (const { subject, erasure, number } of await store.frozenIn(slot)) {
      const { parts, restricted } = await store.countParts(subject);
      await this.ack(sql, tenant, subject, now, {
        erasure,
        stage: 'frozen',
        found: parts,
        deleted: 0,
        restricted,
        rescan: 0,
        position: number,
      });
    }
    for (const { subject, erasure, number, answer } of await store.answeredIn(slot))
      await this.ack(sql, tenant, subject, now, { erasure, stage: 'done', ...answer, position: number });
  }

  async unfreeze(sql: Transaction, event: Envelope<typeof events.SubjectUnfrozenV1>): Promise<void> {
    const { store, subject } = await this.at(sql, event);
    await store.unfreeze(subject, event.data.erasure);
  }

  /**
   * Marks what stays restricted and states the counts. What is not restricted can be read by nobody since the freeze and
   * goes with its keys once the ledger has the erasure; anything in neither list is what the rescan answers.
   */
  async order(sql: Transaction, event: Envelope<typeof events.ErasureOrderedV1>, at: Moment): Promise<void> {
    const now = at.machine;
    const { store, subject, tenant } = await this.at(sql, event);
    const { erasure, shred, restrict } = event.data;
    const standing = await store.standing(subject);
    if (standing?.erasedEntry !== undefined) throw new SubjectErased('the erasure is done');
    if (standing?.frozenBy !== erasure || standing.frozenNumber === undefined) {
      throw new Fault('unavailable', 'collection/not-frozen', 'the freeze of this erasure has not been applied yet');
    }
    await new Extensions(this.room).erased(sql, tenant, subject, at);
    await store.orderErasure(subject, erasure, restrict);
    const { parts, restricted, leftOver: rescan } = await store.countOrdered(subject, shred, restrict);
    const answer = { found: parts, deleted: parts - restricted - rescan, restricted, rescan };
    await store.answered(subject, answer);
    await this.ack(sql, tenant, subject, now, {
      erasure,
      stage: 'done',
      ...answer,
      position: standing.frozenNumber,
    });
  }

  /** The ledger has it: the fence goes up in this commit, the keys die right after it. */
  shred(sql: Transaction, event: Envelope<typeof events.ShredOrderedV1>, at: Moment): Promise<void> {
    return this.carryOut(sql, event, event.data, at);
  }

  /** The ledger has an erasure that destroys the key of no compartment: the fence goes up all the same, and then rows go. */
  recorded(sql: Transaction, event: Envelope<typeof events.ErasureRecordedV1>, at: Moment): Promise<void> {
    return this.carryOut(sql, event, { ...event.data, cause: 'erased', compartments: [] }, at);
  }

  private async carryOut(
    sql: Transaction,
    event: Envelope<typeof events.ShredOrderedV1> | Envelope<typeof events.ErasureRecordedV1>,
    order: Envelope<typeof events.ShredOrderedV1>['data'],
    at: Moment,
  ): Promise<void> {
    const now = at.machine;
    const { store, subject, slot, tenant } = await this.at(sql, event);
    const { entry, erasure, cause, compartments, consentVersion } = order;
    await store.standing(subject);
    const news = await new ShredStore(sql, tenant).orderShred(
      { entry, subject, erasure, cause, compartments, consentVersion },
      slot,
      now,
    );
    // Given anew: whoever gives it has perhaps not heard what became of it.
    if (!news) return new Shredding(this.room).stateAnew(sql, tenant, { entry }, now);
    // What a longer period kept of a consent's compartment goes with the consent all the same.
    if (cause === 'withdrawn') await new ExtensionStore(sql, tenant).letGo(subject, at.today, compartments);
    if (cause === 'erased') await store.fence(subject, slot, erasure, entry, now);
    else
      await store.fenceConsents(
        subject,
        compartments.filter((name) => name.startsWith('consent.')).map((name) => name.slice('consent.'.length)),
        consentVersion,
      );
    sql.afterCommit(() => this.room.wake(tenant));
  }

  private async at(
    sql: Transaction,
    event: { readonly tenant: TenantId; readonly subject?: SubjectRef | undefined; readonly type: string },
  ) {
    const subject = personOf(event);
    const slot = slotOf(subject, this.room.context.config.slots);
    await lockSlots(sql, event.tenant, [slot]);
    return { store: new ErasureStore(sql, event.tenant), subject, slot, tenant: event.tenant };
  }

  private async ack(
    sql: Transaction,
    tenant: TenantId,
    subject: SubjectRef,
    now: Date,
    ack: Omit<Envelope<typeof events.CollectionErasureAckedV1>['data'], 'at'>,
  ): Promise<void> {
    await this.room.context.outbox.announce(
      sql,
      events.CollectionErasureAckedV1,
      { tenant, subject, now },
      { ...ack, at: now.toISOString() },
    );
  }
}
