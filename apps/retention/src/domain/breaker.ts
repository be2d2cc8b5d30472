import type { Day } from '@lethe/kernel';

/** What a sweep is about to order, beside what a tenant usually orders. */
export interface SweepOutlook {
  /** Parts ordered in the last 24 h of machine time, those of this sweep included. */
  readonly parts: number;
  /** Parts the forecast of a day ago expected for these 24 h. */
  readonly forecast: number;
  /** All parts of the tenant that have a date. */
  readonly dated: number;
  readonly lastSweptDay?: Day | undefined;
  readonly today: Day;
}

export type BreakerVerdict =
  { readonly kind: 'go-on' } | { readonly kind: 'stopped'; readonly because: 'out-of-proportion' | 'days-skipped' };

/**
 * Stops what is out of proportion until a second person lets it pass (design §6, I21): a wrong policy or a clock that
 * jumped must not destroy more than max(1,000, three times the forecast, 5 % of what is dated), nor more than two days
 * past the last day that was swept. A tenant that was never swept has no last day to be past.
 */
export function judgeSweep({ parts, forecast, dated, lastSweptDay, today }: SweepOutlook): BreakerVerdict {
  if (parts > Math.max(1_000, 3 * forecast, 0.05 * dated)) return { kind: 'stopped', because: 'out-of-proportion' };
  if (lastSweptDay && daysBetween(lastSweptDay, today) > 2) return { kind: 'stopped', because: 'days-skipped' };
  return { kind: 'go-on' };
}

const daysBetween = (from: Day, to: Day): number => (Date.parse(to) - Date.parse(from)) / 86_400_000;
