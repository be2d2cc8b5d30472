import { http } from '@lethe/contracts';
import { addPeriod, dayOf, disposalDay, nextDay, startOfDay, type Day } from '@lethe/kernel';
import {
  afterEarlier,
  disposalUnder,
  goesOn,
  parsePack,
  type Changes,
  type DisposalClass,
  type Pack,
} from '@lethe/policy';
import type { z } from 'zod';
import type { Ask } from './asking.ts';

/** What a further version would do tomorrow to what a running instance holds. */
export interface Tomorrow {
  readonly day: Day;
  /** Who would be asked again: people who stand by a yes given under another version. */
  readonly ask: readonly { readonly purpose: string; readonly level: string; readonly people: number }[];
  /** What goes by then; `sooner` of them only because the version shortens what they were dated for. */
  readonly go: readonly {
    readonly class: string;
    readonly method: string;
    readonly parts: number;
    readonly sooner: number;
  }[];
  /**
   * Classes with another period or anchor. Parts that wait get the shorter of both when their anchor comes, or the floor
   * that a statute sets; `sooner` of the dated ones go earlier than they would, and none later.
   */
  readonly periods: readonly {
    readonly class: string;
    readonly change: 'shorter' | 'longer' | 'longer-floor' | 'gone' | 'other-anchor';
    /** What it would count from, where that is another. */
    readonly anchor?: string;
    readonly waiting: number;
    /** Of those that wait: what gets its day at once, because the other anchor has come. */
    readonly getDay: number;
    readonly dated: number;
    readonly sooner: number;
  }[];
}

/**
 * Held against the versions that the tenant has, whatever file it was compared with.
 * @throws Fault when the instance does not answer
 */
export async function tomorrowOf(ask: Ask, after: Pack, changed: Changes): Promise<Tomorrow> {
  const { legalTime, tallies } = await ask(http.Forecast, {});
  const { counts } = await ask(http.ConsentCounts, {});
  const earlier = await versionsOf(ask, after);
  const before = afterEarlier(earlier.at(-1) ?? after, earlier.slice(0, -1));
  const law = afterEarlier(after, earlier);
  const day = nextDay(dayOf(new Date(legalTime), after.zone));
  const left = datedAnew(
    tallies
      .filter(({ state }) => state !== 'effective' && state !== 'swept')
      .map((tally) => ({ ...tally, then: then(law.classes.get(tally.class), tally) })),
    await movesOf(ask, law, [...before.classes.keys()]),
  );
  /* What waits goes on no day. */
  const sooner = left.filter(
    (tally) => tally.then !== undefined && (tally.day === undefined || tally.then < tally.day),
  );
  const due = left.filter((tally) => tally.then !== undefined && tally.then <= day);
  return {
    day,
    ask: changed.reconsent.map(({ purpose, level }) => ({
      purpose,
      level,
      people: sum(
        counts.filter((each) => each.purpose === purpose && each.notice !== after.version).map(({ people }) => people),
      ),
    })),
    go: [...new Set(due.map(({ class: name, method }) => `${name} ${method}`))].sort().map((key) => {
      const [name = '', method = ''] = key.split(' ');
      const these = due.filter((tally) => tally.class === name && tally.method === method);
      return {
        class: name,
        method,
        parts: partsOf(these),
        sooner: partsOf(
          these.filter((tally) => sooner.includes(tally) && !(tally.day !== undefined && tally.day <= day)),
        ),
      };
    }),
    periods: [...before.classes.values()].flatMap((old) => {
      const changes = changesOf(old, law.classes.get(old.name), after.classes.has(textName(old, before)));
      const these = left.filter((tally) => tally.class === old.name);
      const [waiting, dated] = (['waiting', 'dated'] as const).map((is) => these.filter(({ state }) => state === is));
      return changes.map((change) => ({
        class: old.name,
        ...change,
        waiting: partsOf(waiting!),
        getDay: partsOf(waiting!.filter((tally) => tally.then !== undefined)),
        dated: partsOf(dated!),
        sooner: partsOf(these.filter((tally) => tally.state !== 'waiting' && sooner.includes(tally))),
      }));
    }),
  };
}

type Counted = z.output<typeof http.Forecast.answer>['tallies'][number] & {
  /** When it would go. */
  readonly then?: Day | undefined;
};
/** Parts dated for a day, or that wait, and would go on another because an anchor has come that did not count. */
interface Move {
  readonly class: string;
  readonly from?: Day | undefined;
  readonly then: Day;
  readonly parts: number;
}

/**
 * What of these classes collection would date anew as soon as the version begins: what a later version counts from
 * another anchor goes by the day on which that one came.
 */
