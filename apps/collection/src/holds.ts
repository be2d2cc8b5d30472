import { events, type Envelope } from '@lethe/contracts';
import { slotOf, subjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import { judgeHold } from './domain/hold.ts';
import type { Room } from './room.ts';
import { HoldStore } from './store/hold.store.ts';
import { lockAllSlots, lockSlots } from './store/locks.ts';

/** Reasons not to dispose, judged under the locks of the days they touch. */
export class Holds {
  constructor(private readonly room: Room) {}

  /** Records the hold, or says which order was there first. Told again, it answers the same. */
  async place(sql: Transaction, event: Envelope<typeof events.HoldPlacedV1>, now: Date): Promise<void> {
    const { tenant, data } = event;
    const { hold, scope } = data;
    await this.lock(sql, tenant, 'subject' in scope ? scope.subject : event.subject);
    const store = new HoldStore(sql, tenant);
    if ((await store.known(hold)) !== undefined) return;
    const verdict = judgeHold(await store.touched(scope));
    const order = verdict.outcome === 'too-late' ? verdict.order : undefined;
    await store.add(hold, scope, verdict.outcome === 'recorded' ? 'in-force' : 'too-late', order, verdict.parts, now);
    await this.room.context.outbox.announce(sql, events.HoldRecordedV1, this.about(event, now), {
      hold,
      outcome: verdict.outcome,
      order,
      parts: verdict.parts,
    });
  }

  /** The hold ends: its kept keys die at once, and the background takes the rows that nothing else keeps. */
  async release(sql: Transaction, event: Envelope<typeof events.HoldReleasedV1>, now: Date): Promise<void> {
    const { tenant, data } = event;
    await this.lock(sql, tenant, event.subject);
    const store = new HoldStore(sql, tenant);
    const known = await store.known(data.hold);
    if (known?.state !== 'in-force') return;
    await store.lift(data.hold, now);
    const { keys } = await this.room.keyring.releaseKept(tenant, data.hold);
    await this.room.context.outbox.announce(sql, events.HoldLiftedV1, this.about(event, now), {
      hold: data.hold,
      parts: keys,
    });
    sql.afterCommit(() => this.room.wake(tenant));
  }

  private lock(sql: Transaction, tenant: TenantId, subject: string | undefined): Promise<void> {
    const { slots } = this.room.context.config;
    return subject === undefined
      ? lockAllSlots(sql, tenant, slots)
      : lockSlots(sql, tenant, [slotOf(subjectRef(subject), slots)]);
  }

  /* Where the hold names no person, the answer is written once, in the first slot. */
  private about(event: Envelope<typeof events.HoldPlacedV1> | Envelope<typeof events.HoldReleasedV1>, now: Date) {
    return event.subject === undefined
      ? { tenant: event.tenant, slot: 0, now }
      : { tenant: event.tenant, subject: event.subject, now };
  }
}
