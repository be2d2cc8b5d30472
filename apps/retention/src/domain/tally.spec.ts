import type { events, Envelope } from '@lethe/contracts';
import fc from 'fast-check';
import { admitted, dated, removed, type TallyChanges } from './tally.ts';

type Part = Envelope<typeof events.PartsAdmittedV1>['data']['parts'][number];
type Matter = Part['matter'] & string;
const part = (over: Partial<Part> = {}): Part =>
  ({
    part: 'p',
    record: 'r',
    subject: 's',
    purpose: 'order',
    compartment: 'statutory',
    class: 'orders',
    custody: 'lethe',
    method: 'delete',
    ...over,
  }) as Part;
const order = 'b3JkZXJvcmRlcm9yZGVyb3' as Matter;

test('parts are counted by class and day, or by the matter whose anchor they wait for', () => {
  expect(
    admitted([
      {
        parts: [part({ disposal: '2026-03-02', floor: '2026-03-01' }), part({ disposal: '2026-03-02', matter: order })],
      },
      { parts: [part({ matter: order })] },
    ]),
  ).toEqual({
    days: [
      expect.objectContaining({ class: 'orders', day: '2026-03-02', custody: 'lethe', floor: '2026-03-01', parts: 2 }),
    ],
    waiting: [expect.objectContaining({ class: 'orders', matter: order, parts: 1 })],
  });
});

test('an anchor moves the count from waiting to a day, and from one day to another', () => {
  const came = {
    matter: order,
    class: 'orders',
    to: '2026-05-01',
    method: 'delete' as const,
    custody: 'lethe' as const,
    parts: 3,
  };
  expect(dated([came])).toMatchObject({
    days: [{ day: '2026-05-01', parts: 3 }],
    waiting: [{ matter: order, parts: -3 }],
  });
  expect(dated([{ ...came, from: '2026-05-01', to: '2026-06-01' }])).toMatchObject({
    days: [
      { day: '2026-05-01', parts: -3 },
      { day: '2026-06-01', parts: 3 },
    ],
    waiting: [],
  });
});

test('what leaves before its day is taken off', () => {
  expect(
    removed([
      {
        tallies: [
          { class: 'orders', disposal: '2026-05-01', custody: 'lethe', parts: 2 },
          { class: 'orders', matter: order, custody: 'platform', parts: 1 },
        ],
      },
    ]),
  ).toMatchObject({
    days: [{ parts: -2 }],
    waiting: [{ custody: 'platform', parts: -1 }],
  });
});

test('counts are the same in whatever order slots are heard', () => {
  const day = fc.constantFrom('2026-03-01', '2026-03-02', '2026-03-03');
  const parts = fc.array(
    fc.array(
      day.map((disposal) => part({ disposal })),
      { minLength: 1, maxLength: 5 },
    ),
    { maxLength: 6 },
  );
  const total = (all: readonly TallyChanges[]) => {
    const sums = new Map<string, number>();
    for (const { days } of all)
      for (const change of days) sums.set(change.day, (sums.get(change.day) ?? 0) + change.parts);
    return Object.fromEntries([...sums].sort());
  };
  fc.assert(
    fc.property(parts, (batches) => {
      const whole = total([admitted(batches.map((one) => ({ parts: one })))]);
      expect(total(batches.toReversed().map((one) => admitted([{ parts: one }])))).toEqual(whole);
    }),
  );
});
