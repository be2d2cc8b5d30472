import { expect, jest, test } from '@jest/globals';
import { Fault } from '@lethe/kernel';
import { AskedRecovery } from './asked-recovery.ts';
import type { Logger } from './logger.ts';
import type { RecoveryReport } from './recovery.ts';

const REPORT: RecoveryReport = { incarnation: 'next', ended: ['last'], replayed: 1, heard: 2, dropped: 0, lost: 0 };
const PATIENT = 30_000;

/** A closed database, and a recovery of it that ends when the test says so. */
function closed() {
  let [isClosed, now] = [true, Date.parse('2026-03-02T02:00:00Z')];
  const begun: { by: readonly string[]; end: (report: RecoveryReport) => void; fail: (error: unknown) => void }[] = [];
  const error = jest.fn();
  const recovery = new AskedRecovery({
    isClosed: () => isClosed,
    recover: async (by) => {
      const { promise, resolve: end, reject: fail } = Promise.withResolvers<RecoveryReport>();
      begun.push({ by, end, fail });
      const report = await promise;
      isClosed = false;
      return report;
    },
    logger: { error } as unknown as Logger,
    now: () => new Date(now),
  });
  return { recovery, begun, error, pass: (minutes: number) => (now += minutes * 60_000) };
}

test('two different persons begin it, within a quarter of an hour', async () => {
  const { recovery, begun, pass } = closed();
  expect(await recovery.ask('one', 0)).toEqual({ state: 'proposed' });
  expect(await recovery.ask('one', 0)).toEqual({ state: 'proposed' });
  pass(16);
  expect(await recovery.ask('two', 0)).toEqual({ state: 'proposed' });
  expect(begun).toEqual([]);
  pass(14);
  expect(await recovery.ask('three', 0)).toEqual({ state: 'running' });
  expect(begun.map(({ by }) => by)).toEqual([['two', 'three']]);
});

test('whoever asks while it runs waits for the same one, and the next is told that it serves', async () => {
  const { recovery, begun } = closed();
  await recovery.ask('one', 0);
  await recovery.ask('two', 0);
  const waiting = ['two', 'three'].map((who) => recovery.ask(who, PATIENT));
  expect(recovery.isRunning).toBe(true);
  begun[0]!.end(REPORT);
  const recovered = { state: 'recovered', report: REPORT };
  expect(await Promise.all(waiting)).toEqual([recovered, recovered]);
  expect(begun).toHaveLength(1);
  expect(await recovery.ask('one', 0)).toEqual({ state: 'serving' });
});

test('one that fails is told to whoever waits and to the log, and two persons ask anew', async () => {
  const { recovery, begun, error } = closed();
  await recovery.ask('one', 0);
  await recovery.ask('two', 0);
  const waiting = recovery.ask('two', PATIENT);
  const away = new Fault('unavailable', 'erasure/ledger-away', 'the ledger cannot be read');
  begun[0]!.fail(away);
  await expect(waiting).rejects.toBe(away);
  expect(error).toHaveBeenCalledWith({ error: away }, expect.any(String));
  expect(recovery.isRunning).toBe(false);
  expect(await recovery.ask('two', 0)).toEqual({ state: 'proposed' });
  expect(await recovery.ask('one', 0)).toEqual({ state: 'running' });
});
