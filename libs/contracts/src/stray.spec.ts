import { z } from 'zod';
import { stray } from './stray.ts';

const question = z.object({
  acts: z.array(z.object({ purpose: z.string(), bundle: z.boolean().optional() })),
  fields: z.record(z.string(), z.json()),
  at: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .optional(),
});
const found = (sent: unknown) => stray(sent, question.parse(sent))?.join('.');
const fits = { acts: [{ purpose: 'p', bundle: true }], fields: { any: { thing: [{ at: 'all' }] } } };

test('what has a place is no stray, however deep it lies in a free map', () => {
  expect(found(fits)).toBeUndefined();
  expect(found({ ...fits, at: '2026-03-02T02:00:00Z' })).toBeUndefined();
});

test.each([
  ['at the top', { ...fits, until: 'x' }, 'until'],
  ['in a list', { ...fits, acts: [{ purpose: 'p' }, { purpose: 'p', bundl: true }] }, 'acts.1.bundl'],
])('a key that nobody knows is named: %s', (_, sent, path) => {
  expect(found(sent)).toBe(path);
});
