import type { Day } from '@lethe/kernel';
import type { Refusal } from '../facts.ts';
import { localDay } from '../memo.ts';
import type { Pack } from '../pack.ts';
import { ruled } from './circumstances.ts';

/** An extension that was agreed for a record or a matter, before it is recorded. */
export interface ExtensionFacts {
  /** One of the pack's `retention.extensions`. */
  readonly ground: string;
  /** What shows it: the names of what the ground needs. */
  readonly evidence: readonly string[];
  /** The last day on which it is kept. */
  readonly until: Day;
}

/**
 * May a period be extended so? Only on a ground that the pack lists, shown as the ground needs it, to a day that is not
 * over (Network Data Regulations 22(4): the period a person agreed to binds, and nothing but a new basis makes it longer).
 */
export function judgeExtension(pack: Pack, asked: ExtensionFacts, now: Date): Refusal | undefined {
  const listed = pack.retention?.extensions ?? {};
  const ground = Object.hasOwn(listed, asked.ground) ? listed[asked.ground] : undefined;
  if (ground === undefined)
    return ruled(pack, 'extension-not-listed', undefined, 'ground', Object.values(listed)[0]?.clause);
  if (!ground.needs.every((each) => asked.evidence.includes(each)))
    return ruled(pack, 'extension-evidence-missing', undefined, 'evidence', ground.clause);
  return asked.until < localDay(now, pack.zone)
    ? ruled(pack, 'extension-over', undefined, 'until', ground.clause)
    : undefined;
}
