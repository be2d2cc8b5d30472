import { certificateBody } from '@lethe/contracts';
import {
  certifiedScope,
  concerned,
  finalExpected,
  keptNow,
  onTheirWay,
  residuals,
  type BackupFact,
} from './certify.ts';
import type { Scope, ScopeHolding } from './request.ts';

const holding = (compartment: string, className: string, more: Partial<ScopeHolding> = {}): ScopeHolding => ({
  compartment,
  class: className,
  custody: 'lethe',
  method: 'delete',
  parts: 2,
  held: 0,
  ...more,
});
const TAKEN = '2026-03-01T00:00:00.000Z';
const backup = (purgeOn: string): BackupFact => ({
  backup: purgeOn,
  state: 'isolated',
  takenAt: TAKEN,
  purgeOn,
});

test('a compartment whose key dies is shredded; what lies beside something that stays is deleted row by row', () => {
  const scope = certifiedScope({
    shred: ['contract'],
    restrict: [{ compartment: 'statutory', class: 'order', until: '2029-03-02', basis: 'e-commerce-law-31' }],
    holdings: [
      holding('contract', 'account'),
      holding('statutory', 'order'),
      holding('statutory', 'draft'),
      holding('contract', 'parcel', { custody: 'platform' }),
    ],
  });
  expect(scope.map(({ class: name, outcome }) => [name, outcome])).toEqual([
    ['account', 'shredded'],
    ['order', 'restricted'],
    ['draft', 'deleted'],
    ['parcel', 'deleted'],
  ]);
});

test('of a class under a hold only what is held stays', () => {
  const scope = certifiedScope({
    shred: [],
    restrict: [{ compartment: 'contract', class: 'account', basis: 'hold' }],
    holdings: [holding('contract', 'account', { parts: 5, held: 2 })],
  });
  expect(scope).toEqual([
    { outcome: 'restricted', compartment: 'contract', class: 'account', parts: 2, basis: 'hold' },
    { outcome: 'deleted', compartment: 'contract', class: 'account', parts: 3 },
  ]);
});

describe('what is kept when the certificate is drafted', () => {
  const TODAY = '2026-03-02';
  const law = { compartment: 'contract', class: 'log', until: '2029-03-02', basis: 'cybersecurity-law' };
  const hold = { compartment: 'contract', class: 'post', basis: 'hold' };
  const order = {
    shred: ['consent.face'],
    restrict: [law],
    holdings: [holding('contract', 'log'), holding('contract', 'post', { parts: 3 }), holding('consent.face', 'face')],
  };
  const certified = (ordered: Scope, holdings: ScopeHolding[], restrict: Scope['restrict'] = [], today = TODAY) =>
    certifiedScope(keptNow(ordered, { restrict, holdings }, today)).map(({ class: of, ...one }) => [
      of,
      one.outcome,
      one.parts,
      ...('basis' in one ? [one.basis] : []),
    ]);
  const log = holding('contract', 'log', { held: 1 });
  const face = ['face', 'shredded', 2];
  const kept = ['log', 'restricted', 2, 'cybersecurity-law'];

  test('what a hold names since the order stands as held, also beside something that the law keeps', () => {
    expect(certified(order, [log, holding('contract', 'post', { parts: 1, held: 1 })])).toEqual([
      kept,
      ['post', 'restricted', 1, 'hold'],
      ['post', 'deleted', 2],
      face,
    ]);
  });

  test('what a hold kept that was released since has gone', () => {
    expect(certified({ ...order, restrict: [law, hold] }, [log])).toEqual([kept, ['post', 'deleted', 3], face]);
  });

  test('a hold keeps as many as it names now', () => {
    const ordered = { ...order, restrict: [law, hold], holdings: [holding('contract', 'post', { parts: 3, held: 2 })] };
    expect(certified(ordered, [holding('contract', 'post', { parts: 1, held: 1 })])).toEqual([
      ['post', 'restricted', 1, 'hold'],
      ['post', 'deleted', 2],
    ]);
  });

  test('of what the law keeps stands what is there, until its last day; a hold keeps on what it names', () => {
    expect(certified(order, [{ ...log, parts: 1 }])).toEqual([
      ['log', 'restricted', 1, 'cybersecurity-law'],
      ['log', 'deleted', 1],
      ['post', 'deleted', 3],
      face,
    ]);
    expect(certified(order, [])).toEqual([['log', 'deleted', 2], ['post', 'deleted', 3], face]);
    expect(certified(order, [{ ...log, parts: 1 }], [], law.until)).toEqual([
      ['log', 'restricted', 1, 'hold'],
      ['log', 'deleted', 1],
      ['post', 'deleted', 3],
      face,
    ]);
  });

  test('what a restore brought back and the law keeps stands, with its last day', () => {
    const back = { compartment: 'statutory', class: 'order', until: '2028-01-01', basis: 'e-commerce-law' };
    expect(certified(order, [log, holding('statutory', 'order')], [law, back])).toContainEqual([
      ...['order', 'restricted', 2, 'e-commerce-law'],
    ]);
  });

  test('what nothing keeps and is there is on its way out', () => {
    const left = (holdings: ScopeHolding[], today = TODAY) =>
      onTheirWay(keptNow({ ...order, restrict: [law, hold] }, { restrict: [], holdings }, today), holdings);
    expect(left([log])).toBe(0);
    expect(left([log, holding('contract', 'post', { parts: 2, held: 2 })])).toBe(0);
    expect(left([log, holding('contract', 'post', { parts: 3, held: 1 })])).toBe(2);
    expect(left([log, holding('contract', 'other')])).toBe(2);
    expect(left([log], law.until)).toBe(1);
  });
});

