import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import type { ErasureRequest, Participant, Progress, SagaFacts, Statement } from './request.ts';
import { hasReached, isOpen, next, standsAt, stateOf } from './saga.ts';

const good: Statement = { found: 3, deleted: 2, restricted: 1, rescan: 0, position: 7 };
const service = (participant: string, more: Partial<Participant> = {}): Participant => ({
  participant,
  kind: 'service',
  ...more,
});
const platform = (more: Partial<Participant> = {}): Participant => ({
  participant: 'orders',
  kind: 'platform',
  ...more,
});
const request = (progress: Progress, more: Partial<ErasureRequest> = {}): ErasureRequest => ({
  request: 'r',
  subject: 's' as SubjectRef,
  kind: 'erasure',
  progress,
  deadline: '2026-03-16',
  escalated: false,
  freezing: false,
  participants: [],
  ...more,
});
const facts: SagaFacts = { today: '2026-03-02', stillOpens: [] };

test.each<[string, ErasureRequest, Partial<SagaFacts>, ReturnType<typeof next>]>([
  ['an unproved identity waits for a person', request('received'), {}, { do: 'wait', waitingFor: ['identity'] }],
  ['a verified request is scoped', request('verified'), {}, { do: 'scope' }],
  ['a scoped one freezes the person', request('scoped'), {}, { do: 'freeze' }],
  [
    'no position counts before the freeze has a number',
    request('scoped', { freezing: true }),
    {},
    { do: 'number-the-freeze' },
  ],
  [
    'a participant that has not frozen is waited for',
    request('scoped', {
      freezing: true,
      freezeNumber: 7,
      participants: [service('consent', { frozenPosition: 7 }), service('retention')],
    }),
    {},
    { do: 'wait', waitingFor: ['retention'] },
  ],
  [
    'an ack from before the freeze is no ack',
    request('scoped', { freezing: true, freezeNumber: 7, participants: [service('consent', { frozenPosition: 6 })] }),
    {},
    { do: 'wait', waitingFor: ['consent'] },
  ],
  [
    'platforms are not asked to freeze',
    request('scoped', {
      freezing: true,
      freezeNumber: 7,
      participants: [service('consent', { frozenPosition: 9 }), platform()],
    }),
    {},
    { do: 'order' },
  ],
  ['a frozen one is ordered', request('frozen'), {}, { do: 'order' }],
  [
    'nobody waits for a store that left and was closed',
    request('ordered', {
      freezeNumber: 7,
      participants: [service('consent', { done: good }), platform({ closed: 'destroyed' })],
    }),
    {},
    { do: 'record' },
  ],
  [
    'silence keeps it where it is',
    request('ordered', { freezeNumber: 7, participants: [service('consent', { done: good }), platform()] }),
    {},
    { do: 'wait', waitingFor: ['orders'] },
  ],
  [
    'a rescan that found something is no ack',
    request('ordered', { freezeNumber: 7, participants: [platform({ done: { ...good, rescan: 1 } })] }),
    {},
    { do: 'wait', waitingFor: ['orders'] },
  ],
  [
    'counts that do not add up are no ack',
    request('ordered', { freezeNumber: 7, participants: [service('consent', { done: { ...good, found: 4 } })] }),
    {},
    { do: 'wait', waitingFor: ['consent'] },
  ],
  [
    'a service that was done before the freeze is not done',
    request('ordered', { freezeNumber: 8, participants: [service('consent', { done: good })] }),
    {},
    { do: 'wait', waitingFor: ['consent'] },
  ],
  [
    'all statements in: the ledger, then the keys',
    request('ordered', {
      freezeNumber: 7,
      participants: [service('consent', { done: good }), platform({ done: { ...good, position: 0 } })],
    }),
    {},
    { do: 'record' },
  ],
  ['keys are waited for', request('shredding'), {}, { do: 'wait', waitingFor: ['collection'] }],
  ['rows are waited for', request('effective'), {}, { do: 'wait', waitingFor: ['collection'] }],
  ['a swept one is certified', request('swept'), {}, { do: 'certify' }],
  [
    'final needs an epoch and every backup',
    request('certified'),
    { stillOpens: ['key-epoch', 'backup:b'] },
    { do: 'wait', waitingFor: ['key-epoch', 'backup:b'] },
  ],
  [
    'one of them is not enough',
    request('certified'),
    { stillOpens: ['backup:b'] },
    { do: 'wait', waitingFor: ['backup:b'] },
  ],
  ['nothing opens it any more', request('certified'), {}, { do: 'finish' }],
  ['a final one is over', request('final'), { today: '2030-01-01' }, { do: 'nothing' }],
  ['a refused one is over', request('refused'), { today: '2030-01-01' }, { do: 'nothing' }],
  ['the last day is not late', request('received'), { today: '2026-03-16' }, { do: 'wait', waitingFor: ['identity'] }],
  [
    'the day after is, and names who was waited for',
    request('ordered', { freezeNumber: 7, participants: [platform()] }),
    { today: '2026-03-17' },
    { do: 'escalate', waitingFor: ['orders'] },
  ],
  [
    'it is said once',
    request('ordered', { freezeNumber: 7, escalated: true, participants: [platform()] }),
    { today: '2026-03-18' },
    { do: 'wait', waitingFor: ['orders'] },
  ],
  [
    'a late one that was never scoped is scoped all the same',
    request('verified', { escalated: true }),
    { today: '2026-03-18' },
    { do: 'scope' },
  ],
  [
    'a certified one has no deadline',
    request('certified'),
    { today: '2030-01-01', stillOpens: ['key-epoch'] },
    { do: 'wait', waitingFor: ['key-epoch'] },
  ],
])('%s', (_, one, more, step) => {
  expect(next(one, { ...facts, ...more })).toEqual(step);
});

