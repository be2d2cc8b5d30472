import { afterAll, expect, test } from '@jest/globals';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { eventually, WHOLE_LETHE } from '@lethe/testing';
import { begun, ended, type Life } from './life.contract.ts';

afterAll(ended);

const participant = 'wallet';
const act = async ({ instance }: Life, subject: SubjectRef, state: 'given' | 'withdrawn') => {
  const acts = [{ subject, purpose: 'payment', state, level: 'explicit' as const, confirmed: true }];
  const [outcome] = (await instance.ask('backend', http.ActOnConsent, { body: { acts } })).outcomes;
  expect(outcome?.outcome).toMatch(state === 'given' ? /recorded/ : /effective|accepted/);
};
const ordered = async ({ instance }: Life) => {
  const { items } = await instance.ask('backend', http.Out, { query: { after: 0, waitMs: 0 } });
  return items
    .filter(({ kind }) => kind === 'withdrawal-ordered')
    .map(({ subject, data }) => ({ subject, entry: Number(data['entry']) }));
};

test('a withdrawal that a store had not read when erasure lost its stream is told again; not of whoever has agreed anew', async () => {
  const life = await begun('xiaopiaopiao');
  const platform = life.instance.platform();
  const [returns, stays] = [await platform.subject('returns'), await platform.subject('stays')];
  await life.instance.ask('backend', http.RegisterParticipant, { body: { participant } });
  for (const subject of [returns, stays]) await act(life, subject, 'given');
  await life.stop();
  await life.keepOlder('erasure');

  await life.start();
  for (const subject of [returns, stays]) await act(life, subject, 'withdrawn');
  const told = await eventually(async () => {
    const both = await ordered(life);
    return both.length === 2 ? both : undefined;
  }, WHOLE_LETHE);
  await act(life, returns, 'given');
  await life.stop();
  await life.putBackOlder('erasure');

  await life.start();
  await life.recover('erasure', 'one');
  expect((await life.recover('erasure', 'two')).state).toBe('recovered');
  const mine = told.filter(({ subject }) => subject === stays);
  await eventually(async () => (await ordered(life)).some(({ subject }) => subject === stays), WHOLE_LETHE);
  const entry = mine[0]!.entry;
  const ack = { participant, found: 1, deleted: 1, rescan: 0 };
  expect(await life.instance.ask('backend', http.AckWithdrawal, { params: { entry }, body: ack })).toEqual({
    accepted: true,
  });
  await eventually(async () => {
    const { withdrawals } = await life.instance.ask('backend', http.Withdrawals, { query: {} });
    return withdrawals.length === 1 && withdrawals[0]?.state === 'done';
  }, WHOLE_LETHE);
  expect(await ordered(life)).toEqual(mine);
  await life.stop();
}, 300_000);
