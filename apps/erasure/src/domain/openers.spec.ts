import { OPENERS, type Opener } from '@lethe/contracts';
import { certifiedScope, residuals, type BackupFact } from './certify.ts';
import { finalBody, reachingBack, stillOpens, type Gone, type Recorded } from './openers.ts';
import type { Scope } from './request.ts';

const at = (text: string) => new Date(`2026-03-02T${text}:00.000Z`);
const scope: Scope = {
  shred: ['contract'],
  restrict: [],
  holdings: [
    { compartment: 'contract', class: 'account', custody: 'lethe', method: 'delete', parts: 2, held: 0 },
  ] as Scope['holdings'],
};
const gone: Gone = { deadBy: at('03:00'), unreadableFrom: at('02:00'), scope };
const copy = (backup: string, more: Partial<BackupFact> = {}): BackupFact => ({
  backup,
  state: 'isolated',
  takenAt: at('01:00').toISOString(),
  purgeOn: '2026-06-01',
  ...more,
});
const theirs = (backup: string, classes: string[], from: Date) =>
  copy(backup, { platform: { holder: 'archive', classes, from: from.toISOString() } });
const nothing: Recorded = {
  epoch: { epoch: 7, before: at('04:00'), ended_at: at('04:01') },
  backups: [{ backup: 'known', gone_at: at('05:00') }],
  catalogue: [],
};

/** What is there while one opener can still open it, and everything else cannot. */
const ONE: Readonly<Record<Opener, readonly [Partial<Gone>, Partial<Recorded>, string]>> = {
  'living-keys': [{ deadBy: null }, {}, 'collection'],
  'copies-of-the-keyring': [{}, { epoch: undefined }, 'key-epoch'],
  'intake-topic': [{}, { epoch: undefined }, 'key-epoch'],
  backups: [{}, { backups: [{ backup: 'known', gone_at: null }] }, 'backup:known'],
};

test.each(OPENERS)('while %s can open it, it is not final', (opener) => {
  const [g, r, waitsFor] = ONE[opener];
  expect(stillOpens({ ...gone, ...g }, { ...nothing, ...r })).toEqual([waitsFor]);
  expect(finalBody({ ...gone, ...g }, { ...nothing, ...r }, at('06:00'))).toBeUndefined();
});

test('it is final when none can, and states the epoch and each backup', () => {
  expect(stillOpens(gone, nothing)).toEqual([]);
  expect(finalBody(gone, nothing, at('06:00'))).toEqual({
    at: at('06:00').toISOString(),
    epoch: { epoch: 7, before: at('04:00').toISOString(), endedAt: at('04:01').toISOString() },
    backups: [{ backup: 'known', goneAt: at('05:00').toISOString() }],
  });
});

test('a certificate lists each opener that outlives the keys as a place where something may lie', () => {
  const places = residuals(certifiedScope(scope), [copy('own')], '2026-03-03').map(({ place }) => place);
  expect(OPENERS.filter((one) => one !== 'living-keys' && !places.includes(one))).toEqual([]);
});

test('a backup of which nobody knew is waited for where it reaches back to when it could be read, and may have a class of it', () => {
  const catalogue = [
    copy('own-before'),
    copy('own-after', { takenAt: at('02:30').toISOString() }),
    theirs('any-class', [], at('01:00')),
    theirs('the-class', ['account'], at('02:04')),
    theirs('another-class', ['orders'], at('01:00')),
    theirs('after', [], at('02:06')),
  ];
  expect(reachingBack(gone, catalogue)).toEqual(['own-before', 'any-class', 'the-class']);
  expect(reachingBack({ ...gone, scope: 'everything' }, catalogue)).toContain('another-class');
  // As long as it can be read, everything may have it.
  expect(reachingBack({ ...gone, unreadableFrom: null, scope: 'everything' }, catalogue)).toHaveLength(6);
  expect(stillOpens(gone, { ...nothing, catalogue })).toEqual([
    'backup:any-class',
    'backup:own-before',
    'backup:the-class',
  ]);
  // One of them is waited for once.
  const waited = { ...nothing, catalogue: [copy('known')], backups: [{ backup: 'known', gone_at: null }] };
  expect(stillOpens(gone, waited)).toEqual(['backup:known']);
});
