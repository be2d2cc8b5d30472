import { type CertificateBody } from '@lethe/contracts';
import { nextDay, type Day } from '@lethe/kernel';
import { hasClass } from '@lethe/policy';
import type { LeftBecause, Scope, ScopeHolding } from './request.ts';
import { alike, same, withBroughtBack } from './scope.ts';

/** A backup that was there when the certificate was issued, and may bring something back until it is gone. */
export interface BackupFact {
  readonly backup: string;
  readonly state: 'taking' | 'available' | 'isolated' | 'purging';
  readonly takenAt: string;
  readonly purgeOn: Day;
  /** One of the platform's: who holds it, and the classes in it; none named: anything. */
  readonly platform?:
    { readonly holder: string; readonly classes: readonly string[]; readonly from: string } | undefined;
}

/** Backups that may have something of what went: Lethe's own, and those of the platform with a class of it. */
export const concerned = (backups: readonly BackupFact[], scope: Scope): BackupFact[] =>
  backups.filter(
    ({ platform }) =>
      platform === undefined ||
      platform.classes.length === 0 ||
      scope.holdings.some(({ class: of }) => hasClass(platform.classes, of)),
  );

/** A backup as certificates name it. */
export const named = ({ backup, state, takenAt, purgeOn }: BackupFact): CertificateBody['backups'][number] => ({
  backup,
  state,
  takenAt,
  purgeOn,
});

/**
 * The scope as it is when the certificate is drafted. What the law keeps stands while something of it is there, until its last day;
 * what a hold keeps, while it does: one that came after the order and before the keys died took its part from what went, and what one
 * kept that was released since has gone.
 * @param now what is there of the person when the certificate is drafted, and what the law keeps of it
 * @param today the tenant's legal day
 */
export function keptNow(scope: Scope, now: Omit<Scope, 'shred'>, today: Day): Scope {
  // What the order destroyed stands; a restore that came before that may have brought back what the law keeps.
  const { restrict, holdings } = withBroughtBack(scope, { ...now, shred: [] });
  const byLaw = restrict.filter((one) => keptByLaw(one, now.holdings, today));
  const held = now.holdings.filter((one) => one.held > 0 && !byLaw.some(same(one)));
  return {
    shred: scope.shred,
    restrict: [
      ...byLaw,
      ...held
        .filter((one, nth) => held.findIndex(same(one)) === nth)
        .map(({ compartment, class: of }) => ({ compartment, class: of, basis: 'hold' })),
    ],
    holdings: holdings.map((one) => {
      const there = now.holdings.find(alike(one));
      return { ...one, kept: byLaw.some(same(one)) ? (there?.parts ?? 0) : (there?.held ?? 0) };
    }),
  };
}

/** Parts of what nothing keeps any longer that are there all the same: they are on their way out, and not said to be gone before. */
export const onTheirWay = (kept: Scope, now: readonly ScopeHolding[]): number =>
  now.reduce((sum, one) => sum + one.parts - (kept.holdings.find(alike(one))?.kept ?? 0), 0);

const keptByLaw = (kept: Scope['restrict'][number], now: readonly ScopeHolding[], today: Day): boolean =>
  kept.basis !== 'hold' &&
  (kept.until === undefined || kept.until > today) &&
  now.some((one) => same(kept)(one) && one.parts > 0);

/** What became of each class in each compartment. What a hold keeps of a class is restricted; the rest of it goes. */
export function certifiedScope(scope: Scope): CertificateBody['scope'] {
  return scope.holdings
    .filter(({ parts }) => parts > 0)
    .flatMap((holding): CertificateBody['scope'] => {
      const about = { compartment: holding.compartment, class: holding.class };
      const kept = scope.restrict.find(same(holding));
      const gone =
        holding.custody === 'lethe' && scope.shred.includes(holding.compartment)
          ? ('shredded' as const)
          : ('deleted' as const);
      if (!kept) return [{ ...about, outcome: gone, parts: holding.parts }];
      const restricted = holding.kept ?? (kept.basis === 'hold' ? holding.held : holding.parts);
      const rest = holding.parts - restricted;
      return [
        ...(restricted > 0
          ? [
              {
                ...about,
                outcome: 'restricted' as const,
                parts: restricted,
                ...(kept.until === undefined ? {} : { until: kept.until }),
                basis: kept.basis,
              },
            ]
          : []),
        ...(rest > 0 ? [{ ...about, outcome: gone, parts: rest }] : []),
      ];
    });
}

/** The day on which the last copy should be gone: the next key epoch, or the last purge. */
export const finalExpected = (nextEpoch: Day, backups: readonly BackupFact[]): Day =>
  backups.reduce((latest, { purgeOn }) => (purgeOn > latest ? purgeOn : latest), nextEpoch);

/** Where something may still lie, said openly. */
export function residuals(
  scope: CertificateBody['scope'],
  backups: readonly BackupFact[],
  nextEpoch: Day,
  closed: readonly { readonly participant: string; readonly because: LeftBecause }[] = [],
): CertificateBody['residuals'] {
  const until = latestOf(backups.filter(({ platform }) => platform === undefined));
  const theirs = Map.groupBy(
    backups.filter(({ platform }) => platform !== undefined),
    ({ platform }) => platform?.holder ?? '',
  );
  const byRows = scope.some(({ outcome }) => outcome === 'deleted');
  return [
    { place: 'copies-of-the-keyring', because: 'until-the-key-epoch-ends', until: nextEpoch },
    // What came over the log is sealed under an intake key, which lives 26 hours at most.
    { place: 'intake-topic', because: 'until-the-intake-key-dies', until: nextDay(nextEpoch) },
    ...(until === undefined
      ? []
      : [{ place: 'backups', because: byRows ? 'isolated-until-purged' : 'unreadable-until-purged', until }]),
    // No key of Lethe's closes what the platform copied: it is out of reach by the word of its holder.
    ...[...theirs].map(([holder, copies]) => ({
      place: `backups.${holder}`,
      because: 'isolated-until-purged',
      until: latestOf(copies),
    })),
    // It made no statement: that nothing lies there is the word of those who said that it left.
    ...closed.map(({ participant, because }) => ({ place: `participant.${participant}`, because: `left-${because}` })),
    ...scope.flatMap((one) =>
      one.outcome === 'restricted'
        ? [
            {
              place: `class.${one.class}`,
              because: one.basis,
              ...(one.until === undefined ? {} : { until: one.until }),
            },
          ]
        : [],
    ),
  ];
}

const latestOf = (backups: readonly BackupFact[]): Day | undefined =>
  backups.reduce<Day | undefined>(
    (latest, { purgeOn }) => (latest === undefined || purgeOn > latest ? purgeOn : latest),
    undefined,
  );