test('nothing but a swept request is ever certified, whatever the time and the statements', () => {
  const progresses: Progress[] = [
    'received',
    'verified',
    'scoped',
    'frozen',
    'ordered',
    'shredding',
    'effective',
    'certified',
    'final',
    'refused',
  ];
  for (const progress of progresses) {
    for (const today of ['2026-03-02', '2030-01-01']) {
      for (const escalated of [false, true]) {
        const one = request(progress, {
          escalated,
          freezing: true,
          freezeNumber: 1,
          participants: [service('consent', { frozenPosition: 1, done: good })],
        });
        expect(next(one, { ...facts, today }).do).not.toBe('certify');
      }
    }
  }
});

test('a late request is called restricted until its keys are being destroyed after all', () => {
  expect(stateOf({ progress: 'ordered', escalated: true })).toBe('restricted');
  expect(stateOf({ progress: 'ordered', escalated: false })).toBe('ordered');
  expect(stateOf({ progress: 'received', escalated: true })).toBe('received');
  expect(stateOf({ progress: 'shredding', escalated: true })).toBe('shredding');
});

test('what is asked for by its state is what is told of it, of every request there may be', () => {
  for (const state of http.requestState.options) {
    const { progress, escalated: late } = standsAt(state);
    for (const one of http.requestState.options)
      for (const escalated of [false, true]) {
        if (one === 'restricted') continue;
        expect(progress.includes(one) && (late ?? escalated) === escalated).toBe(
          stateOf({ progress: one, escalated }) === state,
        );
      }
  }
});

test('a long poll ends at the state, beyond it, or where it can no longer come', () => {
  expect(hasReached('certified', 'effective')).toBe(true);
  expect(hasReached('ordered', 'effective')).toBe(false);
  expect(hasReached('refused', 'final')).toBe(true);
  expect(hasReached('restricted', 'certified')).toBe(true);
  expect(isOpen('swept')).toBe(true);
  expect(isOpen('refused')).toBe(false);
});
