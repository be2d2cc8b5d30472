import { damai } from '../testing-damai.ts';
import type { Pack } from '../pack.ts';
import { COPIES_A_DAY, judgeCopies } from './copies.ts';

const withRequests = (requests: Partial<Pack['requests']>): Pack => ({
  ...damai,
  requests: { ...damai.requests, ...requests },
});

test('where the pack does not say, five copies a day', () => {
  expect(judgeCopies(damai, COPIES_A_DAY - 1)).toBeUndefined();
  expect(judgeCopies(damai, COPIES_A_DAY)).toMatchObject({ code: 'asked-too-often', field: 'subject' });
});

test('a pack says its own number, under its own clause', () => {
  const pack = withRequests({
    limit: { copiesPerDay: { value: 2, stated: true, source: 'policy' }, clause: 'XX-CPY-01' },
  });
  expect(judgeCopies(pack, 1)).toBeUndefined();
  expect(judgeCopies(pack, 2)).toMatchObject({ code: 'asked-too-often', clause: 'XX-CPY-01' });
});

test('a pack that never refuses a copy never refuses one for its number', () => {
  const never = { may: {}, cannot: {}, never: ['copy'], reason: true, clause: 'XX-CPY-02' };
  expect(judgeCopies(withRequests({ refusals: never }), 1_000)).toBeUndefined();
});
