import { fileURLToPath } from 'node:url';
import { loadPack } from '@lethe/policy';
import { decideAct, type Act, type ActFacts, type Standing } from './act.ts';

const pack = loadPack(fileURLToPath(new URL('../../../../policies/damai', import.meta.url)));
const NOW = new Date('2026-03-02T02:00:00.000Z');
const act = (over: Partial<Act> = {}): Act => ({
  purpose: 'personalized-display',
  state: 'given',
  level: 'opt-in',
  ...over,
});
const facts = (over: Partial<ActFacts> = {}): ActFacts => ({
  standing: undefined,
  guardian: 'not-needed',
  person: 'open',
  ...over,
});
const standing = (over: Partial<Standing> = {}): Standing => ({
  consent: 'c',
  version: 3,
  state: 'given',
  at: NOW,
  recordedAt: NOW,
  ...over,
});

test('the next version follows what stands', () => {
  expect(decideAct(pack, facts(), act(), NOW)).toMatchObject({ kind: 'record', version: 1 });
  expect(decideAct(pack, facts({ standing: standing() }), act(), NOW)).toMatchObject({ kind: 'record', version: 4 });
});

test('history never runs backwards, even where a replica’s clock does', () => {
  const ahead = new Date(NOW.getTime() + 5_000);
  expect(decideAct(pack, facts({ standing: standing({ recordedAt: ahead }) }), act(), NOW)).toMatchObject({
    recordedAt: ahead,
  });
});

test('an act may be stated later than it was done, never before', () => {
  const earlier = new Date(NOW.getTime() - 60_000);
  expect(decideAct(pack, facts(), act({ at: earlier }), NOW)).toMatchObject({ at: earlier, recordedAt: NOW });
  expect(decideAct(pack, facts(), act({ at: new Date(NOW.getTime() + 60_000) }), NOW)).toMatchObject({ at: NOW });
});

test('a withdrawal that stands is not written again', () => {
  const withdrawn = standing({ state: 'withdrawn' });
  expect(decideAct(pack, facts({ standing: withdrawn }), act({ state: 'withdrawn' }), NOW)).toEqual({
    kind: 'stands',
    standing: withdrawn,
  });
});

test('a frozen person may withdraw and not give; of a restricted one nothing is recorded', () => {
  expect(decideAct(pack, facts({ person: 'frozen' }), act({ state: 'withdrawn' }), NOW)).toMatchObject({
    kind: 'record',
  });
  expect(decideAct(pack, facts({ person: 'frozen' }), act(), NOW)).toMatchObject({
    kind: 'refused',
    refusal: { code: 'subject-frozen' },
  });
  expect(decideAct(pack, facts({ person: 'restricted' }), act({ state: 'withdrawn' }), NOW)).toMatchObject({
    refusal: { code: 'subject-erased' },
  });
});

test('a child’s consent without a guardian is refused by its clause (I10)', () => {
  expect(decideAct(pack, facts({ guardian: 'missing' }), act(), NOW)).toMatchObject({
    kind: 'refused',
    refusal: { code: 'guardian-consent-required', clause: 'DM-MIN-05' },
  });
});
