import {
  acceptConsent,
  withdrawalWarning,
  type ConsentActFacts,
  type ConsentLevel,
  type Pack,
  type Refusal,
} from '@lethe/policy';
import type { Guardian } from './guardian.ts';

export type ConsentState = 'given' | 'refused' | 'withdrawn';

/** What a person, or the platform on their behalf, does about one purpose. */
export interface Act {
  readonly purpose: string;
  readonly state: ConsentState;
  readonly level: ConsentLevel;
  /** The notice the person was shown; not asked of a withdrawal. */
  readonly notice?: string | undefined;
  /** One tick said yes to several things: never a separate consent for any of them. */
  readonly bundled?: boolean | undefined;
  /** Legal time of the act as stated; absent: now. */
  readonly at?: Date | undefined;
  /** It follows from using the service. */
  readonly implied?: boolean | undefined;
  /** In which way the person withdrew. */
  readonly route?: string | undefined;
  /** Which of several was chosen. */
  readonly choice?: string | undefined;
  /** The person was told what stops. */
  readonly confirmed?: boolean | undefined;
}

/** The latest row of the history of one person and purpose. */
export interface Standing {
  readonly consent: string;
  readonly version: number;
  readonly state: ConsentState;
  /** Legal time of the act. */
  readonly at: Date;
  readonly recordedAt: Date;
}

/** `frozen` from the order to erase on; `restricted` when only evidence is left. */
export type PersonState = 'open' | 'frozen' | 'restricted';

export interface ActFacts {
  readonly standing: Standing | undefined;
  readonly guardian: Guardian;
  readonly person: PersonState;
  /** The latest notice about this that was shown by then. */
  readonly shown?: NonNullable<ConsentActFacts['shown']> | undefined;
  /** The person has said yes to some version of the policy. */
  readonly acceptedBefore?: boolean | undefined;
  /** From this instant of legal time on nothing is collected any more. */
  readonly ceased?: Date | undefined;
}

export type Decision =
  | {
      readonly kind: 'record';
      readonly version: number;
      readonly level: ConsentLevel;
      readonly notice: string;
      readonly at: Date;
      readonly recordedAt: Date;
    }
  /** Withdrawn already: nothing is written, and the earlier withdrawal is answered for. */
  | { readonly kind: 'stands'; readonly standing: Standing }
  /** A basic function would stop: the person is told first. */
  | { readonly kind: 'warned'; readonly stops: readonly string[]; readonly clause: string }
  | { readonly kind: 'refused'; readonly refusal: Pick<Refusal, 'code' | 'field'> & { readonly clause?: string } };

/**
 * Decides one act. Withdrawing is as easy as giving (PIPL 15): it is refused only for a person Lethe no longer knows.
 * A history never runs backwards: what is recorded is recorded no earlier than what stood before it.
 * `now` is the tenant's legal time.
 */
export function decideAct(pack: Pack, facts: ActFacts, act: Act, now: Date): Decision {
  const { standing, guardian, person } = facts;
  if (person === 'restricted') return { kind: 'refused', refusal: { code: 'subject-erased' } };
  if (person === 'frozen' && act.state === 'given') return { kind: 'refused', refusal: { code: 'subject-frozen' } };
  if (act.state === 'withdrawn' && standing?.state === 'withdrawn') return { kind: 'stands', standing };

  const { purpose, state, level, notice } = act;
  const warning = state === 'withdrawn' && act.confirmed !== true ? withdrawalWarning(pack, purpose) : undefined;
  if (warning !== undefined) return { kind: 'warned', ...warning };
  const verdict = acceptConsent(
    pack,
    {
      purpose,
      state,
      level,
      notice,
      bundled: act.bundled ?? false,
      implied: act.implied ?? false,
      acceptedBefore: facts.acceptedBefore ?? false,
      guardian,
      ...(act.at && { at: act.at }),
      ...(act.route === undefined ? {} : { route: act.route }),
      ...(act.choice === undefined ? {} : { choice: act.choice }),
      ...(facts.shown && { shown: facts.shown }),
      ...(facts.ceased && { ceased: facts.ceased }),
    },
    now,
  );
  if (verdict.kind === 'refused') {
    const { code, clause, field } = verdict;
    return { kind: 'refused', refusal: { code, clause, ...(field === undefined ? {} : { field }) } };
  }
  const recordedAt = later(now, standing?.recordedAt);
  return {
    kind: 'record',
    version: (standing?.version ?? 0) + 1,
    level: verdict.level,
    notice: verdict.notice,
    at: act.at && act.at.getTime() < recordedAt.getTime() ? act.at : recordedAt,
    recordedAt,
  };
}

const later = (one: Date, other: Date | undefined): Date => (other && other.getTime() > one.getTime() ? other : one);