test('it becomes final with the last purge, or with the next epoch where there is no backup', () => {
  expect(finalExpected('2026-03-03', [backup('2026-04-01'), backup('2026-06-01')])).toBe('2026-06-01');
  expect(finalExpected('2026-03-03', [])).toBe('2026-03-03');
});

test('what a floor keeps is a residual, and says until when', () => {
  const scope = certifiedScope({
    shred: [],
    restrict: [{ compartment: 'statutory', class: 'order', until: '2029-03-02', basis: 'e-commerce-law-31' }],
    holdings: [holding('statutory', 'order')],
  });
  expect(residuals(scope, [], '2026-03-03')).toEqual([
    { place: 'copies-of-the-keyring', because: 'until-the-key-epoch-ends', until: '2026-03-03' },
    { place: 'intake-topic', because: 'until-the-intake-key-dies', until: '2026-03-04' },
    { place: 'class.order', because: 'e-commerce-law-31', until: '2029-03-02' },
  ]);
});

test('names as long as a name may be are residuals that a certificate takes', () => {
  const long = `a${'b'.repeat(63)}`;
  const stays = { shred: [], restrict: [{ compartment: 'statutory', class: long, basis: 'hold' }] };
  const found = residuals(
    certifiedScope({ ...stays, holdings: [holding('statutory', long, { held: 1 })] }),
    [{ ...backup('2026-05-01'), platform: { holder: long, classes: [], from: TAKEN } }],
    '2026-03-03',
  );
  expect(found.map(({ place }) => place).slice(2)).toEqual([`backups.${long}`, `class.${long}`]);
  expect(certificateBody.shape.residuals.parse(found)).toEqual(found);
});

test('a backup of the platform concerns who has a class of it, in any of its schedules; each holder says until when', () => {
  const of = (holder: string, purgeOn: string, ...classes: string[]): BackupFact => ({
    ...backup(purgeOn),
    platform: { holder, classes, from: TAKEN },
  });
  const copies = [
    backup('2026-04-01'),
    of('tapes', '2026-05-01', 'order'),
    of('tapes', '2026-06-01'),
    of('wallet', '2026-07-01', 'ord'),
    of('wallet', '2026-08-01', 'face'),
  ];
  const scope = { shred: [], restrict: [], holdings: [holding('statutory', 'order.2026-04-01')] };
  const left = concerned(copies, scope);
  expect(left.map(({ purgeOn }) => purgeOn)).toEqual(['2026-04-01', '2026-05-01', '2026-06-01']);
  expect(residuals([], left, '2026-03-03').slice(2)).toEqual([
    { place: 'backups', because: 'unreadable-until-purged', until: '2026-04-01' },
    { place: 'backups.tapes', because: 'isolated-until-purged', until: '2026-06-01' },
  ]);
});

test('a store that left and made no statement is a residual, however long its name', () => {
  const participant = 'a'.repeat(64);
  const found = residuals([], [], '2026-03-03', [{ participant, because: 'never-held' }]);
  expect(found.slice(2)).toEqual([{ place: `participant.${participant}`, because: 'left-never-held' }]);
  expect(certificateBody.shape.residuals.parse(found)).toEqual(found);
});
