import { identityOf } from './proof.ts';

const machine = new Date('2026-03-02T02:00:00.000Z');
const now = { machine, legal: machine };
const minutesAgo = (minutes: number): Date => new Date(machine.getTime() - minutes * 60_000);
const backend = { role: 'backend' };
const self = (authTime: Date | undefined) => ({ role: 'subject', subject: 'a', authTime });

test('a person proves who they are by a token not older than five minutes', () => {
  expect(identityOf(self(minutesAgo(5)), { subject: 'a' }, now)).toBe('subject-token');
  expect(() => identityOf(self(minutesAgo(6)), { subject: 'a' }, now)).toThrow(/older than 5 minutes/);
  expect(() => identityOf(self(undefined), { subject: 'a' }, now)).toThrow(/older than 5 minutes/);
});

test('a person asks for nobody else', () => {
  expect(() => identityOf(self(machine), { subject: 'b' }, now)).toThrow(/themselves only/);
});

test('a platform states how it was proved, or an officer has to', () => {
  const identity = { method: 'sms-code', verifiedAt: minutesAgo(90).toISOString() };
  expect(identityOf(backend, { subject: 'a', identity }, now)).toBe('sms-code');
  expect(identityOf(backend, { subject: 'a' }, now)).toBeUndefined();
});

test('a proof from the future is none, by the later of the two clocks', () => {
  const identity = { method: 'sms-code', verifiedAt: '2026-04-01T00:00:00.000Z' };
  expect(() => identityOf(backend, { subject: 'a', identity }, now)).toThrow(/future/);
  expect(
    identityOf(backend, { subject: 'a', identity }, { machine, legal: new Date('2026-04-02T00:00:00.000Z') }),
  ).toBe('sms-code');
});
