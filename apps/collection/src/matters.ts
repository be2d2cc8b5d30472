import { events, type Envelope } from '@lethe/contracts';
import { nextDay, slotOf, type Day, type TenantId, type Transaction } from '@lethe/kernel';
import { disposalOf, type Pack } from '@lethe/policy';
import { crashPoint } from './crash-point.ts';
import { firstOpenDay } from './domain/dating.ts';
import { personOf } from './erasing.ts';
import type { Moment, Room } from './room.ts';
import { DisposalStore } from './store/disposal.store.ts';
import { FactsStore } from './store/facts.store.ts';
import { lockSlots } from './store/locks.ts';

/** Days ahead that are looked at for one that is open. */
const AHEAD = 40;

/** Anchors that arrive or move: one key is wrapped anew, no ciphertext and no part is touched. */
export class Matters {
  constructor(private readonly room: Room) {}

  async anchored(sql: Transaction, event: Envelope<typeof events.MatterAnchoredV1>, at: Moment): Promise<void> {
    const { context } = this.room;
    const { tenant, data } = event;
    const subject = personOf(event);
    await lockSlots(sql, tenant, [slotOf(subject, context.config.slots)]);
    const pack = await context.packs.pack(tenant);
    const facts = new FactsStore(sql, tenant);
    const anchoredAt = new Date(data.at);
    if (
      !(await facts.applyAnchor({
        matter: data.matter,
        subject,
        anchor: data.anchor,
        version: data.version,
        at: anchoredAt,
      }))
    )
      return;
    for (const known of await facts.matterClasses(data.matter)) {
      const disposalClass = pack.classes.get(known.class);
      if (disposalClass?.anchor !== data.anchor) continue;
      const { day: due, floor } = disposalOf(pack, known.class, anchoredAt);
      const closed = await this.closedDays(sql, tenant, known.class, due < at.today ? at.today : due);
      /* A matter whose present day is closing goes with that day. */
      if (known.day !== undefined && (await new DisposalStore(sql, tenant).byDay(known.class, known.day)) !== undefined)
        continue;
      const to = firstOpenDay(due, at.today, (day) => closed.has(`${known.class} ${day}`));
      await this.move(sql, pack, { tenant, matter: data.matter, subject }, known, to, floor, at);
    }
  }

  private async move(
    sql: Transaction,
    pack: Pack,
    about: {
      tenant: TenantId;
      matter: Envelope<typeof events.MatterAnchoredV1>['data']['matter'];
      subject: ReturnType<typeof personOf>;
    },
    known: { class: string; day?: Day | undefined; parts: readonly { custody: 'lethe' | 'platform'; parts: number }[] },
    to: Day,
    floor: Day | undefined,
    at: Moment,
  ): Promise<void> {
    const { context, keyring } = this.room;
    let day = to;
    if (known.parts.some(({ custody }) => custody === 'lethe')) {
      /* The keyring has the last word on whether a day still takes a key in. */
      for (let tried = 0; tried < AHEAD; tried += 1, day = nextDay(day)) {
        const { outcome } = await keyring.dateMatter(about.tenant, about.matter, known.class, day);
        if (outcome === 'dated' || outcome === 'unknown') break;
      }
    }
    crashPoint('collection.matter.key-moved');
    await new FactsStore(sql, about.tenant).moveMatter(about.matter, known.class, day, floor);
    const method = pack.classes.get(known.class)?.method ?? 'delete';
    await context.outbox.announceAll(
      sql,
      events.MatterDatedV1,
      at.machine,
      known.parts.map(({ custody, parts }) => ({
        about: { tenant: about.tenant, subject: about.subject },
        data: { matter: about.matter, class: known.class, from: known.day, to: day, floor, method, custody, parts },
      })),
    );
  }

  private closedDays(sql: Transaction, tenant: TenantId, partClass: string, from: Day): Promise<Set<string>> {
    const days: { class: string; day: Day }[] = [];
    for (let day = from; days.length < AHEAD; day = nextDay(day)) days.push({ class: partClass, day });
    return new DisposalStore(sql, tenant).closed(days);
  }
}
