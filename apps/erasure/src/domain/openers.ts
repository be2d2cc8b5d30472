import type { FinalStatementBody, Opener } from '@lethe/contracts';
import { concerned, type BackupFact } from './certify.ts';
import type { Scope } from './request.ts';

type FinalFacts = Pick<FinalStatementBody, 'at' | 'epoch' | 'backups'>;

/** A platform's clock may be ahead of Lethe's by this much. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/** What went, whoever says that it is final: of a person, or everything of a tenant. */
export interface Gone {
  /** Machine time by which every key of it that lived was dead; null: not all are. */
  readonly deadBy: Date | null;
  /** Legal time from which on nothing could copy it any more; null: it still can. */
  readonly unreadableFrom: Date | null;
  readonly scope: Scope | 'everything';
}

/** What has been recorded, or is asked, of everything that could open it. */
export interface Recorded {
  /** An epoch that ended for good after `deadBy`, with no copy left of a key, nor of an intake key, that died by then. */
  readonly epoch: { readonly epoch: number; readonly before: Date; readonly ended_at: Date } | undefined;
  /** Backups it is known to depend on, with when each was gone. */
  readonly backups: readonly { readonly backup: string; readonly gone_at: Date | null }[];
  /** Those in retention's catalogue that are not purged. */
  readonly catalogue: readonly BackupFact[];
}

/**
 * The one declaration of what can open what went: each opener that a key of the keyring, or a backup, can be has its rule here, and
 * says what is waited for while it can. Collection says of an epoch up to when it makes copies of the keyring and intake keys
 * useless, so these two are waited for together.
 */
const RULES: { readonly [One in Opener]: (gone: Gone, recorded: Recorded) => readonly string[] } = {
  'living-keys': ({ deadBy }) => (deadBy === null ? ['collection'] : []),
  'copies-of-the-keyring': (_, { epoch }) => (epoch === undefined ? ['key-epoch'] : []),
  'intake-topic': (_, { epoch }) => (epoch === undefined ? ['key-epoch'] : []),
  backups: (gone, { backups, catalogue }) =>
    [
      ...backups.flatMap(({ backup, gone_at: at }) => (at === null ? [backup] : [])),
      ...reachingBack(gone, catalogue).filter((late) => !backups.some(({ backup }) => backup === late)),
    ]
      .sort()
      .map((backup) => `backup:${backup}`),
};

/** What is waited for until nothing opens any more what went. Empty: it is final. */
export const stillOpens = (gone: Gone, recorded: Recorded): readonly string[] => [
  ...new Set(Object.values(RULES).flatMap((rule) => rule(gone, recorded))),
];

/** Backups that may have something of what went, and reach back to when it could be read; known when it was certified or not. */
export function reachingBack({ unreadableFrom, scope }: Gone, catalogue: readonly BackupFact[]): string[] {
  const until = unreadableFrom?.getTime() ?? Infinity;
  const reachBack = catalogue.filter(({ takenAt, platform }) =>
    platform === undefined ? Date.parse(takenAt) < until : Date.parse(platform.from) <= until + CLOCKS_DIFFER_MS,
  );
  return (scope === 'everything' ? reachBack : concerned(reachBack, scope)).map(({ backup }) => backup);
}

/** What is stated once nothing opens any more what went; undefined until then. @param at legal time */
export function finalBody(gone: Gone, recorded: Recorded, at: Date): FinalFacts | undefined {
  const { epoch, backups } = recorded;
  if (epoch === undefined || stillOpens(gone, recorded).length > 0) return undefined;
  return {
    at: at.toISOString(),
    epoch: { epoch: epoch.epoch, before: epoch.before.toISOString(), endedAt: epoch.ended_at.toISOString() },
    backups: backups.flatMap(({ backup, gone_at: gone }) =>
      gone === null ? [] : [{ backup, goneAt: gone.toISOString() }],
    ),
  };
}
