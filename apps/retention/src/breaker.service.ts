import { events, type http } from '@lethe/contracts';
import { addPeriod, dayOf, Fault, type Day, type TenantId, type Transaction } from '@lethe/kernel';
import { twoPersons, type AnswerOf, type Caller, type ServiceContext } from '@lethe/platform';
import {
  allowance,
  daysMoved,
  isFresh,
  judgeSweep,
  PASS_MS,
  seenIn,
  sumOf,
  type StoppedBecause,
  type SweepOutlook,
} from './domain/breaker.ts';
import { Clearing } from './clearing.ts';
import type { Dates } from './dates.ts';
import { goingOn, type DueDay } from './domain/disposal.ts';
import { letGoBy, type Ended } from './domain/end.ts';
import { RECOVERED, stopsSweep } from './domain/hold.ts';
import { BackupStore } from './store/backup.store.ts';
import { BreakerStore } from './store/breaker.store.ts';
import { EndStore } from './store/end.store.ts';
import { HoldStore } from './store/hold.store.ts';

/** What the breaker looks back on. Milliseconds of machine time. */
const WINDOW_MS = 24 * 60 * 60_000;
const OUTLOOK_EVERY_MS = 6 * 60 * 60_000;
const OUTLOOK_KEPT_MS = 3 * WINDOW_MS;
/** How far ahead an outlook tells of days. */
const AHEAD = 'P40D';

/** Why nothing is ordered. */
export type Stopped = StoppedBecause | Unjudged;
/** Why nothing is even judged. */
type Unjudged = 'stopped-by-officer' | 'held' | 'placing' | 'unheard';
const UNJUDGED: readonly Stopped[] = ['stopped-by-officer', 'held', 'placing', 'unheard'] satisfies Unjudged[];

/** What may be ordered of what is due. */
export interface Go {
  readonly goes: readonly DueDay[];
  /** Why no more; absent when all of it goes. */
  readonly stopped?: Stopped;
  /** By what two persons let go of it, and which days. */
  readonly under?: { readonly pass: string; readonly days: ReadonlySet<DueDay> };
}

const isUnjudged = (stopped: Stopped | undefined): stopped is Unjudged =>
  stopped !== undefined && UNJUDGED.includes(stopped);

/** One moment of one tenant's sweep. */
export interface Moment {
  readonly tenant: TenantId;
  /** The tenant's legal day. */
  readonly today: Day;
  /** The day of the machine's clock in the tenant's zone. */
  readonly machineDay: Day;
  readonly legalNow: Date;
  readonly offsetMs: number;
  /** Machine time. */
  readonly now: Date;
  /** The tenant takes nothing more in. */
  readonly ended?: Ended | undefined;
  /** The last day that may be ordered today. */
  readonly through: Day;
}

/** All there are: of a tenant that has ended only floors say when a day goes. */
const EVERY_DAY: Day = '9999-12-31';

/** Stops disposal that is out of proportion, or that an officer wants stopped, until a second person lets it go on. */
export class BreakerService {
  /** Tenants whose first parts this process knows to be counted. */
  readonly #begun = new Set<TenantId>();
  readonly #clearing: Clearing;

  constructor(
    private readonly context: ServiceContext,
    private readonly dates: Dates,
  ) {
    this.#clearing = new Clearing(context);
  }

  async moment(tenant: TenantId, now: Date): Promise<Moment> {
    const { clock } = this.context;
    const [legalNow, zone] = await Promise.all([clock.legalNow(tenant), clock.zone(tenant)]);
    const offsetMs = legalNow.getTime() - now.getTime();
    const stopped = await this.context.database.within(tenant, (sql) => new EndStore(sql, tenant).stopped());
    const today = dayOf(legalNow, zone);
    return {
      tenant,
      today,
      machineDay: dayOf(now, zone),
      legalNow,
      offsetMs,
      now,
      through: stopped ? EVERY_DAY : today,
      ...(stopped ? { ended: { end: stopped.end, stoppedOn: dayOf(stopped.stoppedAt, zone) } } : {}),
    };
  }

