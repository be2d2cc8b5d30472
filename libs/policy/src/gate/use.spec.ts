import fc from 'fast-check';
import type { GateFacts, GateVerdict } from '../facts.ts';
import { mayUse, type UseQuestion } from './use.ts';
import { damai, facts, given, LI, NOW, person } from '../testing-damai.ts';

const ask = (over: Partial<UseQuestion>, about: GateFacts = facts()): GateVerdict =>
  mayUse(damai, about, { subject: LI, purpose: 'personalized-display', fields: [], kind: 'use', ...over }, NOW);
const agreed = (over: Parameters<typeof given>[0] = {}): GateFacts =>
  facts({ subjects: { [LI]: person({ consents: { 'personalized-display': given({ level: 'opt-in', ...over }) } }) } });

test('a yes names the basis, the consent and the notice', () => {
  expect(ask({}, agreed())).toEqual({
    may: true,
    basis: 'consent',
    consent: given().consent,
    notice: '2020-11-18',
    clause: 'DM-AUT-01',
  });
});
test('a contract needs no consent', () =>
  expect(ask({ purpose: 'order', fields: ['seat'] })).toEqual({ may: true, basis: 'contract', clause: 'DM-COL-17' }));
test('without consent, after a refusal, after a withdrawal: no', () => {
  expect(ask({})).toMatchObject({ may: false, code: 'no-consent', clause: 'DM-WDR-02' });
  expect(ask({}, agreed({ state: 'refused' }))).toMatchObject({ code: 'consent-refused' });
  expect(ask({}, agreed({ state: 'withdrawn' }))).toMatchObject({ code: 'consent-withdrawn' });
});
test('a stale lease makes consent uncertain and a contract not', () => {
  expect(ask({}, { ...agreed(), lease: 'stale' })).toMatchObject({ may: false, code: 'basis-uncertain' });
  expect(ask({ purpose: 'order' }, facts({ lease: 'stale' }))).toMatchObject({ may: true });
});
test('logs may serve display, may not be collected for it; an identity number may neither', () => {
  expect(ask({ fields: ['viewed-content'] }, agreed())).toMatchObject({ may: true });
  expect(ask({ fields: ['viewed-content'], kind: 'collect' }, agreed())).toMatchObject({
    may: false,
    code: 'undeclared-field',
    clause: 'DM-AUT-01',
    field: 'fields.viewed-content',
  });
  expect(ask({ fields: ['id-number'] }, agreed())).toMatchObject({ may: false, code: 'undeclared-field' });
});
test('a child found after the fact is not used until a guardian agrees', () => {
  expect(ask({ purpose: 'order' }, facts({ subjects: { [LI]: person({ guardian: 'missing' }) } }))).toMatchObject({
    may: false,
    code: 'guardian-consent-required',
    clause: 'DM-MIN-01',
  });
});
test.each(['frozen', 'restricted', 'erased'] as const)('%s data is not used, whatever the basis', (state) => {
  expect(ask({ purpose: 'order' }, facts({ subjects: { [LI]: person({ state }) } })).may).toBe(false);
});

test('what is known of anybody else changes nothing, and every no names a clause', () => {
  const state = fc.constantFrom('open', 'frozen', 'erased') as fc.Arbitrary<'open'>;
  fc.assert(
    fc.property(
      fc.constantFrom(...damai.purposes.keys(), 'unheard-of'),
      fc.constantFrom('live', 'stale') as fc.Arbitrary<'live'>,
      state,
      state,
      (purpose, lease, mine, theirs) => {
        const about = facts({ lease, subjects: { [LI]: person({ state: mine }) } });
        const verdict = ask({ purpose }, about);
        expect(
          ask(
            { purpose },
            {
              ...about,
              subjects: {
                ...about.subjects,
                c3RyYW5nZXJfc3RyYW5nZQ: person({ state: theirs, consents: { [purpose]: given() } }),
              },
            },
          ),
        ).toEqual(verdict);
        expect(verdict.clause).toMatch(/^DM-[A-Z]{3}-\d\d$/);
      },
    ),
  );
});
