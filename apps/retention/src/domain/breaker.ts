import type { Day } from '@lethe/kernel';
import { goingOn } from './disposal.ts';

/** Parts that may always go within a day, however few a tenant has. */
export const ALWAYS_ALLOWED = 1_000;
/** Local days past the last swept one on which a sweep still goes on by itself. */
const DAYS_AT_MOST = 2;
const DAY_MS = 86_400_000;

/** What a sweep is about to order, beside what a tenant usually orders. */
export interface SweepOutlook {
  /** Parts ordered in the last 24 h of machine time and let pass by nobody, those due now included. */
  readonly parts: number;
  /** Parts that were expected a day ago to be due within these 24 h. */
  readonly forecast: number;
  /** All parts of the tenant that have a date, those ordered in the last 24 h included. */
  readonly dated: number;
  /** Whole days by which consent has moved the tenant's clock within these 24 h (development only). */
  readonly statedDays: number;
  /** The day of the machine's clock, in the tenant's zone, on which a sweep last went through. */
  readonly lastSweptDay?: Day | undefined;
  /** The day of the machine's clock, in the tenant's zone. */
  readonly today: Day;
}

export type StoppedBecause = 'out-of-proportion' | 'days-skipped';
export type BreakerVerdict =
  { readonly kind: 'go-on' } | { readonly kind: 'stopped'; readonly because: StoppedBecause };

/**
 * Stops what is out of proportion until a second person lets it pass (I21): a wrong policy or a clock that jumped must
 * not destroy more than max(1,000, three times the forecast, 5 % of what is dated), nor anything more than two days past
 * the last day that was swept. Days are those of the machine's clock, so a tenant's legal clock that consent has moved
 * is no jump: the days it was moved by are stated, and each brings its own allowance. A tenant of which nothing was ever
 * counted has no last day to be past.
 */
export function judgeSweep(outlook: SweepOutlook): BreakerVerdict {
  const { lastSweptDay, today } = outlook;
  if (lastSweptDay && daysBetween(lastSweptDay, today) > DAYS_AT_MOST)
    return { kind: 'stopped', because: 'days-skipped' };
  if (outlook.parts > allowance(outlook)) return { kind: 'stopped', because: 'out-of-proportion' };
  return { kind: 'go-on' };
}

/**
 * The last day of the machine's clock on which anything goes by its date without a sweep having gone through since: the
 * services that hold no breaker go by it. @param sweptOn the last day that was swept
 */
export const goesThrough = (sweptOn: Day): Day => shifted(sweptOn, DAYS_AT_MOST);
/** The other way round. */
export const sweptBefore = (through: Day): Day => shifted(through, -DAYS_AT_MOST);

/** Parts that may go within 24 h without anybody being asked. */
export function allowance({
  forecast,
  dated,
  statedDays,
}: Pick<SweepOutlook, 'forecast' | 'dated' | 'statedDays'>): number {
  const days = 1 + Math.max(0, statedDays);
  return Math.max(ALWAYS_ALLOWED * days, 3 * forecast, Math.floor(0.05 * dated * days));
}

/** Two persons have let a backlog pass, as one of them saw it. */
export interface Pass {
  readonly pass: string;
  readonly parts: number;
  /** The last local day they saw. */
  readonly through: Day;
}

/** How long a pass waits for its second person, and is good for once it has one. Milliseconds of machine time. */
export const PASS_MS = DAY_MS;

/** What was done at `at` is not a day away from now, to either side: of a clock that was put right nothing stays behind. Machine time. */
export const isFresh = (at: Date, now: Date): boolean => Math.abs(now.getTime() - at.getTime()) < PASS_MS;

/**
 * What of a backlog goes under a pass: the days that were seen, while they and what went under it already have grown by no
 * more than may always go; nothing otherwise. A day that came later was seen by nobody, and is judged without the pass.
 */
export function seenIn<Due extends { readonly day: Day; readonly goes?: Day | undefined; readonly expected: number }>(
  { parts, through }: Pass,
  due: readonly Due[],
  gone: number,
): Due[] {
  const seen = due.filter((each) => goingOn(each) <= through);
  return gone + sumOf(seen) <= parts + ALWAYS_ALLOWED ? seen : [];
}

export const sumOf = (due: readonly { readonly expected: number }[]): number =>
  due.reduce((sum, { expected }) => sum + expected, 0);

/** Whole days by which a clock was moved forward between two offsets. Milliseconds. */
export const daysMoved = (fromOffsetMs: number, toOffsetMs: number): number =>
  Math.max(0, Math.floor((toOffsetMs - fromOffsetMs) / DAY_MS));

const daysBetween = (from: Day, to: Day): number => (Date.parse(to) - Date.parse(from)) / DAY_MS;

const shifted = (day: Day, days: number): Day => new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
