import { isEnough, refuse } from './basis.ts';
import type { ConsentActFacts, ConsentVerdict, Refusal } from './facts.ts';
import type { ConsentLevel, Pack } from './pack.ts';

/** The weakest level that is enough; undefined where the purpose does not rest on consent. */
export function consentLevelFor(pack: Pack, purpose: string): ConsentLevel | undefined {
  const basis = pack.purposes.get(purpose)?.basis;
  return basis?.kind === 'consent' ? (basis.level ?? 'acceptance') : undefined;
}

/**
 * May this act be recorded? Refusing and withdrawing always may. Giving must be strong enough, under a notice that
 * stands, by the guardian where the person is a child; what was given together with something else is acceptance at
 * most, and never the separate consent a purpose asks for.
 */
export function acceptConsent(pack: Pack, act: ConsentActFacts, _now: Date): ConsentVerdict {
  const purpose = pack.purposes.get(act.purpose);
  if (purpose === undefined) return no(refuse(pack, 'undeclared-purpose', undefined, 'purpose'));
  const needed = consentLevelFor(pack, act.purpose);
  if (needed === undefined) return no(refuse(pack, 'not-consent-based', purpose, 'purpose'));
  const yes: ConsentVerdict = {
    kind: 'accepted',
    level: act.level,
    notice: act.notice ?? pack.version,
    clause: purpose.basis.clause,
  };
  if (act.state !== 'given') return yes;
  if (act.notice !== undefined && !pack.notices.includes(act.notice))
    return no(refuse(pack, 'notice-not-current', purpose, 'notice'));
  const byGuardian = act.level === 'guardian';
  if (act.guardian === 'missing' || (act.guardian === 'verified' && !byGuardian)) {
    return no(refuse(pack, 'guardian-consent-required', purpose, 'level'));
  }
  const level: ConsentLevel = act.bundled === true ? 'acceptance' : act.level;
  if ((byGuardian && act.guardian === 'not-needed') || !isEnough(level, needed)) {
    return no(
      refuse(
        pack,
        needed === 'separate' ? 'separate-consent-required' : 'consent-level-too-low',
        purpose,
        'level',
        purpose.basis.clause,
      ),
    );
  }
  return { ...yes, level };
}

const no = (refusal: Refusal): ConsentVerdict => ({ kind: 'refused', ...refusal });
