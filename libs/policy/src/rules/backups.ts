import { CLOCK_TOLERANCE_MS } from '../basis.ts';
import type { Refusal } from '../facts.ts';
import type { Pack } from '../pack.ts';
import { ruled } from './circumstances.ts';

/** A backup that a store of the platform took: what is in it. */
export interface CopyFacts {
  /** None named: there may be anything in it. */
  readonly classes: readonly string[];
  /** Legal time of the first state it can bring back. */
  readonly from: Date;
}

/** May there be something of a class in it? A class stands for each of its schedules (`orders.2026-04-01`). */
export const hasClass = (classes: readonly string[], of: string): boolean =>
  classes.length === 0 || classes.some((mine) => of === mine || of.startsWith(`${mine}.`));

/** Was something destroyed after a backup began to cover what there is? Its clock is the platform's, and may be ahead. */
export const isCovered = ({ from }: Pick<CopyFacts, 'from'>, destroyedAt: Date): boolean =>
  from.getTime() - CLOCK_TOLERANCE_MS <= destroyedAt.getTime();

/** May what was destroyed then, of these classes (absent: of none that is known yet), lie in it? */
export const mayLieIn = (copy: CopyFacts, destroyedAt: Date, classes?: readonly string[]): boolean =>
  isCovered(copy, destroyedAt) &&
  (copy.classes.length === 0 || (classes ?? []).some((of) => hasClass(copy.classes, of)));

/**
 * May the platform restore a backup of its own? From the moment something in it is gone elsewhere it is stored safely and
 * nothing else, until it can be deleted (PIPL 47): nobody but Lethe could say what of it may come back.
 */
export const judgeRestore = (pack: Pack, isolated: boolean): Refusal | undefined =>
  isolated ? ruled(pack, 'backup-isolated', undefined, 'backup', pack.backups.clause) : undefined;
