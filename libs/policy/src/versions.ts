import type { DisposalClass, FieldRule, FloorEnd, Pack, Purpose } from './pack.ts';

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
 * A version as it judges what earlier ones let in: what came in under another schedule stays a class of its own, which the
 * later schedules shorten; and a consent given under an earlier notice stands only for a purpose that has stayed what it was.
 * @param earlier oldest first, as their texts say
 */
export function afterEarlier(pack: Pack, earlier: readonly Pack[]): Pack {
  if (earlier.length === 0) return pack;
  const { classes, present } = classesUnder([...earlier, pack]);
  const anchors = new Map(earlier.flatMap((each) => [...each.anchors]));
  return {
    ...pack,
    classes,
    purposes: [...present].every(([name, now]) => name === now) ? pack.purposes : renamed(pack.purposes, present),
    anchors: new Map([...anchors, ...pack.anchors]),
    reconsent: new Map(
      earlier
        .filter(({ version }) => version !== pack.version)
        .map((each) => [each.version, new Set(changedPurposes(each, pack))]),
    ),
  };
}

/** Every class of these versions, one for each schedule; and under which name the last version has each of its own. */
function classesUnder(versions: readonly Pack[]): {
  readonly classes: ReadonlyMap<string, DisposalClass>;
  readonly present: ReadonlyMap<string, string>;
} {
  const taken = new Set(versions.flatMap((each) => [...each.classes.keys()]));
  const classes = new Map<string, DisposalClass>();
  const present = new Map<string, string>();
  for (const name of new Set(taken)) {
    const runs: DisposalClass[] = [];
    for (const { version, classes: said } of versions) {
      const each = said.get(name);
      if (each === undefined) continue;
      const last = runs.at(-1);
      if (last !== undefined && scheduleOf(last) === scheduleOf(each))
        runs[runs.length - 1] = { ...each, name: last.name };
      else runs.push({ ...each, name: last === undefined ? name : newName(name, version, taken) });
    }
    runs.forEach((run, index) => {
      const later = runs.slice(index + 1);
      classes.set(run.name, later.length === 0 ? run : { ...run, later });
    });
    if (versions.at(-1)?.classes.has(name)) present.set(name, runs.at(-1)?.name ?? name);
  }
  return { classes, present };
}

/** What of a class decides when and how its parts go. Classes alike in it are one, whatever else a version says of them. */
const scheduleOf = ({ anchor, period, cohort, floor, method }: DisposalClass): string =>
  [anchor, period.value, cohort, floor?.period ?? '', method, ...endOf(floor?.end)].join(' ');

/** What is published later dates only what comes in later: what has its date keeps it. */
const endOf = (end: FloorEnd | undefined): string[] =>
  end === undefined
    ? []
    : [
        String(end.atMost.value),
        ...[end.published].flatMap(({ weekend, off, worked, years }) =>
          [...weekend, '', ...off, '', ...worked, '', ...years].map(String),
        ),
      ];

const NAME_AT_MOST = 64;
function newName(name: string, version: string, taken: Set<string>): string {
  const suffix = version
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '');
  for (let again = 1; ; again += 1) {
    const ending = again === 1 ? suffix : `${suffix}-${String(again)}`;
    const made = `${name.slice(0, NAME_AT_MOST - 1 - ending.length).replace(/[-.]$/, '')}.${ending}`;
    if (taken.has(made)) continue;
    taken.add(made);
    return made;
  }
}

/** The purposes, what they collect put into the classes that the version has begun. */
function renamed(purposes: ReadonlyMap<string, Purpose>, present: ReadonlyMap<string, string>): Pack['purposes'] {
  const rules = (of: ReadonlyMap<string, FieldRule>) =>
    new Map([...of].map(([field, rule]) => [field, { ...rule, class: present.get(rule.class) ?? rule.class }]));
  return new Map(
    [...purposes].map(([name, { fields, borrowed, others, ...purpose }]) => [
      name,
      {
        ...purpose,
        fields: rules(fields),
        borrowed: rules(borrowed),
        ...(others === undefined ? {} : { others: { ...others, fields: rules(others.fields) } }),
      },
    ]),
  );
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
