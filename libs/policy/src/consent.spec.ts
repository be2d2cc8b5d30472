import { admit } from './admission.ts';
import { acceptConsent, consentLevelFor, mayAsk, withdrawalWarning } from './consent.ts';
import { judge } from './gate.ts';
import type { ConsentActFacts, ConsentFact } from './facts.ts';
import { changes as changesSection } from './language/changes.ts';
import { consent as consentSection } from './language/consent.ts';
import { CONSENT_LEVELS, type Pack } from './pack.ts';
import { damai, facts, given, LI, log, NOW, person } from './testing-damai.ts';

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
test('a recipient is agreed to as strongly as its ground and sensitive data ask for', () => {
  const base = damai.sharing;
  const sharing = (ground: string, sensitive?: string): Pack =>
    ({
      ...damai,
      recipients: new Map([['affiliate', { ...recipient, ground: 'affiliates' }]]),
      sharing: {
        ...base,
        grounds: { affiliates: { level: ground, clause: 'DM-SHR-06' } },
        sensitive: sensitive === undefined ? undefined : { level: sensitive, clause: 'DM-SHR-06' },
      },
    }) as unknown as Pack;
  const recipient = { names: { en: 'Affiliate', 'zh-CN': '关联公司' }, kind: 'affiliate', clause: 'DM-SHR-06' };
  const level = (pack: Pack) => consentLevelFor(pack, 'recipient.affiliate');
  expect(level(sharing('opt-in', 'separate'))).toBe('separate');
  expect(level(sharing('explicit', 'opt-in'))).toBe('explicit');
  expect(level(sharing('opt-in'))).toBe('opt-in');
  expect(level({ ...sharing('opt-in'), sharing: undefined } as unknown as Pack)).toBe('explicit');
});
test('separate consent is recorded under the notice shown', () => expect(act({})).toBe('accepted separate 2020-11-18'));
test('nobody agrees to what is not collected any more, from that instant on; saying no and taking back stay', () => {
  const before = new Date(NOW.getTime() + 1);
  expect(act({ ceased: before })).toBe('accepted separate 2020-11-18');
  expect(act({ ceased: NOW })).toBe('tenant-closed DM-CES-01 ');
  expect(act({ ceased: NOW, at: new Date('2026-01-01T00:00:00Z') })).toBe('tenant-closed DM-CES-01 ');
  for (const state of ['refused', 'withdrawn'] as const) expect(act({ ceased: NOW, state })).toMatch(/^accepted/);
});
test('nothing weaker is separate', () => {
  for (const level of ['acceptance', 'opt-in', 'device-permission', 'explicit'] as const)
    expect(act({ level })).toBe('separate-consent-required DM-COL-10 level');
});
test('what was given in a bundle is acceptance at most, whatever it calls itself (I9)', () => {
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

describe('by what a policy says about asking', () => {
  const clause = 'DM-CON-01';
  const changed = new Map([[damai.version, new Set(['personalized-display'])]]);
  const pack: Pack = {
    ...damai,
    version: '2026-04-01',
    notices: ['2026-04-01', damai.version],
    reconsent: changed,
    consent: consentSection.parse({
      acceptance: { shown: true, clause },
      implied: { clause },
      newFunction: { notice: ['purpose', 'scope', 'manner'], channels: ['popup'], level: 'explicit', clause },
      noNagging: { period: 'P7D', clause },
      withdrawal: { channels: ['settings'], warnBasic: { clause }, clause },
    }),
  };
  const say = (over: Partial<ConsentActFacts>) =>
    acceptConsent(
      pack,
      { purpose: 'personalized-display', state: 'given', level: 'explicit', guardian: 'not-needed', ...over },
      NOW,
    );
  const shown = (over: object = {}) => ({
    version: '2026-04-01',
    channel: 'popup',
    says: ['purpose', 'scope', 'manner'],
    at: NOW,
    ...over,
  });

  test('a yes to something changed needs a notice that was shown before, and says everything', () => {
    expect(say({})).toMatchObject({ code: 'notice-not-shown' });
    expect(say({ shown: shown({ at: new Date(NOW.getTime() + 1) }) })).toMatchObject({ code: 'notice-not-shown' });
    expect(say({ shown: shown({ version: damai.version }) })).toMatchObject({ code: 'notice-not-shown' });
    expect(say({ shown: shown({ says: ['purpose', 'scope'] }) })).toMatchObject({
      code: 'notice-incomplete',
      field: 'says',
    });
    expect(say({ shown: shown({ channel: 'email' }) })).toMatchObject({ code: 'notice-incomplete', field: 'channel' });
    expect(say({ shown: shown() })).toMatchObject({ kind: 'accepted', level: 'explicit' });
  });

  test('what has changed asks for the stronger yes of a new function; what has not does not', () => {
    expect(say({ shown: shown(), level: 'opt-in' })).toMatchObject({ code: 'consent-level-too-low' });
    expect(say({ purpose: 'calendar', level: 'device-permission' })).toMatchObject({ kind: 'accepted' });
  });

  test('a yes that follows from use is acceptance, never more, whatever it calls itself', () => {
    expect(say({ purpose: 'policy', implied: true, level: 'explicit', shown: shown() })).toMatchObject({
      kind: 'accepted',
      level: 'acceptance',
    });
    expect(say({ purpose: 'face-verification', implied: true, level: 'separate' })).toMatchObject({
      code: 'separate-consent-required',
    });
    expect(say({ purpose: 'policy', implied: true, shown: shown(), acceptedBefore: true })).toMatchObject({
      code: 'consent-level-too-low',
      field: 'implied',
    });
  });

  test('going on after a change counts where the policy says so, for whoever was told', () => {
    const lenient: Pack = {
      ...pack,
      changes: changesSection.parse({
        publishOn: ['page'],
        major: {},
        noticeDays: 0,
        continuedUse: { counts: true, clause },
        clause,
      }),
    };
    const goOn = (over: Partial<ConsentActFacts>) =>
      acceptConsent(
        lenient,
        {
          purpose: 'policy',
          state: 'given',
          level: 'acceptance',
          guardian: 'not-needed',
          implied: true,
          acceptedBefore: true,
          ...over,
        },
        NOW,
      );
    expect(goOn({ shown: shown() })).toMatchObject({ kind: 'accepted', level: 'acceptance' });
    expect(goOn({})).toMatchObject({ code: 'notice-not-shown' });
  });

  test('after a no nobody is asked again before the period is over, and after a yes or nothing anybody may be', () => {
    const ask = (days: number, state: 'given' | 'refused' | 'withdrawn' = 'refused') =>
      mayAsk(pack, 'calendar', { state, at: NOW }, new Date(NOW.getTime() + days * 86_400_000))?.code;
    expect(ask(7)).toBe('asked-too-soon');
    expect(ask(8)).toBeUndefined();
    expect(ask(0, 'withdrawn')).toBe('asked-too-soon');
    expect(ask(0, 'given')).toBeUndefined();
    expect(mayAsk(pack, 'calendar', undefined, NOW)).toBeUndefined();
  });

  test('one can withdraw in the ways the policy names; of a basic function one is told what stops', () => {
    expect(say({ state: 'withdrawn', route: 'settings' })).toMatchObject({ kind: 'accepted' });
    expect(say({ state: 'withdrawn', route: 'letter' })).toMatchObject({ kind: 'refused', field: 'route' });
    expect(withdrawalWarning(pack, 'registration')).toEqual({ stops: ['registration'], clause });
    expect(withdrawalWarning(pack, 'calendar')).toBeUndefined();
  });

  test('nothing is collected from whoever has not agreed to a version that stands', () => {
    const of = (act?: Partial<ConsentFact>) => {
      const consents = act === undefined ? {} : { policy: given({ level: 'acceptance', ...act }) };
      const verdict = admit(pack, facts({ subjects: { [LI]: person({ consents }) } }), log(), NOW);
      return verdict.kind === 'refused' ? verdict.code : 'admitted';
    };
    expect(of()).toBe('policy-not-accepted');
    expect(of({ state: 'refused' })).toBe('policy-not-accepted');
    expect(of({ notice: '2018-01-01' })).toBe('policy-not-accepted');
    expect(of({})).not.toBe('policy-not-accepted');
    expect(of({ implied: true })).not.toBe('policy-not-accepted');
  });
});

test('a consent that was narrowed ends at its fields, to collect and to use', () => {
  const fields = ['observed-on', 'preferred-genre'];
  const known = facts({
    subjects: { [LI]: person({ consents: { 'personalized-display': given({ level: 'opt-in', fields }) } }) },
  });
  const use = (name: string) =>
    judge(damai, known, { kind: 'use', subject: LI, purpose: 'personalized-display', fields: [name] }, NOW);
  expect(use('preferred-genre')).toMatchObject({ may: true });
  expect(use('group-profile')).toMatchObject({
    may: false,
    code: 'outside-consent-scope',
    field: 'fields.group-profile',
  });
});
