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
import { disposalUnder, isMatterOver, type DisposalClass } from '@lethe/policy';
import { crashPoint } from '@lethe/platform';
import { firstOpenDay } from './domain/dating.ts';
import { personOf } from './person-of.ts';
import { momentOf, type Moment, type Room } from './room.ts';
import { DisposalStore } from './store/disposal.store.ts';
import { FactsStore, type MatterClass } from './store/facts.store.ts';
import { lockSlots } from './store/locks.ts';

/** Matters looked at in one statement. */
const PAGE = 500;
/** Days ahead that are tried for one whose key still takes something in. */
const AHEAD = 40;

/** Anchors that arrive or move: one key is wrapped anew, no ciphertext and no part is touched. */
export class Matters {
  constructor(private readonly room: Room) {}

  /** Of one tenant, in order; of several versions of an anchor the newest counts. */
  async anchored(
    sql: Transaction,
    batch: readonly Envelope<typeof events.MatterAnchoredV1>[],
    at: Moment,
  ): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const { tenant } = first;
    const { slots } = this.room.context.config;
    await lockSlots(
      sql,
      tenant,
      batch.map((event) => slotOf(personOf(event), slots)),
    );
    const newest = new Map<string, (typeof batch)[number]>();
    for (const event of batch) {
      const key = `${event.data.matter} ${event.data.anchor}`;
      const known = newest.get(key);
      if (known === undefined || known.data.version < event.data.version) newest.set(key, event);
    }
    const news = await new FactsStore(sql, tenant).applyAnchors(
      [...newest.values()].map((event) => ({
        ...{ matter: event.data.matter, anchor: event.data.anchor, version: event.data.version },
        ...{ subject: personOf(event), at: new Date(event.data.at) },
      })),
    );
    const anchors = Map.groupBy(news, ({ matter }) => matter);
    await this.date(
      sql,
      tenant,
      new Map([...newest.values()].map((event) => [event.data.matter, personOf(event)] as const)),
      at,
      (disposalClass, matter) => (anchors.get(matter) ?? []).some(({ anchor }) => countsFrom(disposalClass, anchor)),
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
            await this.date(
              sql,
              tenant,
              new Map([[matter, subject]]),
              at,
              (disposalClass) => disposalClass.name === name,
            );
          });
        after = page.length === PAGE ? page.at(-1)?.matter : undefined;
      }
    }
  }

  /**
   * What the platform calls a matter goes once nothing of it is left and nothing more can come: whatever is still submitted would be
   * already due. The names go first: whoever is killed in between finds the dates, and does it again.
   */
  async forgetOver(tenant: TenantId): Promise<void> {
    const { context, keyring } = this.room;
    const [{ today, zone }, pack] = await Promise.all([momentOf(context, tenant), context.packs.pack(tenant)]);
    for (let after: MatterId | undefined = '' as MatterId; after !== undefined;) {
      const from: MatterId = after;
      const { page, over } = await context.database.within(tenant, async (sql) => {
        const facts = new FactsStore(sql, tenant);
        const page = await facts.emptyMatters(today, from, PAGE);
        const known = await facts.matters(page);
        return { page, over: page.filter((one) => isMatterOver(pack, known.get(one)?.anchors ?? {}, { today, zone })) };
      });
      if (over.length > 0) {
        await keyring.forgetMatters(tenant, over);
        crashPoint('collection.matter.name-gone');
        await context.database.within(tenant, (sql) => new FactsStore(sql, tenant).forgetDates(over));
      }
      after = page.length === PAGE ? page.at(-1) : undefined;
    }
  }

  /** Gives the parts of matters the dates that their anchors say now, in the classes that are asked for. Under the slots' locks. */
  private async date(
    sql: Transaction,
    tenant: TenantId,
    owners: ReadonlyMap<MatterId, SubjectRef>,
    at: Moment,
    concerns: (disposalClass: DisposalClass, matter: MatterId) => boolean,
  ): Promise<void> {
    const { pack, classes, anchors } = await this.known(sql, tenant, [...owners.keys()]);
    const dated = classes.flatMap((known) => {
      const disposalClass = pack.classes.get(known.class);
      if (disposalClass === undefined || !concerns(disposalClass, known.matter)) return [];
      const collection = known.since && { collection: known.since };
      const date = disposalUnder(disposalClass, { ...anchors(known.matter), ...collection }, at.zone);
      return date === undefined ? [] : [{ known, date, method: disposalClass.method }];
    });
    if (dated.length === 0) return;
    const disposals = new DisposalStore(sql, tenant);
    /* A matter whose present day is closing goes with that day. */
    const going = await disposals.closed(
      dated.flatMap(({ known }) => (known.day ? [{ class: known.class, day: known.day }] : [])),
    );
    const closed = new Map<string, ReadonlySet<Day>>();
    for (const name of new Set(dated.map(({ known }) => known.class)))
      closed.set(name, await disposals.closedFrom(name, at.today));
    const moves = dated.flatMap(({ known, date, method }): Move[] => {
      if (known.day !== undefined && going.has(`${known.class} ${known.day}`)) return [];
      const to = firstOpenDay(date.day, at.today, (day) => closed.get(known.class)!.has(day));
      /* An anchor that moves within a cohort moves the floor all the same. */
      return to === known.day && date.floor === known.floor
        ? []
        : [{ known, owner: owners.get(known.matter)!, to, floor: date.floor, method }];
    });
    await this.move(sql, tenant, moves, at);
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
    const { tenant, matter, subject: owner } = about;
    const { pack, classes, anchors } = await this.known(sql, tenant, [matter]);
    for (const known of classes.filter(({ day }) => day === undefined)) {
      const disposalClass = pack.classes.get(known.class);
      const awaited = disposalClass === undefined ? [] : [disposalClass, ...(disposalClass.later ?? [])];
      const ended = Object.fromEntries(awaited.map(({ anchor }) => [anchor, stoppedAt]));
      const date = disposalClass && disposalUnder(disposalClass, { ...ended, ...anchors(matter) }, at.zone);
      const { day: due, floor } = date ?? { day: at.today, floor: undefined };
      const closed = await new DisposalStore(sql, tenant).closedFrom(known.class, due < at.today ? due : at.today);
      const to = firstOpenDay(due, at.today, (day) => closed.has(day));
      await this.move(sql, tenant, [{ known, owner, to, floor, method: disposalClass?.method ?? 'delete' }], at);
    }
  }

  private async known(sql: Transaction, tenant: TenantId, matters: readonly MatterId[]) {
    const facts = new FactsStore(sql, tenant);
    const [pack, classes, found] = [
      await this.room.context.packs.pack(tenant),
      await facts.matterClasses(matters),
      await facts.matters(matters),
    ];
    return { pack, classes, anchors: (matter: MatterId) => found.get(matter)?.anchors ?? {} };
  }

  private async move(sql: Transaction, tenant: TenantId, moves: readonly Move[], at: Moment): Promise<void> {
    if (moves.length === 0) return;
    const { outbox, config } = this.room.context;
    const days = await this.openDays(tenant, moves);
    crashPoint('collection.matter.key-moved');
    await new FactsStore(sql, tenant).moveMatters(
      moves.map(({ known, floor }, index) => ({ matter: known.matter, class: known.class, day: days[index]!, floor })),
    );
    await outbox.announceAll(
      sql,
      events.MatterDatedV1,
      at.machine,
      moves.flatMap(({ known, owner, floor, method }, index) =>
        // Where the parts are: others whom the person named have slots of their own.
        known.parts.map(({ slot, custody, parts }) => ({
          about: { tenant, ...(slot === slotOf(owner, config.slots) ? { subject: owner } : { slot }) },
          data: {
            ...{ matter: known.matter, class: known.class, from: known.day, to: days[index]! },
            ...{ floor, method, custody, parts },
          },
        })),
      ),
    );
  }

  /** The day that each gets: the keyring has the last word on whether a day still takes a key in. */
  private async openDays(tenant: TenantId, moves: readonly Move[]): Promise<Day[]> {
    const days = moves.map(({ to }) => to);
    let left = moves.flatMap(({ known }, index) =>
      known.parts.some(({ custody }) => custody === 'lethe') ? [index] : [],
    );
    for (let tried = 0; tried < AHEAD && left.length > 0; tried += 1) {
      const outcomes = await this.room.keyring.dateMatters(
        tenant,
        left.map((index) => {
          const { matter, class: kind } = moves[index]!.known;
          return { matter, kind, day: days[index]! };
        }),
      );
      left = left.filter((_, nth) => !['dated', 'unknown'].includes(outcomes[nth]!.outcome));
      for (const index of left) days[index] = nextDay(days[index]!);
    }
    return days;
  }
}

/** What a matter's parts of one class are to be dated by. */
interface Move {
  readonly known: MatterClass;
  /** Whose the matter is. */
  readonly owner: SubjectRef;
  readonly to: Day;
  readonly floor: Day | undefined;
  readonly method: DisposalClass['method'];
}

/** Whether a class, or what later versions say of it, counts from this anchor. */
const countsFrom = ({ anchor, later }: DisposalClass, name: string): boolean =>
  anchor === name || later?.some((each) => each.anchor === name) === true;
