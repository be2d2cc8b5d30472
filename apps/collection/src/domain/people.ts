import type { SubjectFacts } from '@lethe/policy';

interface Known {
  readonly consents: ReadonlyMap<
    string,
    SubjectFacts['consents'][string] & { readonly subject: string; readonly purpose: string }
  >;
  readonly guardians: ReadonlyMap<
    string,
    {
      readonly guardian: SubjectFacts['guardian'];
      readonly until?: Date | undefined;
      readonly at?: Date | undefined;
      readonly sensitiveUntil?: Date | undefined;
    }
  >;
  readonly subjects: ReadonlyMap<
    string,
    { readonly frozenBy?: string | undefined; readonly erasedEntry?: number | undefined }
  >;
  /** Refs that were made for nobody, where that was asked. */
  readonly strangers?: ReadonlySet<string>;
}

/**
 * What the rules must know of each person, from what other services have said so far; `uncertain` are those of whom
 * something is parked. Erased outranks frozen, and both that nobody is known by that ref; a guardianship ends by itself when
 * its day has come.
 */
export function peopleOf(
  known: Known,
  uncertain: ReadonlySet<string>,
  subjects: Iterable<string>,
  now: Date,
): Record<string, SubjectFacts> {
  const people: Record<string, SubjectFacts & { consents: Record<string, SubjectFacts['consents'][string]> }> = {};
  for (const subject of subjects) {
    const guardian = known.guardians.get(subject);
    const ended = guardian?.until !== undefined && guardian.until <= now;
    const standing = known.subjects.get(subject);
    people[subject] = {
      consents: {},
      guardian: guardian === undefined || ended ? 'not-needed' : guardian.guardian,
      ...(guardian?.at && { guardianAt: guardian.at }),
      ...(guardian?.sensitiveUntil && guardian.sensitiveUntil > now && { sensitive: true }),
      state: stateOf(standing, known.strangers?.has(subject) ?? false),
      ...(uncertain.has(subject) ? { unsettled: true } : {}),
    };
  }
  for (const fact of known.consents.values()) {
    const person = people[fact.subject];
    if (person !== undefined) person.consents[fact.purpose] = fact;
  }
  return people;
}

function stateOf(
  standing: { readonly frozenBy?: string | undefined; readonly erasedEntry?: number | undefined } | undefined,
  isStranger: boolean,
): SubjectFacts['state'] {
  if (standing?.erasedEntry !== undefined) return 'erased';
  if (standing?.frozenBy !== undefined) return 'frozen';
  return isStranger ? 'unknown' : 'open';
}
