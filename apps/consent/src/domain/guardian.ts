import type { Day, SubjectRef } from '@lethe/kernel';
import { addSpan, ageLines, type Pack } from '@lethe/policy';

/** Whether a person needs a guardian's consent, and has it. */
export type Guardian = 'not-needed' | 'missing' | 'verified';

/** One statement of the platform about a person. No age and no birth date: the platform keeps those. */
export interface GuardianStatement {
  readonly version: number;
  readonly guardian: Guardian;
  /** Legal time since which it is so: what was collected earlier was collected without it. */
  readonly since: Date;
  /** Legal time at which the person stops being a child, and the statement ends by itself. */
  readonly until?: Date;
  /** Until then everything about the person is sensitive: another line than the one of childhood. */
  readonly sensitiveUntil?: Date;
  /** Data had been taken in when the person was found to be a child. */
  readonly foundAt?: Date;
  /** The guardian is told at the latest then, and was told then. */
  readonly tellBy?: Date;
  readonly toldAt?: Date;
  /** Legal time at which it was said. */
  readonly saidAt?: Date;
  /** Who answers, and the part that shows it. */
  readonly guardianSubject?: SubjectRef;
  readonly evidence?: string;
}

/** What the platform says. A birthday is used and forgotten. */
export interface GuardianStated {
  readonly child?: boolean | undefined;
  readonly birthday?: Day | undefined;
  readonly guardianVerified: boolean;
  readonly guardian?: SubjectRef | undefined;
  readonly evidence?: string | undefined;
  readonly guardianTold?: boolean | undefined;
  readonly until?: Date | undefined;
  /** Legal time since which it is so, where that was before it is said. */
  readonly at?: Date | undefined;
}

/** The next statement about a person. `taken`: something had been taken in or agreed to before, so that the child was found, not announced. */
export function nextStatement(
  pack: Pack,
  latest: GuardianStatement | undefined,
  stated: GuardianStated,
  taken: boolean,
  now: Date,
): GuardianStatement {
  const lines = stated.birthday === undefined ? undefined : ageLines(pack, stated.birthday);
  const child = stated.child ?? (lines === undefined ? latest?.guardian !== 'not-needed' : now < lines.childUntil);
  const guardian = guardianOf({ child, guardianVerified: stated.guardianVerified });
  const version = (latest?.version ?? 0) + 1;
  const since = sinceOf(latest, guardian, stated.at, now);
  const sensitiveUntil = lines?.sensitiveUntil ?? latest?.sensitiveUntil;
  const sensitive = sensitiveUntil === undefined ? {} : { sensitiveUntil };
  if (!child) return { version, guardian, since, ...sensitive };
  const until = stated.until ?? lines?.childUntil ?? latest?.until;
  const found = latest?.foundAt === undefined && taken && latest?.guardian !== 'verified' ? foundOn(pack, now) : latest;
  const toldAt = latest?.toldAt ?? (stated.guardianTold === true || stated.guardianVerified ? now : undefined);
  const guardianSubject = stated.guardian ?? latest?.guardianSubject;
  const evidence = stated.evidence ?? latest?.evidence;
  return {
    version,
    guardian,
    since,
    ...sensitive,
    ...(until && { until }),
    ...(found?.foundAt && { foundAt: found.foundAt }),
    ...(found?.tellBy && { tellBy: found.tellBy }),
    ...(toldAt && { toldAt }),
    ...(guardianSubject && { guardianSubject }),
    ...(evidence && { evidence }),
  };
}

/** When a child was found, and by when the guardian is told; nothing where the pack does not ask for it. */
const foundOn = (
  { minors: { onDiscovery }, zone }: Pack,
  foundAt: Date,
): Pick<GuardianStatement, 'foundAt' | 'tellBy'> =>
  onDiscovery === undefined
    ? {}
    : { foundAt, ...(onDiscovery.within && { tellBy: addSpan(foundAt, onDiscovery.within.value, zone) }) };

/**
 * The same statement of a child of whom something turns out to be held; undefined where that changes nothing: it was known
 * before, the guardian knows, or the person needs none.
 */
export function withDataHeld(pack: Pack, latest: GuardianStatement): GuardianStatement | undefined {
  const { guardian, saidAt, until, foundAt, toldAt } = latest;
  if (guardian !== 'missing' || foundAt || toldAt || !saidAt || (until && until <= saidAt)) return undefined;
  const found = foundOn(pack, saidAt);
  return found.foundAt && { ...latest, ...found, version: latest.version + 1 };
}

/**
 * A guardian who stands already goes on to stand, and may prove to have stood for longer; one who was said to be missing
 * stands at the earliest from then on, whatever is said of the time before. Never in the future.
 */
function sinceOf(latest: GuardianStatement | undefined, guardian: Guardian, at: Date | undefined, now: Date): Date {
  const stated = at !== undefined && at < now ? at : now;
  if (latest === undefined) return stated;
  if (latest.guardian === guardian) return latest.since < stated ? latest.since : stated;
  return latest.guardian === 'missing' && latest.since > stated ? latest.since : stated;
}

/** Said again: nothing of it is new, so that it is one statement however often it is sent. */
export const saysNothingNew = (latest: GuardianStatement | undefined, next: GuardianStatement): boolean =>
  latest !== undefined &&
  latest.guardian === next.guardian &&
  latest.since.getTime() === next.since.getTime() &&
  latest.until?.getTime() === next.until?.getTime() &&
  latest.sensitiveUntil?.getTime() === next.sensitiveUntil?.getTime() &&
  latest.guardianSubject === next.guardianSubject &&
  latest.evidence === next.evidence &&
  (latest.toldAt === undefined) === (next.toldAt === undefined);

/** What a statement says from the moment it is made. */
export const guardianOf = (stated: { readonly child: boolean; readonly guardianVerified: boolean }): Guardian =>
  stated.child ? (stated.guardianVerified ? 'verified' : 'missing') : 'not-needed';

/** What the latest statement means at an instant; a person nobody has called a child needs no guardian. */
export function guardianAt(latest: GuardianStatement | undefined, now: Date): Guardian {
  if (!latest || (latest.until && latest.until.getTime() <= now.getTime())) return 'not-needed';
  return latest.guardian;
}

/** Everything about a person of this age or younger is sensitive; nobody is of whom nothing was said. */
export const isSensitive = (latest: GuardianStatement | undefined, now: Date): boolean =>
  latest?.sensitiveUntil !== undefined && now < latest.sensitiveUntil;
