import { addPeriod } from '@lethe/kernel';
import { agreeable, POLICY, TRACKERS, type Agreeable } from './agreeing.ts';
import { isAhead, isEnough, isGuardians, refuse } from './basis.ts';
import type { CeasedFacts, ConsentActFacts, ConsentVerdict, Refusal } from './facts.ts';
import { localDay } from './memo.ts';
import { CONSENT_LEVELS, type ConsentLevel, type Pack } from './pack.ts';
import { judgeCeased, ruled } from './rules/circumstances.ts';

/** The weakest level that is enough; undefined where the purpose does not rest on consent. */
export function consentLevelFor(pack: Pack, purpose: string): ConsentLevel | undefined {
  const what = agreeable(pack, purpose);
  return what === undefined || what === 'declared' ? undefined : what.level;
}

const weaker = (one: ConsentLevel, other: ConsentLevel): ConsentLevel =>
  CONSENT_LEVELS.indexOf(one) < CONSENT_LEVELS.indexOf(other) ? one : other;

/**
 * May this act be recorded? Refusing and withdrawing always may. Giving may while there is something to agree to, and must be strong enough, under a notice that
 * stands and, where the policy says so, was shown with all it must say; by the guardian where the person is a child; and
 * nobody has said yes at a moment that has not come.
 * What was given together with something else is acceptance at most, what follows from use is what the policy lets use
 * mean; neither is ever the explicit or separate consent a purpose asks for.
 */
export function acceptConsent(pack: Pack, act: ConsentActFacts, now: Date): ConsentVerdict {
  const what = agreeable(pack, act.purpose);
  if (what === undefined) return no(refuse(pack, 'undeclared-purpose', undefined, 'purpose'));
  const { purpose } = what === 'declared' ? { purpose: pack.purposes.get(act.purpose) } : what;
  if (what === 'declared') return no(refuse(pack, 'not-consent-based', purpose, 'purpose'));
  const yes: ConsentVerdict = {
    kind: 'accepted',
    level: act.level,
    notice: act.notice ?? pack.version,
    clause: what.clause,
  };
  if (act.state !== 'given') {
    const { channels = [], clause } = waysOut(pack, act);
    if (act.route !== undefined && channels.length > 0 && !channels.includes(act.route))
      return no(ruled(pack, 'route-not-declared', purpose, 'route', clause));
    return yes;
  }
  const closed = judgeCeased(pack, purpose, everything(act.ceased), undefined, now);
  if (closed !== undefined) return no(closed);
  if (act.at !== undefined && isAhead(act.at, now)) return no(refuse(pack, 'date-in-future', purpose, 'at'));
  if (act.purpose === TRACKERS && !choices(pack).includes(act.choice ?? ''))
    return no(ruled(pack, 'choice-not-declared', undefined, 'choice', what.clause));
  if (act.notice !== undefined && !pack.notices.includes(act.notice))
    return no(refuse(pack, 'notice-not-current', purpose, 'notice'));
  const unguarded = judgeGuardianAct(pack, act, what);
  if (unguarded !== undefined) return no(unguarded);
  const { level, refusal } = levelOf(pack, act);
  const unshown = refusal ?? judgeShown(pack, act, what, now);
  if (unshown !== undefined) return no(unshown);
  const needed = neededLevel(pack, act.purpose, what);
  if ((level === 'guardian' && act.guardian === 'not-needed') || !isEnough(level, needed)) {
    const code = needed === 'separate' ? 'separate-consent-required' : 'consent-level-too-low';
    return no(refuse(pack, code, purpose, 'level', what.clause));
  }
  return { ...yes, level };
}

const everything = (since: Date | undefined): CeasedFacts | undefined =>
  since && { everything: since, products: new Map() };

/** The ways in which a person takes a yes back, and in which messages that hang on the person's choice are refused. */
function waysOut(pack: Pack, { purpose, state }: ConsentActFacts): { channels?: readonly string[]; clause?: string } {
  const marketing = [...pack.messages].some(
    ([id, message]) => message.marketing && (purpose === `message.${id}` || purpose === message.purpose),
  );
  const refusing = marketing ? pack.requests.types?.['refuse-marketing'] : undefined;
  if (refusing !== undefined && refusing.channels.length > 0) return refusing;
  return (state === 'withdrawn' ? pack.consent.withdrawal : undefined) ?? {};
}

/** The levels of trackers a person can choose from. */
const choices = ({ trackers }: Pack): string[] =>
  (['all', 'reduced', 'none'] as const).filter((level) => trackers?.levels?.[level] !== undefined);

/** What ends with a permission of the device: the permission is the consent to what needs it. */
export const endsWith = (pack: Pack, about: string): string[] =>
  about.startsWith('permission.')
    ? [...pack.purposes.values()]
        .filter(
          ({ basis, fields }) =>
            basis.level === 'device-permission' &&
            [...fields.keys()].some((field) => `permission.${pack.fields.get(field)?.permission ?? ''}` === about),
        )
        .map(({ name }) => name)
    : [];

function judgeGuardianAct(pack: Pack, act: ConsentActFacts, { purpose }: Agreeable): Refusal | undefined {
  if (act.guardian === 'missing' || (act.guardian === 'verified' && !isGuardians(pack, act.level)))
    return refuse(pack, 'guardian-consent-required', purpose, 'level');
  return undefined;
}

