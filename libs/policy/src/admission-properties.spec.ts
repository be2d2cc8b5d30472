import fc from 'fast-check';
import { admit } from './admission.ts';
import type { Admission, AdmissionFacts, SubmissionFacts } from './facts.ts';
import { damai, facts, given, LI, NOW, type person, WANG } from './testing-damai.ts';

const verdict = (submission: SubmissionFacts, about: AdmissionFacts = facts()): Admission =>
  admit(damai, about, submission, NOW);

/** Submissions of every purpose, right and wrong in every way the rules know. */
const anySubmission: fc.Arbitrary<SubmissionFacts> = fc.constantFrom(...damai.purposes.values()).chain((purpose) => {
  const value = (field: string): string | number | boolean | string[] =>
    ({ text: 'x', number: 1, flag: true, day: '2026-03-01', instant: '2026-03-01T00:00:00Z', list: ['x'] })[
      damai.fields.get(field)?.type ?? 'text'
    ];
  const ofRules = (names: readonly string[]): fc.Arbitrary<Record<string, string | number | boolean | string[]>> =>
    fc
      .subarray([...names], { minLength: Math.min(names.length, 1) })
      .map((chosen) => Object.fromEntries(chosen.map((name) => [name, value(name)])));
  const own = [...purpose.fields.keys()];
  const foreign = fc.option(fc.constantFrom('id-number', 'face-image', 'unheard-of'), { freq: 6 });
  return fc.record({
    subject: fc.constant(LI),
    purpose: fc.constant(purpose.name),
    matter: fc.option(fc.constant('matter'), { nil: undefined, freq: 8 }),
    notice: fc.constantFrom('2020-11-18', undefined),
    declarations: fc.subarray([...damai.declarations.keys()]),
    region: fc.constantFrom('CN', 'CN', 'CN', 'US'),
    fields: fc.oneof(
      { weight: 3, arbitrary: fc.constant(Object.fromEntries(own.map((name) => [name, value(name)]))) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(ofRules(own), foreign)
          .map(([fields, extra]) => (extra === null ? fields : { ...fields, [extra]: 'x' })),
      },
    ),
    others:
      purpose.others === undefined
        ? fc.constant([])
        : fc.array(
            ofRules([...purpose.others.fields.keys()]).map((fields) => ({
              subject: WANG,
              declaration: 'other-person-authorized',
              fields,
            })),
            { maxLength: 2 },
          ),
  });
});
const anyPerson = fc.record({
  guardian: fc.constantFrom('not-needed', 'not-needed', 'missing', 'verified'),
  state: fc.constantFrom('open', 'open', 'open', 'frozen', 'restricted', 'erased'),
  consents: fc.subarray([...damai.purposes.keys()], { minLength: 0 }).chain((names) =>
    fc
      .array(
        fc.record({
          state: fc.constantFrom('given', 'given', 'refused', 'withdrawn'),
          level: fc.constantFrom('opt-in', 'separate', 'guardian'),
        }),
        { minLength: names.length, maxLength: names.length },
      )
      .map((acts) =>
        Object.fromEntries(
          names.map((name, index) => [name, given(acts[index] as { state: 'given'; level: 'separate' })]),
        ),
      ),
  ),
}) as fc.Arbitrary<ReturnType<typeof person>>;

describe('whatever is submitted', () => {
  const anyFacts = fc.record({
    subjects: fc.record({ [LI]: anyPerson, [WANG]: anyPerson }),
    lease: fc.constantFrom('live', 'live', 'stale'),
  }) as fc.Arbitrary<AdmissionFacts>;

  test('a refusal names a clause of the pack’s register and a field by its name', () => {
    fc.assert(
      fc.property(anySubmission, anyFacts, (submission, about) => {
        const result = verdict(submission, about);
        if (result.kind === 'admitted') return;
        expect([...damai.clauses.keys()]).toContain(result.clause);
        expect(result.field ?? 'x').toMatch(/^[a-zA-Z0-9.-]+$/);
      }),
    );
  });

  test('the parts share out the fields: none lost, none twice, none of two kinds', () => {
    fc.assert(
      fc.property(anySubmission, anyFacts, (submission, about) => {
        const result = verdict(submission, about);
        if (result.kind === 'refused') return;
        const count = (subject: string): number =>
          result.parts.filter((part) => part.subject === subject).reduce((sum, part) => sum + part.fields.length, 0);
        expect(
          result.parts
            .filter((part) => part.subject === LI)
            .flatMap((part) => part.fields)
            .sort(),
        ).toEqual(Object.keys(submission.fields).sort());
        expect(count(WANG)).toBe(new Set(submission.others.flatMap((other) => Object.keys(other.fields))).size);
        expect(
          new Set(result.parts.map((part) => [part.subject, part.basis, part.compartment, part.class].join())),
        ).toHaveProperty('size', result.parts.length);
        for (const part of result.parts)
          expect(
            part.disposal.kind === 'dated' ? part.disposal.day > '2026-03-02' : part.disposal.limit > '2026-03-02',
          ).toBe(true);
      }),
    );
  });

  test('what is known of anybody else changes nothing', () => {
    fc.assert(
      fc.property(anySubmission, anyFacts, anyPerson, (submission, about, stranger) => {
        const more = {
          ...about,
          subjects: { ...about.subjects, c3RyYW5nZXJfc3RyYW5nZQ: stranger },
          matter: { anchors: { 'unheard-of': NOW } },
        };
        expect(verdict(submission, more)).toEqual(verdict(submission, about));
      }),
    );
  });
});
