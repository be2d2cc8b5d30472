import { isEnough } from './basis.ts';
import { comparePacks } from './changes.ts';
import type { ConsentLevel, Pack } from './pack.ts';
import { reductionsOf } from './reductions.ts';
import type { DatedPack } from './versions.ts';

/** A notice about the policy that was shown to the person. */
export interface PolicyShown {
  readonly version: string;
  readonly channel: string;
}

/** Channels on which a version had to be shown to this person, and was not. */
const missingFor = ({ version, changes }: Pack, shown: readonly PolicyShown[]): string[] =>
  (changes?.personNotice ?? []).filter(
    (channel) => !shown.some((each) => each.version === version && each.channel === channel),
  );

/** A yes to the policy, in the order in which it was recorded. */
export interface PolicyAct {
  readonly state: 'given' | 'refused' | 'withdrawn';
  readonly notice: string;
  readonly level: ConsentLevel;
  readonly implied?: boolean | undefined;
}

/**
 * The version by which a person's rights are judged: never fewer than they had, unless they agreed to it in the way the
 * policy asks for. Going on using the service agrees to nothing of the kind, and a major change that had to be shown to
 * each person is nothing to whom it was not shown. Whoever came under a later version has that one's rights from the start.
 */
export function rightsOf(
  versions: readonly DatedPack[],
  acts: readonly PolicyAct[],
  now: Date,
  shown: readonly PolicyShown[] = [],
): Pack {
  const begun = versions.filter(({ from }) => from.getTime() <= now.getTime()).map(({ pack }) => pack);
  const list = begun.length === 0 ? versions.slice(0, 1).map(({ pack }) => pack) : begun;
  const place = (notice: string): number => list.findIndex(({ version }) => version === notice);
  const given = acts.filter(({ state }) => state === 'given');
  const first = given.map(({ notice }) => place(notice)).find((index) => index >= 0) ?? 0;
  let rights = list[first];
  if (rights === undefined) throw new RangeError('a tenant has at least one version');
  for (const [index, next] of list.entries()) {
    if (index <= first) continue;
    const level = next.changes?.reduction?.level ?? 'explicit';
    const agreed = given.some(
      (act) => act.implied !== true && place(act.notice) >= index && isEnough(act.level, level),
    );
    const untold = missingFor(next, shown).length > 0 && comparePacks(rights, next).kinds.length > 0;
    if (agreed || (!untold && reductionsOf(rights, next).length === 0)) rights = next;
  }
  return rights;
}