/** What the act amounts to, whatever it calls itself. */
function levelOf(pack: Pack, act: ConsentActFacts): { readonly level: ConsentLevel; readonly refusal?: Refusal } {
  const stated = act.bundled === true ? weaker(act.level, 'acceptance') : act.level;
  if (act.implied !== true) return { level: stated };
  const { implied } = pack.consent;
  const continued = pack.changes?.continuedUse;
  // Going on after a change is another thing than beginning: each counts only where the policy says so.
  const known = act.purpose === POLICY && act.acceptedBefore === true;
  const counts = known ? continued?.counts === true : implied !== undefined;
  const level = 'acceptance';
  if (counts) return { level };
  const clause = known ? continued?.clause : (pack.consent.acceptance?.clause ?? undefined);
  return { level, refusal: refuse(pack, 'consent-level-too-low', undefined, 'implied', clause) };
}

/** What has changed since an earlier notice asks for what the policy says a new function asks for. */
function neededLevel(pack: Pack, about: string, { level }: Agreeable): ConsentLevel {
  const asked = isNew(pack, about) ? pack.consent.newFunction?.level : undefined;
  return asked !== undefined && isEnough(asked, level) ? asked : level;
}

const isNew = (pack: Pack, about: string): boolean =>
  [...(pack.reconsent?.values() ?? [])].some((changed) => changed.has(about));

/** Was what is agreed to shown before, and did it say all that it must? */
function judgeShown(pack: Pack, act: ConsentActFacts, { purpose }: Agreeable, now: Date): Refusal | undefined {
  const rule =
    act.purpose === POLICY
      ? pack.consent.acceptance?.shown === true || (act.implied === true && act.acceptedBefore === true)
        ? { notice: [], channels: [], clause: pack.consent.acceptance?.clause ?? pack.changes?.continuedUse?.clause }
        : undefined
      : isNew(pack, act.purpose)
        ? pack.consent.newFunction
        : undefined;
  if (rule === undefined) return undefined;
  const { shown } = act;
  const early = shown !== undefined && shown.at.getTime() <= (act.at ?? now).getTime();
  if (!early || shown.version !== (act.notice ?? pack.version))
    return refuse(pack, 'notice-not-shown', purpose, 'shown', rule.clause);
  return judgeNotice(pack, act.purpose, shown);
}

/** A notice about something new says what for, what and how, on one of the channels the policy names. */
function judgeNotice(
  pack: Pack,
  about: string,
  notice: { readonly channel: string; readonly says: readonly string[] },
): Refusal | undefined {
  const rule = isNew(pack, about) ? pack.consent.newFunction : undefined;
  if (rule === undefined) return undefined;
  const purpose = pack.purposes.get(about);
  if (!rule.channels.includes(notice.channel))
    return refuse(pack, 'notice-incomplete', purpose, 'channel', rule.clause);
  return rule.notice.every((part) => notice.says.includes(part))
    ? undefined
    : refuse(pack, 'notice-incomplete', purpose, 'says', rule.clause);
}

/** May the person be asked now? Not within the policy's period after a no; whoever comes of their own accord may always say yes. */
export function mayAsk(
  pack: Pack,
  about: string,
  standing: { readonly state: 'given' | 'refused' | 'withdrawn'; readonly at: Date } | undefined,
  now: Date,
): Refusal | undefined {
  const what = agreeable(pack, about);
  if (what === undefined) return refuse(pack, 'undeclared-purpose', undefined, 'about');
  const rule = pack.consent.noNagging;
  if (rule === undefined || standing === undefined || standing.state === 'given') return undefined;
  const until = addPeriod(localDay(standing.at, pack.zone), rule.period.value);
  return localDay(now, pack.zone) <= until
    ? refuse(pack, 'asked-too-soon', pack.purposes.get(about), 'about', rule.clause)
    : undefined;
}

/**
 * May this be shown? Not as of a moment that has not come, nor under a version that nobody knows; a question not too soon after
 * a no; and what is about something new only with all it must say.
 */
export function mayShow(
  pack: Pack,
  notice: {
    readonly about: string;
    readonly channel: string;
    readonly says: readonly string[];
    readonly asks: boolean;
    readonly at: Date;
    /** Some version of the policy, in force now or before, has the name it says. */
    readonly isKnown: boolean;
  },
  standing: Parameters<typeof mayAsk>[2],
  now: Date,
): Refusal | undefined {
  const { about, asks, at, isKnown } = notice;
  if (isAhead(at, now)) return refuse(pack, 'date-in-future', undefined, 'at');
  if (!isKnown) return refuse(pack, 'notice-not-current', undefined, 'version');
  return (
    (asks ? mayAsk(pack, about, standing, now) : undefined) ??
    (agreeable(pack, about) === undefined ? undefined : judgeNotice(pack, about, notice))
  );
}

/** Which functions stop when a person withdraws from a basic one: they are told before. Undefined: nothing to tell. */
export function withdrawalWarning(
  pack: Pack,
  about: string,
): { readonly stops: readonly string[]; readonly clause: string } | undefined {
  const rule = pack.consent.withdrawal?.warnBasic;
  const purpose = pack.purposes.get(about);
  if (rule === undefined || purpose?.kind !== 'basic') return undefined;
  return { stops: [about, ...purpose.refusing.costs], clause: rule.clause };
}

const no = (refusal: Refusal): ConsentVerdict => ({ kind: 'refused', ...refusal });
