import { http } from '@lethe/contracts';
import type { Day } from '@lethe/kernel';

/**
 * What a person has to look at, and nothing guesses away: a matter whose anchor has not come by its limit; a class that
 * no rule of the tenant's pack covers; a day that is over and was not ordered; an order a participant has not answered;
 * a hold whose review date has passed; a backup that could not be purged on its date; the
 * last backup, where it was not taken; an end of the tenant after whose time
 * something is left that no floor keeps.
 */
export const FINDING_KINDS = http.findingKind.options;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** One finding: `kind`, `class` and `about` say which, however often it is found. */
export interface Found {
  readonly kind: FindingKind;
  readonly class?: string | undefined;
  /** The matter, day, order or backup and participant, hold, backup or end it is about. */
  readonly about?: string | undefined;
  /** The local day from which it is so. */
  readonly since: Day;
  /** Parts concerned, by the counts. */
  readonly parts: number;
}

/** Parts of one class and matter that wait for an anchor. */
export interface Waiting {
  readonly class: string;
  readonly matter: string;
  readonly limit: Day;
  readonly parts: number;
}

/** Waiting parts are a finding from the day of their limit on, and never get a date that nobody stated. */
export const waitingPastLimit = (waiting: readonly Waiting[], today: Day): Found[] =>
  waiting
    .filter(({ limit, parts }) => parts > 0 && limit <= today)
    .map(({ class: of, matter, limit, parts }) => ({
      kind: 'waiting-past-limit',
      class: of,
      about: matter,
      since: limit,
      parts,
    }));

export interface Facts {
  /** Classes that have parts. */
  readonly counted: readonly { readonly class: string; readonly parts: number }[];
  /** Days that are due by their counts and have no order. */
  readonly unordered: readonly { readonly class: string; readonly day: Day; readonly parts: number }[];
  /** Orders in force for too long, each with those who have not answered. */
  readonly unanswered: readonly {
    readonly order: string;
    readonly class: string;
    readonly day: Day;
    readonly parts: number;
    readonly missing: readonly string[];
  }[];
  /** Orders about backups of the platform that their holders have not answered for too long, and since which day. */
  readonly silent: readonly { readonly backup: string; readonly holder: string; readonly since: Day }[];
  /** Lethe's own backups that are isolated and whose files could not be moved for too long, and since which day. */
  readonly unmoved: readonly { readonly backup: string; readonly since: Day }[];
  /** Stores of the platform that were told of a hold, or of its end, and have not answered for too long. */
  readonly untaken: readonly { readonly hold: string; readonly participant: string; readonly since: Day }[];
  /** Holds that collection has not answered for too long: nothing of the tenant is ordered before it has. */
  readonly unrecorded: readonly { readonly hold: string; readonly since: Day }[];
  /** Holds in force or being placed. */
  readonly holds: readonly { readonly hold: string; readonly reviewOn: Day; readonly parts: number }[];
  /** The end of the tenant that has begun, the first day on which nothing may be left, and what is, but by a floor. */
  readonly end?: { readonly end: string; readonly dueOn: Day; readonly left: number } | undefined;
  /** The last of Lethe's own backups, and since which day, where not every service has taken its part in time. */
  readonly untakenBackups: readonly { readonly backup: string; readonly since: Day }[];
  /** Backups whose purge has begun, with how often it failed; and those not purged yet. */
  readonly backups: readonly { readonly backup: string; readonly purgeOn: Day; readonly failures: number }[];
}

/** Who has not carried out an order, where it is Lethe itself. */
const LETHE = 'lethe';

/** So long a backup may take until all services have taken their parts. Milliseconds of machine time. */
export const NOT_TAKEN_AFTER_MS = 10 * 60_000;

/** Everything else that is found. `classes` are those the tenant's pack has a rule for. */
export const foundAmong = (facts: Facts, today: Day, classes: ReadonlySet<string>): Found[] => [
  ...facts.counted
    .filter((one) => one.parts > 0 && !classes.has(one.class))
    .map(({ class: of, parts }): Found => ({ kind: 'uncovered-class', class: of, since: today, parts })),
  ...facts.unordered
    .filter(({ day, parts }) => day < today && parts > 0)
    .map(({ class: of, day, parts }): Found => ({
      kind: 'disposal-overdue',
      class: of,
      about: day,
      since: day,
      parts,
    })),
  ...facts.unanswered.flatMap(({ order, class: of, day, parts, missing }) =>
    missing.map((who): Found => ({ kind: 'ack-overdue', class: of, about: `${order} ${who}`, since: day, parts })),
  ),
  ...facts.silent.map(({ backup, holder, since }): Found => ({
    kind: 'ack-overdue',
    about: `${backup} ${holder}`,
    since,
    parts: 0,
  })),
  ...facts.unmoved.map(({ backup, since }): Found => ({
    kind: 'ack-overdue',
    about: `${backup} ${LETHE}`,
    since,
    parts: 0,
  })),
  ...facts.untaken.map(({ hold, participant, since }): Found => ({
    kind: 'ack-overdue',
    about: `${hold} ${participant}`,
    since,
    parts: 0,
  })),
  ...facts.unrecorded.map(({ hold, since }): Found => ({
    kind: 'ack-overdue',
    about: `${hold} ${LETHE}`,
    since,
    parts: 0,
  })),
  ...facts.holds
    .filter(({ reviewOn }) => reviewOn < today)
    .map(({ hold, reviewOn, parts }): Found => ({ kind: 'hold-past-review', about: hold, since: reviewOn, parts })),
  ...facts.backups
    .filter(({ purgeOn, failures }) => failures > 0 || purgeOn < today)
    .map(({ backup, purgeOn }): Found => ({ kind: 'purge-failed', about: backup, since: purgeOn, parts: 0 })),
  ...facts.untakenBackups.map(({ backup, since }): Found => ({
    kind: 'backup-not-taken',
    about: backup,
    since,
    parts: 0,
  })),
  ...(facts.end !== undefined && facts.end.left > 0 && facts.end.dueOn <= today
    ? [{ kind: 'end-overdue', about: facts.end.end, since: facts.end.dueOn, parts: facts.end.left } as const]
    : []),
];

type Key = Pick<Found, 'kind' | 'class' | 'about'>;
export const keyOf = ({ kind, class: of, about }: Key): string => `${kind} ${of ?? ''} ${about ?? ''}`;

/** What is found and not listed yet, and what is listed and no longer so. */
export function compare<Open extends Key>(
  open: readonly Open[],
  found: readonly Found[],
): { readonly opened: Found[]; readonly resolved: Open[] } {
  const listed = new Set(open.map(keyOf));
  const still = new Set(found.map(keyOf));
  return {
    opened: found.filter((one) => !listed.has(keyOf(one))),
    resolved: open.filter((one) => !still.has(keyOf(one))),
  };
}