async function movesOf(ask: Ask, { classes, zone }: Pack, names: readonly string[]): Promise<Move[]> {
  const moves: Move[] = [];
  for (const name of names) {
    const of = classes.get(name);
    if (of?.later?.some(({ anchor }) => anchor !== of.anchor) !== true) continue;
    const anchors = [...new Set([of, ...of.later].map(({ anchor }) => anchor))];
    const { days } = await ask(http.MatterDays, { query: { class: name, anchors: anchors.join(',') } });
    for (const { day: from, anchors: came, parts } of days) {
      const instants = Object.entries(came).map(([anchor, on]) => [anchor, startOfDay(on, zone)] as const);
      const date = disposalUnder(of, Object.fromEntries(instants), zone);
      if (date !== undefined) moves.push({ class: name, from, then: then(of, date)!, parts });
    }
  }
  return moves;
}

/** The counts, what moves taken out of them and put where it goes. What is ordered moves no more. */
function datedAnew(tallies: readonly Counted[], moves: readonly Move[]): Counted[] {
  const stays = [...tallies];
  const moved: Counted[] = [];
  for (const { class: of, from, then: goes, parts } of moves) {
    let left = parts;
    for (const [index, tally] of stays.entries()) {
      const { state, day, dated } = tally;
      const fits = from === undefined ? state === 'waiting' : state === 'dated' && (dated ?? day) === from;
      const taken = tally.class === of && fits ? Math.min(left, tally.parts) : 0;
      if (taken === 0) continue;
      left -= taken;
      stays[index] = { ...tally, parts: tally.parts - taken };
      moved.push({ ...tally, parts: taken, then: goes });
    }
  }
  return [...stays, ...moved].filter(({ parts }) => parts > 0);
}

/** The texts of the versions a tenant has, oldest first, but for the one that is looked at. */
async function versionsOf(ask: Ask, after: Pack): Promise<Pack[]> {
  const { versions } = await ask(http.PackVersions, {});
  const packs: Pack[] = [];
  for (const { digest, version } of versions.filter((each) => each.version !== after.version)) {
    const { policy, clauses, deployer } = await ask(http.PackText, { params: { digest } });
    packs.push(
      parsePack(policy, `${version}/policy.yaml`, {
        ...(clauses === undefined ? {} : { clauses: { text: clauses, file: `${version}/clauses.yaml` } }),
        ...(deployer === undefined ? {} : { deployer: { text: deployer, file: `${version}/deployer.yaml` } }),
      }),
    );
  }
  return packs;
}

/** What the texts call a class, whichever of its schedules this is. */
const textName = (of: DisposalClass, pack: Pack): string =>
  [...pack.classes.values()].find(({ later }) => later?.some(({ name }) => name === of.name))?.name ?? of.name;

type Tally = { readonly day?: Day | undefined; readonly dated?: Day | undefined; readonly floor?: Day | undefined };
const then = (of: DisposalClass | undefined, { day, dated, floor }: Tally): Day | undefined => {
  const from = dated ?? day;
  const goes = from === undefined || of === undefined ? from : goesOn(of, from);
  return goes !== undefined && floor !== undefined && floor > goes ? floor : goes;
};

/** Held against each other from one day: periods of months and of days are alike only by a calendar, and from two anchors never. */
function changesOf(
  old: DisposalClass,
  now: DisposalClass | undefined,
  named: boolean,
): Pick<Tomorrow['periods'][number], 'change' | 'anchor'>[] {
  const next = now?.later?.at(-1) ?? now;
  if (!named || next === undefined) return [{ change: 'gone' }];
  if (next.name === old.name || old.later?.some(({ name }) => name === next.name)) return [];
  const { anchor } = old.later?.at(-1) ?? old;
  const isOther = next.anchor !== anchor;
  const isLonger =
    next.floor !== undefined && (old.floor === undefined || floorLasts(next.floor) > floorLasts(old.floor));
  const [present, coming] = [lasts(old.period.value), lasts(next.period.value)];
  return [
    ...(isOther ? [{ change: 'other-anchor' as const, anchor: next.anchor }] : []),
    ...(isLonger ? [{ change: 'longer-floor' as const }] : []),
    ...(isOther || isLonger || present === coming
      ? []
      : [{ change: coming < present ? ('shorter' as const) : ('longer' as const) }]),
  ];
}

const lasts = (period: string): Day => disposalDay('2001-01-01', period);
/** With the days by which its end may move. */
const floorLasts = ({ period, end }: NonNullable<DisposalClass['floor']>): Day =>
  addPeriod(lasts(period), `P${String(end?.atMost.value ?? 0)}D`);
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
const partsOf = (tallies: readonly { readonly parts: number }[]): number => sum(tallies.map(({ parts }) => parts));
