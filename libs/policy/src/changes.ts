import { addPeriod, type Day } from '@lethe/kernel';
import { localDay } from './memo.ts';
import type { ConsentLevel, Pack } from './pack.ts';
import { reductionsOf } from './reductions.ts';
import type { RefusalCode } from './refusals.ts';
import { whatGrew } from './versions.ts';

/** What a new version changes, by the policy's own list of what counts as major. */
export interface Changes {
  /** Kinds of that list which the change is of. */
  readonly kinds: readonly string[];
  /** None of them, yet something changed: whether that is major, a person decides. */
  readonly other: boolean;
  /** Rights of which there would be less. */
  readonly reductions: readonly string[];
  /** Consents that must be asked again, and how strong the yes must be. */
  readonly reconsent: readonly { readonly purpose: string; readonly level: ConsentLevel }[];
}

/** What a text of a version is and what it says about itself is no change of the policy. */
const ITSELF = new Set([
  'version',
  'effectiveFrom',
  'digest',
  'notices',
  'reconsent',
  'clauses',
  'apiVersion',
  'title',
]);
/** What somebody else publishes, and no promise of the policy. */
const PUBLISHED = 'published';
/** Words, in which nothing that a rule reads can stand. */
const WORDS = new Set(['names', 'name', 'clause', 'effect', 'law', 'note']);

/** Compares two versions of a pack. `highRisk`: an impact assessment behind the new one found a high risk. */
export function comparePacks(before: Pack, after: Pack, highRisk = false): Changes {
  const { changes } = after;
  const differs = (path: string): boolean =>
    path === 'assessment'
      ? highRisk
      : path === 'controller' // Who answers is known by name: there the words are the change.
        ? !same(before.controller, after.controller)
        : !same(valueAt(before, path), valueAt(after, path));
  const kinds = Object.entries(changes?.major ?? {})
    .filter(([, { what }]) => what.some(differs))
    .map(([kind]) => kind);
  const other = kinds.length === 0 && !same(lawOf(before), lawOf(after));
  return { kinds, other, reductions: reductionsOf(before, after), reconsent: reconsentOf(before, after, kinds) };
}

/** All of a version but what it says about itself; its wording is part of it. */
const lawOf = (pack: Pack): unknown => Object.fromEntries(Object.entries(pack).filter(([key]) => !ITSELF.has(key)));

/** Whether two values say the same; in which order a map was written says nothing. */
function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (one instanceof RegExp && other instanceof RegExp) return one.source === other.source && one.flags === other.flags;
  const [left, right] = [entriesOf(one), entriesOf(other)];
  return left.size === right.size && [...left].every(([key, value]) => right.has(key) && same(value, right.get(key)));
}

const entriesOf = (value: object): ReadonlyMap<unknown, unknown> =>
  value instanceof Map
    ? (value as Map<unknown, unknown>)
    : value instanceof Set
      ? new Map([...(value as Set<unknown>)].map((each) => [each, each]))
      : new Map(Object.entries(value).filter(([, each]) => each !== undefined));

function valueAt(pack: Pack, path: string): unknown {
  // Who answers, and where to reach them, is said in words: there they count.
  const [first = ''] = path.split('.');
  return path
    .split('.')
    .reduce<unknown>(
      (value, step) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined,
      IN_WORDS.has(first) ? pack : bare(pack),
    );
}

const IN_WORDS = new Set(['controller', 'contacts']);
const bared = new WeakMap<object, unknown>();
/** As plain data without words: maps as objects, sets as lists. Words alone are never a major change. */
function bare(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof RegExp) return value;
  const known = bared.get(value);
  if (known !== undefined) return known;
  const entries =
    value instanceof Map
      ? [...(value as Map<string, unknown>)]
      : value instanceof Set || Array.isArray(value)
        ? undefined
        : Object.entries(value);
  const plain =
    entries === undefined
      ? [...(value as Iterable<unknown>)].map(bare)
      : Object.fromEntries(
          entries
            .filter(([key, each]) => !(WORDS.has(key) && isWords(each)) && key !== PUBLISHED && each !== undefined)
            .map(([key, each]) => [key, bare(each)]),
        );
  bared.set(value, plain);
  return plain;
}

/** A text, or one text in each language. */
const isWords = (value: unknown): boolean =>
  typeof value === 'string' ||
  (typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string'));

/** A purpose that asks for more is asked about again, as strongly as the kind of change, the policy or the purpose itself says. */
function reconsentOf(before: Pack, after: Pack, kinds: readonly string[]): Changes['reconsent'] {
  const level = kinds
    .map((kind) => after.changes?.major[kind]?.reconsent)
    .find((each): each is ConsentLevel => each !== undefined && each !== 'none');
  return [...after.purposes.values()].flatMap(({ name, basis }) => {
    const now = after.purposes.get(name);
    const old = before.purposes.get(name);
    if (now === undefined || basis.kind !== 'consent' || (old !== undefined && whatGrew(old, now).length === 0))
      return [];
    return [{ purpose: name, level: level ?? after.consent?.newFunction?.level ?? basis.level ?? 'acceptance' }];
  });
}

/** What was published or announced about a version. */
export interface Publication {
  readonly channel: string;
  readonly at: Date;
  /** The first day, as it says. */
  readonly effectiveFrom?: Day | undefined;
}

export interface ActivationRefusal {
  readonly code: RefusalCode;
  readonly clause: string;
  readonly field?: string;
}

/** What stands in the way of a version: published and announced as its policy says, in time, and named right. */
export function judgeActivation(
  pack: Pack,
  changed: Changes,
  asked: { readonly publications: readonly Publication[]; readonly decided?: 'major' | 'minor' | undefined },
  now: Date,
): ActivationRefusal[] {
  const { changes } = pack;
  if (changes === undefined) return [];
  const { publications, decided } = asked;
  const no = (code: RefusalCode, field: string, clause = changes.clause): ActivationRefusal => ({
    code,
    clause,
    field,
  });
  const on = (channel: string) => publications.filter((each) => each.channel === channel && each.at <= now);
  const missing = (channels: readonly string[]) => channels.filter((channel) => on(channel).length === 0);
  const major = changed.kinds.length > 0 || decided === 'major';
  const clauseOfKind = changes.major[changed.kinds[0] ?? '']?.clause;
  const needed = [...changes.publishOn, ...(major ? changes.majorNotice : [])];
  const last = needed
    .flatMap((channel) => on(channel).map(({ at }) => at.getTime()))
    .sort((a, b) => a - b)
    .at(-1);
  const days = changes.noticeDays.value;
  return [
    ...missing(changes.publishOn).map((channel) => no('change-not-published', `publications.${channel}`)),
    ...(major ? missing(changes.majorNotice) : []).map((channel) =>
      no('change-not-announced', `publications.${channel}`, clauseOfKind),
    ),
    ...(last !== undefined && addPeriod(localDay(new Date(last), pack.zone), `P${String(days)}D`) > pack.effectiveFrom
      ? [no('change-notice-too-short', 'publications')]
      : []),
    ...(publications.some(({ effectiveFrom }) => effectiveFrom !== undefined && effectiveFrom !== pack.effectiveFrom)
      ? [no('effective-date-mismatch', 'publications.effectiveFrom')]
      : []),
    ...(changed.other && decided === undefined && changes.undecided !== undefined
      ? [no('change-undecided', 'decided', changes.undecided.clause)]
      : []),
  ];
}
