import { fileURLToPath } from 'node:url';
import { loadPack } from '@lethe/policy';
import { guardianAt, isSensitive, nextStatement, saysNothingNew, type GuardianStated } from './guardian.ts';

const packOf = (name: string) => loadPack(fileURLToPath(new URL(`../../../../policies/${name}`, import.meta.url)));
const pack = packOf('damai');
const NOW = new Date('2026-03-02T02:00:00.000Z');
const [LONG_AGO, THEN, LATER] = ['2021-05-01', '2025-01-01', '2026-04-01'].map(
  (day) => new Date(`${day}T02:00:00Z`),
) as [Date, Date, Date];
const state = (over: Partial<GuardianStated>, latest?: ReturnType<typeof nextStatement>, now = NOW) =>
  nextStatement(pack, latest, { guardianVerified: false, ...over }, false, now);
const verified = { child: true, guardianVerified: true };

describe('since when a guardian stands', () => {
  test('since it was said, and since the day it was verified where that is stated', () => {
    expect(state(verified).since).toEqual(NOW);
    expect(state({ ...verified, at: LONG_AGO }).since).toEqual(LONG_AGO);
  });

  test('a day that has not come is today', () => {
    expect(state({ ...verified, at: LATER }).since).toEqual(NOW);
  });

  test('what is said later of a guardian who stands does not make it later, and may prove that it was earlier', () => {
    const standing = state({ ...verified, at: THEN });
    expect(state({ guardianVerified: true, guardianTold: true }, standing, LATER).since).toEqual(THEN);
    expect(state({ ...verified, at: LONG_AGO }, standing, LATER).since).toEqual(LONG_AGO);
  });

  test('who was said to have none has one from then on at the earliest', () => {
    const missing = state({ child: true });
    expect(state({ ...verified, at: LONG_AGO }, missing, LATER).since).toEqual(NOW);
    const again = state({ child: true }, state({ ...verified, at: LONG_AGO }), NOW);
    expect(state({ ...verified, at: LONG_AGO }, again, LATER).since).toEqual(NOW);
  });

  test('the same said again, with its day or without, is one statement', () => {
    const standing = state({ ...verified, at: LONG_AGO });
    for (const again of [{ ...verified, at: LONG_AGO }, verified])
      expect(saysNothingNew(standing, state(again, standing, LATER))).toBe(true);
    expect(saysNothingNew(standing, state({ ...verified, at: new Date('2020-01-01') }, standing, LATER))).toBe(false);
  });
});

describe('lines of age, by the local day', () => {
  /** A minute before and after midnight in Shanghai at the start of that day. */
  const around = (day: string) => {
    const midnight = new Date(`${day}T00:00:00+08:00`).getTime();
    return [new Date(midnight - 60_000), new Date(midnight)] as const;
  };
  test.each([
    ['2012-03-02', '2026-03-02', '2027-03-02'],
    // Of those born on 29 February the line falls on 1 March where there is no such day, and on it where there is.
    ['2012-02-29', '2026-03-01', '2027-03-01'],
    ['2014-02-28', '2028-02-28', '2029-02-28'],
  ])('born on %s: no child from %s on, everything sensitive until %s', (birthday, adult, insensitive) => {
    const [before, from] = around(adult);
    const stated = state({ birthday: birthday }, undefined, new Date('2020-01-01T00:00:00Z'));
    expect([before, from].map((now) => guardianAt(stated, now))).toEqual(['missing', 'not-needed']);
    expect(around(insensitive).map((now) => isSensitive(stated, now))).toEqual([true, false]);
    // Said on either side of midnight, it is the same.
    expect([before, from].map((now) => state({ birthday: birthday }, undefined, now).guardian)).toEqual([
      'missing',
      'not-needed',
    ]);
  });
});
