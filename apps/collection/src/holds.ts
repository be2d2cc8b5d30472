import { events, TENANT_SLOT, type Envelope } from '@lethe/contracts';
import { slotOf, subjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import { judgeHold, type HoldVerdict } from './domain/hold.ts';
import { removeUnkept } from './disposing.ts';
import { openItem } from './opening.ts';
import { momentOf, type Room } from './room.ts';
import { CHUNK } from './shredding.ts';
import { HoldStore } from './store/hold.store.ts';
import { lockAllSlots, lockSlots } from './store/locks.ts';
import { PartStore } from './store/part.store.ts';

type HoldScope = Envelope<typeof events.HoldPlacedV1>['data']['scope'];

/** Reasons not to dispose, judged under the locks of the days they touch. */
export class Holds {
  constructor(private readonly room: Room) {}

  /** Records the hold, or says which order was there first. Told again, it answers the same. */
  async place(sql: Transaction, event: Envelope<typeof events.HoldPlacedV1>, now: Date): Promise<void> {
    const { tenant, data } = event;
    const { hold, scope } = data;
    const store = new HoldStore(sql, tenant);
    await this.lock(sql, tenant, await this.reached(scope, store));
    if ((await store.known(hold)) !== undefined) {
      // One that a recovery took from the ledger, which knows no more than the person: what it kept too much may go now.
      if (await store.rescope(hold, scope)) sql.afterCommit(() => this.room.wake(tenant));
      return;
    }
    const touched = await store.touched(scope);
    const partly = !('subject' in scope);
    let verdict = judgeHold(touched, { partly });
    const lost = verdict.outcome === 'recorded' ? await this.keepToo(sql, tenant, hold, scope) : [];
    if (lost.length > 0) {
      // Nothing opens them any more. Their rows go now: under a hold in force they would stay.
      const { today } = await momentOf(this.room.context, tenant);
      const gone = partly && lost.length <= CHUNK ? await removeUnkept(this.room, sql, tenant, today, lost) : 0;
      verdict = judgeHold(touched, { partly, keysDead: { parts: lost.length, gone } });
      if (verdict.outcome === 'too-late') await this.room.keyring.releaseKept(tenant, hold);
    }
    await store.add(hold, scope, verdict, now);
    await this.announce(sql, this.about(event, now), hold, verdict);
  }

  /** The hold ends: its kept keys die at once, and the background takes the rows that nothing else keeps. */
  async release(sql: Transaction, event: Envelope<typeof events.HoldReleasedV1>, now: Date): Promise<void> {
    const { tenant, data } = event;
    await this.lock(sql, tenant, event.subject === undefined ? undefined : [event.subject]);
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

  /** Says again what became of holds, to whoever still waits for it. */
  async stateAnew(sql: Transaction, tenant: TenantId, slot: number, now: Date): Promise<void> {
    const { outbox, config } = this.room.context;
    for (const { hold, subject, state, parts, tooLate } of await new HoldStore(sql, tenant).all()) {
      if ((subject === undefined ? 0 : slotOf(subject, config.slots)) !== slot) continue;
      const about = { tenant, ...(subject === undefined ? { slot } : { subject }), now };
      if (state === 'lifted') await outbox.announce(sql, events.HoldLiftedV1, about, { hold, parts: 0 });
      else {
        const outcome = state === 'in-force' ? ('recorded' as const) : state;
        await this.announce(sql, about, hold, { outcome, parts, tooLate });
      }
    }
  }

  private async announce(
    sql: Transaction,
    about: Parameters<typeof this.room.context.outbox.announce>[2],
    hold: string,
    { outcome, parts, tooLate }: HoldVerdict,
  ): Promise<void> {
    await this.room.context.outbox.announce(sql, events.HoldRecordedV2, about, {
      hold,
      outcome,
      parts,
      tooLate: tooLate.map((each) => ({ ...each })),
    });
  }

  /**
   * What something else keeps beyond its day already gets keys of this hold as well, before it is recorded: when the other
   * reason ends, its keys die, and this one must stand by itself. Those of which they are dead already, and the background has
   * not come to the rows yet.
   */
  private async keepToo(sql: Transaction, tenant: TenantId, hold: string, scope: HoldScope): Promise<string[]> {
    const kept = await new HoldStore(sql, tenant).keptOf(scope);
    const dead: string[] = [];
    for (let start = 0; start < kept.length; start += CHUNK) {
      const parts = await new PartStore(sql, tenant).byIds(kept.slice(start, start + CHUNK));
      const { lost } = await this.room.keyring.keep(
        tenant,
        hold,
        parts.flatMap((part) => openItem(part) ?? []),
        'everything',
      );
      dead.push(...lost);
    }
    return dead;
  }

  /** Everybody whose parts the hold may name: what is being done to them comes before it or after it. Undefined: anybody. */
  private async reached(scope: HoldScope, store: HoldStore): Promise<readonly string[] | undefined> {
    if (!('subject' in scope)) return undefined;
    return scope.kind === 'record' ? [scope.subject, ...(await store.subjectsOf(scope.record))] : [scope.subject];
  }

  /** @param subjects absent: everybody */
  private lock(sql: Transaction, tenant: TenantId, subjects: readonly string[] | undefined): Promise<void> {
    const { slots } = this.room.context.config;
    return subjects === undefined
      ? lockAllSlots(sql, tenant, slots)
      : lockSlots(
          sql,
          tenant,
          subjects.map((subject) => slotOf(subjectRef(subject), slots)),
        );
  }

  /* Where the hold names no person, the answer is written once, in the first slot. */
  private about(event: Envelope<typeof events.HoldPlacedV1> | Envelope<typeof events.HoldReleasedV1>, now: Date) {
    return event.subject === undefined
      ? { tenant: event.tenant, slot: TENANT_SLOT, now }
      : { tenant: event.tenant, subject: event.subject, now };
  }
}
