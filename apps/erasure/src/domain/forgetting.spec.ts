import { fileURLToPath } from 'node:url';
import type { Day } from '@lethe/kernel';
import { loadPack, type Pack } from '@lethe/policy';
import { firstLook, neededFor, type OlderCopy, type RefFacts } from './forgetting.ts';

const pack = loadPack(fileURLToPath(new URL('../../../../policies/damai', import.meta.url)));
const day = (text: string) => text as Day;
const over: RefFacts = {
  ...{ deadOn: day('2026-03-02'), epochEnded: true, request: 'final', unanswered: false, kept: 0 },
};
const now = { today: day('2026-06-01'), firstLook: day('2026-06-01'), copies: [] as OlderCopy[] };

test('a ref goes when nothing is left that it is needed for', () => {
  expect(neededFor(over, now)).toBeUndefined();
  // Of a request that was disposed of, and of a withdrawal or a hold, there is no request.
  expect(neededFor({ ...over, request: undefined }, now)).toBeUndefined();
});

test.each<[string, Partial<RefFacts>, Partial<typeof now>, string]>([
  ['the request is not final', { request: 'certified' }, {}, 'not-final'],
  ['it was begun anew', { request: 'verified' }, {}, 'not-final'],
  ['a store of the platform is silent', { unanswered: true }, {}, 'unanswered'],
  ['no key epoch has ended since', { epochEnded: false }, {}, 'key-epoch'],
  ['a backup from before is there', {}, { copies: [{ backup: 'b', from: day('2026-01-01') }] }, 'backup'],
  ['a backup of the same day is there', {}, { copies: [{ backup: 'b', from: day('2026-03-02') }] }, 'backup'],
  ['a copy nobody registered may be there', {}, { today: day('2026-05-31') }, 'a-copy-of-the-policy'],
  ['a law or a hold keeps something', { kept: 1 }, {}, 'something-is-kept'],
])('it stays while %s', (_, facts, more, need) => {
  expect(neededFor({ ...over, ...facts }, { ...now, ...more })).toBe(need);
});

test('a backup from after needs no ref: what went is not in it', () => {
  expect(neededFor(over, { ...now, copies: [{ backup: 'b', from: day('2026-03-03') }] })).toBeUndefined();
});

test('a copy may be kept as long as the policy lets any, and the event log reaches seven days', () => {
  // 大麦: 90 days. Late in the evening of UTC it is the next day there.
  expect(firstLook(pack, new Date('2026-03-02T20:00:00.000Z'))).toBe('2026-06-03');
  const short: Pack = { ...pack, backups: { ...pack.backups, maxDays: { ...pack.backups.maxDays, value: 1 } } };
  expect(firstLook(short, new Date('2026-03-02T02:00:00.000Z'))).toBe('2026-03-10');
});
