import type { Pack } from './pack.ts';

/** Sections in which a member more is a right more, and those in which it is a right less. */
const RIGHTS = ['types', 'grounds', 'selfService', 'channels', 'proofs', 'never'];
const LIMITS = ['refusals', 'fee'];
/** Counts of which more is worse for the person: days, money. */
const SPANS = ['days', 'target', 'within', 'amount'];

/** Rights under `after` of which a person has less than under `before`: fewer, later, dearer, or refused more often. */
export function reductionsOf(before: Pack, after: Pack): string[] {
  const found: string[] = [];
  const walk = (old: unknown, now: unknown, path: readonly string[]): void => {
    const key = path.at(-1) ?? '';
    if (SPANS.includes(key) && (numberOf(now) ?? 0) > (numberOf(old) ?? Number.POSITIVE_INFINITY))
      found.push(path.join('.'));
    const [was, is] = [membersOf(old), membersOf(now)];
    if (RIGHTS.includes(key)) found.push(...missing(was, is).map((member) => pathTo(path, member)));
    else if (path.some((step) => LIMITS.includes(step)))
      found.push(...missing(is, was).map((member) => pathTo(path, member)));
    for (const member of was)
      if (is.includes(member)) walk(childOf(old, member), childOf(now, member), [...path, member]);
  };
  for (const section of LIMITS)
    if (childOf(before.requests, section) === undefined && childOf(after.requests, section) !== undefined)
      found.push(`requests.${section}`);
  walk(before.requests, after.requests, ['requests']);
  return [...new Set(found)].filter((path) => !/\.(clause|names|name|stated|source)$/.test(path));
}

/** A member of a list that has no name of its own is told by its list. */
const pathTo = (path: readonly string[], member: string): string =>
  (member.startsWith('{') ? path : [...path, member]).join('.');

const missing = (from: readonly string[], of: readonly string[]): string[] => from.filter((each) => !of.includes(each));

const membersOf = (value: unknown): string[] =>
  value instanceof Map || value instanceof Set
    ? [...(value as Map<string, unknown>).keys()].map(String)
    : Array.isArray(value)
      ? value.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
      : typeof value === 'object' && value !== null
        ? Object.keys(value)
        : [];

const childOf = (value: unknown, member: string): unknown =>
  value instanceof Map
    ? (value as Map<string, unknown>).get(member)
    : typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)[member]
      : undefined;

/** A count, stated or used instead. */
const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number'
    ? value
    : typeof value === 'object' && value !== null && 'value' in value && typeof value.value === 'number'
      ? value.value
      : undefined;
