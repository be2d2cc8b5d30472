import type { Day } from '@lethe/kernel';
import { controlStates, weakerSources } from './controls.ts';
import { damai } from './testing-damai.ts';

const of = (control: string, filed: Record<string, Day>, today: Day) =>
  controlStates(damai, new Map(Object.entries(filed)), today).find((each) => each.control === control);

test('a control of which nothing was filed is missing; what was filed holds through its interval, and no day longer', () => {
  expect(of('transport', {}, '2026-03-02')).toMatchObject({ state: 'missing', evidence: 'tls-probe' });
  expect(of('transport', { transport: '2026-03-02' }, '2026-03-03')).toMatchObject({
    state: 'current',
    until: '2026-03-03',
  });
  expect(of('transport', { transport: '2026-03-02' }, '2026-03-04')).toMatchObject({ state: 'overdue' });
});

test('data is protected less where it lacks what other data has', () => {
  const all = ['aes-256-gcm', 'subject-key', 'time-key'];
  const person = { source: 'person', controls: all };
  expect(weakerSources([person, { source: 'indirect', controls: all }])).toEqual([]);
  expect(weakerSources([person, { source: 'indirect', controls: ['aes-256-gcm', 'time-key'] }])).toEqual(['indirect']);
  expect(weakerSources([person, { source: 'indirect', controls: [] }])).toEqual(['indirect']);
});
