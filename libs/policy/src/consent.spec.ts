import { acceptConsent, consentLevelFor } from './consent.ts';
import type { ConsentActFacts } from './facts.ts';
import { CONSENT_LEVELS } from './pack.ts';
import { damai, NOW } from './testing-damai.ts';

const act = (over: Partial<ConsentActFacts>): string => {
  const verdict = acceptConsent(
    damai,
    { purpose: 'face-verification', state: 'given', level: 'separate', guardian: 'not-needed', ...over },
    NOW,
  );
  return verdict.kind === 'accepted'
    ? `accepted ${verdict.level} ${verdict.notice}`
    : `${verdict.code} ${verdict.clause} ${verdict.field ?? ''}`;
};

test('each purpose says how it must be agreed to', () => {
  expect(consentLevelFor(damai, 'face-verification')).toBe('separate');
  expect(consentLevelFor(damai, 'personalized-display')).toBe('opt-in');
  expect(consentLevelFor(damai, 'order')).toBeUndefined();
});
test('separate consent is recorded under the notice shown', () => expect(act({})).toBe('accepted separate 2020-11-18'));
test('nothing weaker is separate', () => {
  for (const level of ['acceptance', 'opt-in', 'device-permission', 'explicit'] as const)
    expect(act({ level })).toBe('separate-consent-required DM-COL-10 level');
});
test('what was given in a bundle is acceptance at most, whatever it calls itself', () => {
  expect(act({ bundled: true })).toBe('separate-consent-required DM-COL-10 level');
  expect(act({ purpose: 'personalized-display', bundled: true })).toBe('consent-level-too-low DM-WDR-02 level');
});
test('a stronger level does for a weaker one', () =>
  expect(act({ purpose: 'personalized-display', level: 'explicit' })).toBe('accepted explicit 2020-11-18'));
test('a child’s consent is the guardian’s', () => {
  expect(act({ guardian: 'missing' })).toBe('guardian-consent-required DM-MIN-05 level');
  expect(act({ guardian: 'missing', level: 'guardian' })).toBe('guardian-consent-required DM-MIN-05 level');
  expect(act({ guardian: 'verified' })).toBe('guardian-consent-required DM-MIN-05 level');
  expect(act({ guardian: 'verified', level: 'guardian' })).toBe('accepted guardian 2020-11-18');
});
test('nobody else’s guardian can agree for an adult', () =>
  expect(act({ level: 'guardian' })).toBe('separate-consent-required DM-COL-10 level'));
test('a notice that does not stand is no ground', () =>
  expect(act({ notice: '2018-01-01' })).toBe('notice-not-current DM-CON-01 notice'));
test('what rests on a contract is not consented to', () =>
  expect(act({ purpose: 'order' })).toBe('not-consent-based DM-WDR-03 purpose'));
test('what the policy does not name cannot be consented to', () =>
  expect(act({ purpose: 'credit-scoring' })).toBe('undeclared-purpose DM-COL-03 purpose'));
test('refusing and withdrawing is always possible, by anybody, at any level', () => {
  for (const state of ['refused', 'withdrawn'] as const)
    for (const level of CONSENT_LEVELS)
      for (const guardian of ['not-needed', 'missing', 'verified'] as const)
        expect(act({ state, level, guardian, notice: '2018-01-01' })).toMatch(/^accepted/);
});
