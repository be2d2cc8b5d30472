import { events, type Envelope } from '@lethe/contracts';
import {
  nextDay,
  slotOf,
  type Day,
  type MatterId,
  type SubjectRef,
  type TenantId,
  type Transaction,
} from '@lethe/kernel';
import { disposalUnder, type DisposalClass } from '@lethe/policy';
import { crashPoint } from '@lethe/platform';
import { firstOpenDay } from './domain/dating.ts';
import { personOf } from './person-of.ts';
import { momentOf, type Moment, type Room } from './room.ts';
import { DisposalStore } from './store/disposal.store.ts';
import { FactsStore, type MatterParts } from './store/facts.store.ts';
import { lockSlots } from './store/locks.ts';

/** Matters looked at in one statement. */
const PAGE = 500;
/** Days ahead that are tried for one whose key still takes something in. */
const AHEAD = 40;

/** Anchors that arrive or move: one key is wrapped anew, no ciphertext and no part is touched. */
export class Matters {
  constructor(private readonly room: Room) {}

  async anchored(sql: Transaction, event: Envelope<typeof events.MatterAnchoredV1>, at: Moment): Promise<void> {
    const { context } = this.room;
    const { tenant, data } = event;
    const subject = personOf(event);
    await lockSlots(sql, tenant, [slotOf(subject, context.config.slots)]);
    const { matter, anchor, version } = data;
    const news = await new FactsStore(sql, tenant).applyAnchor({
      matter,
      subject,
      anchor,
      version,
      at: new Date(data.at),
    });
    if (!news) return;
    await this.date(sql, { tenant, matter: data.matter, subject }, at, (disposalClass) =>
      countsFrom(disposalClass, data.anchor),
    );
  }

  /**
   * Dates anew what waits or is dated in classes of which a later version counts from another anchor than they do: such
   * an anchor may have come before the version did. What counts from the same anchor needs no look: its day says it.
   */
  async shortened(tenant: TenantId): Promise<void> {
    const { context } = this.room;
    const pack = await context.packs.pack(tenant);
    const classes = [...pack.classes.values()].filter(({ anchor, later }) =>
      later?.some((each) => each.anchor !== anchor),
    );
    for (const { name } of classes) {
      for (let after: MatterId | undefined = '' as MatterId; after !== undefined;) {
        const from: MatterId = after;
        const page = await context.database.within(tenant, (sql) =>
          new FactsStore(sql, tenant).mattersIn(name, from, PAGE),
        );
        for (const { matter, subject } of page)
          await context.database.within(tenant, async (sql) => {
            await lockSlots(sql, tenant, [slotOf(subject, context.config.slots)]);
            const at = await momentOf(context, tenant);
            await this.date(sql, { tenant, matter, subject }, at, (disposalClass) => disposalClass.name === name);
          });
        after = page.length === PAGE ? page.at(-1)?.matter : undefined;
      }
    }
  }

  /** Gives the matter's parts the dates that its anchors say now, in the classes that are asked for. Under the slot's lock. */
  private async date(
    sql: Transaction,
    about: { readonly tenant: TenantId; readonly matter: MatterId; readonly subject: SubjectRef },
    at: Moment,
    concerns: (disposalClass: DisposalClass) => boolean,
  ): Promise<void> {
    const { tenant, matter } = about;
    const { pack, classes, anchors } = await this.known(sql, tenant, matter);
    for (const known of classes) {
      const disposalClass = pack.classes.get(known.class);
      if (disposalClass === undefined || !concerns(disposalClass)) continue;
      const date = disposalUnder(
        disposalClass,
        { ...anchors, ...(known.since && { collection: known.since }) },
        at.zone,
      );
      if (date === undefined) continue;
      /* A matter whose present day is closing goes with that day. */
      const disposals = new DisposalStore(sql, tenant);
      if (known.day !== undefined && (await disposals.byDay(known.class, known.day)) !== undefined) continue;
      const closed = await disposals.closedFrom(known.class, date.day < at.today ? date.day : at.today);
      const to = firstOpenDay(date.day, at.today, (day) => closed.has(day));
      if (to === known.day) continue;
      await this.move(sql, disposalClass, about, known, to, date.floor, at);
    }
  }

  /**
   * The tenant has ended: whatever this matter still waits for has come by then or never will, so its period counts from there.
   * Where no rule of the pack covers the class, nothing says that it may stay.
   */
  async endWaiting(
    sql: Transaction,
    about: { tenant: TenantId; matter: MatterId; subject: SubjectRef },
    stoppedAt: Date,
    at: Moment,
  ): Promise<void> {
    const { tenant, matter } = about;
    const { pack, classes, anchors } = await this.known(sql, tenant, matter);
    for (const known of classes.filter(({ day }) => day === undefined)) {
      const disposalClass = pack.classes.get(known.class);
      const awaited = disposalClass === undefined ? [] : [disposalClass, ...(disposalClass.later ?? [])];
      const ended = Object.fromEntries(awaited.map(({ anchor }) => [anchor, stoppedAt]));
      const date = disposalClass && disposalUnder(disposalClass, { ...ended, ...anchors }, at.zone);
      const { day: due, floor } = date ?? { day: at.today, floor: undefined };
      const closed = await new DisposalStore(sql, tenant).closedFrom(known.class, due < at.today ? due : at.today);
      const to = firstOpenDay(due, at.today, (day) => closed.has(day));
      await this.move(sql, disposalClass ?? { method: 'delete' }, about, known, to, floor, at);
    }
  }

  private async known(sql: Transaction, tenant: TenantId, matter: MatterId) {
    const facts = new FactsStore(sql, tenant);
    const [pack, classes, found] = [
      await this.room.context.packs.pack(tenant),
      await facts.matterClasses(matter),
      await facts.matters([matter]),
    ];
    return { pack, classes, anchors: found.get(matter)?.anchors ?? {} };
  }

  private async move(
    sql: Transaction,
    { method }: Pick<DisposalClass, 'method'>,
    about: { readonly tenant: TenantId; readonly matter: MatterId; readonly subject: SubjectRef },
    known: { class: string; day?: Day | undefined; parts: readonly MatterParts[] },
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
    const own = slotOf(about.subject, context.config.slots);
    await context.outbox.announceAll(
      sql,
      events.MatterDatedV1,
      at.machine,
      // Where the parts are: others whom the person named have slots of their own.
      known.parts.map(({ slot, custody, parts }) => ({
        about: { tenant: about.tenant, ...(slot === own ? { subject: about.subject } : { slot }) },
        data: { matter: about.matter, class: known.class, from: known.day, to: day, floor, method, custody, parts },
      })),
    );
  }
}

/** Whether a class, or what later versions say of it, counts from this anchor. */
const countsFrom = ({ anchor, later }: DisposalClass, name: string): boolean =>
  anchor === name || later?.some((each) => each.anchor === name) === true;
