import type { FieldRule, Pack, Purpose } from './pack.ts';

/** A version of a tenant's pack, and the legal time from which it governs. */
export interface DatedPack {
  readonly pack: Pack;
  readonly from: Date;
}

/** The version in force at an instant of legal time: the latest begun by then; before the first, the first. */
export function inForce(versions: readonly DatedPack[], at: Date): Pack {
  const begun = versions.filter(({ from }) => from.getTime() <= at.getTime());
  const [first] = versions;
  const last = begun.at(-1) ?? first;
  if (last === undefined) throw new RangeError('a tenant has at least one version');
  return last.pack;
}

/**
 * A version as it judges what earlier ones let in: a disposal class it no longer names keeps its period, and a consent
 * given under an earlier notice stands only for a purpose that has stayed what it was.
 * @param earlier oldest first
 */
export function afterEarlier(pack: Pack, earlier: readonly Pack[]): Pack {
  if (earlier.length === 0) return pack;
  const classes = new Map(earlier.flatMap((each) => [...each.classes]));
  const anchors = new Map(earlier.flatMap((each) => [...each.anchors]));
  return {
    ...pack,
    classes: new Map([...classes, ...pack.classes]),
    anchors: new Map([...anchors, ...pack.anchors]),
    reconsent: new Map(
      earlier
        .filter(({ version }) => version !== pack.version)
        .map((each) => [each.version, new Set(changedPurposes(each, pack))]),
    ),
  };
}

/** Purposes to which somebody who agreed under `before` has not agreed as they are in `after`. */
export const changedPurposes = (before: Pack, after: Pack): string[] =>
  [...after.purposes.values()]
    .filter((purpose) => {
      const old = before.purposes.get(purpose.name);
      return old === undefined || whatGrew(old, purpose).length > 0;
    })
    .map(({ name }) => name);

/** In which ways a purpose asks for more than it did: data, use or manner. */
export function whatGrew(before: Purpose, after: Purpose): ('fields' | 'uses' | 'manner')[] {
  const has = (old: ReadonlyMap<string, FieldRule> | undefined, now: ReadonlyMap<string, FieldRule> | undefined) =>
    [...(now?.keys() ?? [])].every((field) => old?.has(field) === true);
  return [
    ...(has(before.fields, after.fields) && has(before.others?.fields, after.others?.fields)
      ? []
      : (['fields'] as const)),
    ...(after.alsoUsedFor.every((use) => before.alsoUsedFor.includes(use)) ? [] : (['uses'] as const)),
    ...(before.custody === after.custody &&
    before.kind === after.kind &&
    before.basis.kind === after.basis.kind &&
    before.basis.level === after.basis.level
      ? []
      : (['manner'] as const)),
  ];
}