  /**
   * A tenant's first parts are counted: what its clock is moved by from here on is stated, and days are skipped from here on,
   * whether or not a sweep has come by. A clock that jumped between is not the one they were told by.
   * @param told when collection told of them, machine time
   */
  async begun(sql: Transaction, tenant: TenantId, told: Date): Promise<void> {
    if (this.#begun.has(tenant)) return;
    const { clock } = this.context;
    const now = clock.machineNow();
    const [legal, zone] = await Promise.all([clock.legalNow(tenant), clock.zone(tenant)]);
    const at = told < now ? told : now;
    if (await new BreakerStore(sql, tenant).firstCounted(legal.getTime() - now.getTime(), dayOf(at, zone), at))
      await this.#clearing.tell(sql, tenant, now);
    sql.afterCommit(() => this.#begun.add(tenant));
  }

  /** What of this may be ordered now? Under the tenant's guard. What stops is written down. */
  async judge(sql: Transaction, moment: Moment, due: readonly DueDay[]): Promise<Go> {
    const store = new BreakerStore(sql, moment.tenant);
    const { skipped, outlook: _, ...go } = await this.look(sql, moment, due);
    if (isUnjudged(go.stopped)) {
      // The day was looked at: whoever lets disposal go on later need not answer for the days between as well.
      if (!skipped) await store.markSeen(moment.machineDay);
    } else if (go.stopped !== undefined) await store.markStopped(go.stopped, moment.now);
    await this.#clearing.tell(sql, moment.tenant, moment.now);
    return go;
  }

  /** Days that nothing is judged by: the two persons who ended the tenant let them go. */
  letGo({ ended }: Moment, due: readonly DueDay[]): DueDay[] {
    return ended ? due.filter((day) => letGoBy(ended, day)) : [];
  }

  /** By what this is judged, and what of it may go; whether the machine's clock skipped days. */
  async look(
    sql: Transaction,
    moment: Moment,
    due: readonly DueDay[],
  ): Promise<Go & { readonly outlook: SweepOutlook; readonly skipped: boolean }> {
    const { tenant, now } = moment;
    const store = new BreakerStore(sql, tenant);
    const outlook = await this.outlook(store, moment, due);
    const verdict = judgeSweep(outlook);
    const skipped = verdict.kind === 'stopped' && verdict.because === 'days-skipped';
    const none = { outlook, skipped, goes: [] };
    const unjudged = await this.unjudged(sql, tenant);
    if (unjudged !== undefined) return { ...none, stopped: unjudged };
    if (verdict.kind === 'go-on') return { outlook, skipped, goes: due };
    // Days that the clock skipped no pass lets through: two persons have to say that its day is the right one.
    const pass = skipped ? undefined : await store.passInForce();
    if (!pass?.confirmedAt || !isFresh(pass.confirmedAt, now)) return { ...none, stopped: verdict.because };
    const letGo = new Set(this.letGo(moment, due));
    const judged = due.filter((day) => !letGo.has(day));
    const days = new Set(seenIn(pass, judged, await store.orderedUnder(pass.pass)));
    const rest = judgeSweep({ ...outlook, parts: outlook.parts - sumOf([...days]) });
    const under = { pass: pass.pass, days };
    return rest.kind === 'go-on'
      ? { outlook, skipped, goes: due, under }
      : { outlook, skipped, goes: due.filter((day) => days.has(day)), under, stopped: rest.because };
  }

  /** What stops a sweep whatever is due. */
  private async unjudged(sql: Transaction, tenant: TenantId): Promise<Unjudged | undefined> {
    const byHolds = stopsSweep(await new HoldStore(sql, tenant).beforeOrders());
    if (byHolds) return byHolds;
    if (await new BreakerStore(sql, tenant).stopInForce()) return 'stopped-by-officer';
    // What is parked may be parts that are not counted here, and collection destroys what it has (I21).
    return (await this.context.consumer.hasParked(sql, tenant, events.PartsAdmittedV1.topic)) ? 'unheard' : undefined;
  }

  /** A sweep went through: its day is the last swept one, and what is dated now is what later ones are held against. */
  async wentThrough(sql: Transaction, moment: Moment): Promise<void> {
    const { tenant, today, machineDay, offsetMs, now, ended } = moment;
    const store = new BreakerStore(sql, tenant);
    await store.markSwept(machineDay);
    await this.#clearing.tell(sql, tenant, now);
    await store.spendPasses(now);
    if (await store.outlookSince(before(now, OUTLOOK_EVERY_MS))) return;
    const horizon = addPeriod(today, AHEAD);
    const byDay: Record<Day, number> = {};
    for (const tally of await this.dates.unordered(sql, tenant, ended ? EVERY_DAY : horizon)) {
      // What a later version has moved to an earlier day is not what was expected, however far ahead that day lies.
      if (tally.goes !== undefined) continue;
      const going = goingOn(tally);
      const day = ended && tally.floor !== undefined && tally.floor < going ? tally.floor : going;
      if (!tally.order && day <= horizon) byDay[day] = (byDay[day] ?? 0) + Math.max(0, tally.parts);
    }
    await store.addOutlook({ offsetMs, byDay, now }, before(now, OUTLOOK_KEPT_MS));
  }

  private async outlook(store: BreakerStore, moment: Moment, due: readonly DueDay[]): Promise<SweepOutlook> {
    const { today, machineDay, offsetMs, now } = moment;
    const letGo = new Set(this.letGo(moment, due));
    const since = before(now, WINDOW_MS);
    const [guard, then, ordered, dated] = [
      await store.guard(),
      await store.outlookBefore(since),
      await store.orderedSince(since),
      await store.dated(),
    ];
    const old = then && then.takenAt <= since ? then : undefined;
    const young = guard?.firstCountedAt && guard.firstCountedAt > since;
    const from = old?.offsetMs ?? (young ? guard.firstOffsetMs : then?.offsetMs) ?? offsetMs;
    const expected = Object.entries(old?.byDay ?? {}).filter(([day]) => day <= today);
    return {
      parts: ordered + sumOf(due.filter((day) => !letGo.has(day))),
      forecast: expected.reduce((sum, [, parts]) => sum + parts, 0),
      dated: Math.max(dated, old?.dated ?? 0),
      statedDays: daysMoved(from, offsetMs),
      lastSweptDay: guard?.sweptOn ?? undefined,
      today: machineDay,
    };
  }

  /** What the next sweep would order, why it would not, and who may let it. @param now machine time */
  async state(tenant: TenantId, now: Date): Promise<AnswerOf<typeof http.Breaker>> {
    const moment = await this.moment(tenant, now);
    return this.context.database.within(tenant, async (sql) => {
      const store = new BreakerStore(sql, tenant);
      const [due, guard, stop] = [await this.dates.due(sql, moment), await store.guard(), await store.stopInForce()];
      const { outlook, stopped } = await this.look(sql, moment, due);
      return {
        ...(stopped ? { stopped } : {}),
        ...(guard?.stoppedAt ? { stoppedAt: guard.stoppedAt.toISOString() } : {}),
        ...(stop
          ? { stop: { reason: stop.reason, stoppedBy: stop.stoppedBy, stoppedAt: stop.stoppedAt.toISOString() } }
          : {}),
        ...(guard?.sweptOn ? { sweptOn: guard.sweptOn } : {}),
        parts: outlook.parts,
        allowance: allowance(outlook),
        forecast: outlook.forecast,
        backlog: due.map(({ day, goes, class: className, method, custody, expected }) => ({
          day,
          ...(goes === undefined ? {} : { goes }),
          class: className,
          method,
          custody: [...custody],
          parts: expected,
        })),
        proposals: (await store.proposed(before(now, PASS_MS))).map((row) => ({
          pass: row.pass,
          because: row.because,
          parts: row.parts,
          through: row.through,
          reason: row.reason,
          proposedBy: row.proposedBy,
          proposedAt: row.proposedAt.toISOString(),
        })),
      };
    });
  }

  /** Proposes to let the backlog pass as it is now. Nothing happens until another person confirms. @param now machine time */
  async propose(
    caller: Pick<Caller, 'tenant' | 'sub'>,
    reason: string,
    now: Date,
  ): Promise<AnswerOf<typeof http.ProposePass>> {
    const { tenant, sub } = caller;
    const moment = await this.moment(tenant, now);
    return this.context.database.within(tenant, async (sql) => {
      await new BackupStore(sql, tenant).lockGuard();
      const store = new BreakerStore(sql, tenant);
      const due = await this.dates.due(sql, moment);
      const verdict = judgeSweep(await this.outlook(store, moment, due));
      if (verdict.kind === 'go-on')
        throw new Fault('conflict', 'retention/breaker-closed', 'the breaker has stopped nothing');
      const letGo = new Set(this.letGo(moment, due));
      const pass = {
        pass: this.context.newId(),
        parts: sumOf(due.filter((day) => !letGo.has(day))),
        through: due.map(goingOn).reduce((last, day) => (day > last ? day : last), moment.today),
      };
      await store.addPass({ ...pass, because: verdict.because, reason, proposedBy: sub }, now);
      return { ...pass, because: verdict.because };
    });
  }

  /**
   * Confirms what another person proposed within a day: a sweep of the next day's time orders the days that were seen. Where
   * the clock had skipped days, both say with it that the day it showed then is right, and it may go on from there.
   * @param now machine time @throws Fault `missing`, `forbidden`, `conflict` when it is too old or was confirmed
   */
  async confirm(
    caller: Pick<Caller, 'tenant' | 'sub'>,
    pass: string,
    now: Date,
  ): Promise<AnswerOf<typeof http.ConfirmPass>> {
    const { tenant, sub } = caller;
    return this.context.database.within(tenant, async (sql) => {
      await new BackupStore(sql, tenant).lockGuard();
      const store = new BreakerStore(sql, tenant);
      const row = await store.lockPass(pass);
      if (!row) throw new Fault('missing', 'retention/no-such-pass', 'no such proposal', 'pass');
      twoPersons(row.proposedBy, caller);
      if (row.confirmedAt)
        throw new Fault('conflict', 'retention/already-confirmed', 'the proposal was confirmed already', 'pass');
      if (!isFresh(row.proposedAt, now))
        throw new Fault('conflict', 'retention/proposal-too-old', 'propose again: the backlog is another one', 'pass');
      await store.spendPasses(now);
      await store.confirmPass(pass, sub, now);
      if (row.because === 'days-skipped')
        await store.markSeen(dayOf(row.proposedAt, await this.context.clock.zone(tenant)));
      await this.#clearing.tell(sql, tenant, now);
      return { pass, parts: row.parts, through: row.through };
    });
  }

  /**
   * Stops all disposal of the tenant from the next transaction of a sweep on. Of a stop that was recovered no event says whose
   * it was: whoever stops anew answers for it. @param now machine time
   */
  async stop(
    caller: Pick<Caller, 'tenant' | 'sub'>,
    reason: string,
    now: Date,
  ): Promise<AnswerOf<typeof http.StopDisposal>> {
    const { tenant, sub } = caller;
    return this.context.database.within(tenant, async (sql) => {
      await new BackupStore(sql, tenant).lockGuard();
      const store = new BreakerStore(sql, tenant);
      const present = await store.stopInForce();
      if (present?.stoppedBy === RECOVERED) await store.answerFor(present.stop, reason, sub);
      if (present)
        return {
          stoppedBy: present.stoppedBy === RECOVERED ? sub : present.stoppedBy,
          stoppedAt: present.stoppedAt.toISOString(),
        };
      await store.addStop(this.context.newId(), reason, sub, now);
      await this.#clearing.tell(sql, tenant, now);
      return { stoppedBy: sub, stoppedAt: now.toISOString() };
    });
  }

  /**
   * Lets disposal go on; another person than the one who stopped it, or, where the database was put back meanwhile, who has
   * stopped it anew. @param now machine time @throws Fault `conflict` when nothing is stopped, or nobody answers for it yet
   */
  async resume(caller: Pick<Caller, 'tenant' | 'sub'>, now: Date): Promise<AnswerOf<typeof http.ResumeDisposal>> {
    const { tenant, sub } = caller;
    return this.context.database.within(tenant, async (sql) => {
      await new BackupStore(sql, tenant).lockGuard();
      const store = new BreakerStore(sql, tenant);
      const present = await store.stopInForce();
      if (!present) throw new Fault('conflict', 'retention/not-stopped', 'nobody has stopped disposal');
      if (present.stoppedBy === RECOVERED)
        throw new Fault(
          'conflict',
          'retention/stop-anew-first',
          'who stopped disposal came back with no event: one person stops it anew, then another lets it go on',
        );
      twoPersons(present.stoppedBy, caller);
      await store.liftStop(present.stop, sub, now);
      await this.#clearing.tell(sql, tenant, now);
      return { resumedAt: now.toISOString() };
    });
  }

  /** For metrics: does something keep this tenant's disposal from going on? */
  async isStopped(tenant: TenantId): Promise<boolean> {
    return this.context.database.within(tenant, async (sql) => {
      const guard = await new BreakerStore(sql, tenant).guard();
      return Boolean(guard?.stoppedBecause ?? (await this.unjudged(sql, tenant)));
    });
  }
}

const before = (now: Date, milliseconds: number): Date => new Date(now.getTime() - milliseconds);
