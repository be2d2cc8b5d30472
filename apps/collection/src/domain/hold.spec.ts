import { judgeHold, type Late } from './hold.ts';

const part = (parts: number, over: Partial<Late & { going: boolean; kept: boolean }> = {}) => ({
  going: false,
  kept: false,
  parts,
  ...over,
});
const going = (parts: number, by: Partial<Late>) => part(parts, { going: true, ...by });

test('what names a person is held whole or not at all', () => {
  expect(judgeHold([part(2)])).toEqual({ outcome: 'recorded', parts: 2, tooLate: [] });
  expect(judgeHold([part(2), going(1, { order: 'o' })])).toEqual({
    outcome: 'too-late',
    parts: 3,
    tooLate: [{ order: 'o', parts: 1 }],
  });
  expect(judgeHold([part(2), { ...going(1, { order: 'o' }), kept: true }])).toMatchObject({
    outcome: 'recorded',
    parts: 3,
  });
});

test('what names many people is in force for what can be kept, and says by what the rest goes', () => {
  const partly = { partly: true };
  const touched = [part(2), going(1, { order: 'o' }), going(3, { entry: 7 })];
  expect(judgeHold(touched, partly)).toEqual({
    outcome: 'recorded',
    parts: 2,
    tooLate: [
      { order: 'o', parts: 1 },
      { entry: 7, parts: 3 },
    ],
  });
  expect(judgeHold(touched.slice(1), partly)).toMatchObject({ outcome: 'too-late', parts: 4 });
  expect(judgeHold([], partly)).toEqual({ outcome: 'recorded', parts: 0, tooLate: [] });
});

test('keys that died under what was kept are too late; what names many people is in force for the rest once their rows are gone', () => {
  const touched = [part(2), { ...going(1, { order: 'o' }), kept: true }, going(4, { entry: 7 })];
  const [gone, there] = [
    { parts: 1, gone: 1 },
    { parts: 1, gone: 0 },
  ];
  for (const [partly, keysDead] of [
    [false, gone],
    [false, there],
    [true, there],
  ] as const)
    expect(judgeHold(touched.slice(0, 2), { partly, keysDead })).toMatchObject({
      outcome: 'too-late',
      tooLate: [{ order: 'o' }],
    });
  expect(judgeHold(touched, { partly: true, keysDead: gone })).toEqual({
    outcome: 'recorded',
    parts: 2,
    tooLate: [{ parts: 1 }, { entry: 7, parts: 4 }],
  });
  expect(judgeHold(touched.slice(1), { partly: true, keysDead: gone })).toMatchObject({ outcome: 'too-late' });
});

test('an answer names a hundred orders at most, and counts the parts of all', () => {
  const { tooLate } = judgeHold([...Array(250)].map((_, entry) => going(2, { entry })));
  expect(tooLate).toHaveLength(100);
  expect(tooLate.reduce((all, { parts }) => all + parts, 0)).toBe(500);
});
