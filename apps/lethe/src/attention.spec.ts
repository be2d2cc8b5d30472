import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { http } from '@lethe/contracts';
import type { Attention } from './commands/attention.ts';
import { instance, lethe, running, runsWithTenant } from './running.contract.ts';

const runbooks = fileURLToPath(new URL('../../../docs/runbooks', import.meta.url));

runsWithTenant('watched');

const run = async (...args: string[]) => {
  const { code, stdout } = await lethe('attention', ...args, '--target', running.url);
  return { code, stdout };
};
const waiting = async () => JSON.parse((await run('watched', '--json')).stdout) as Attention[];

test('where nothing waits for a person it says so, and exits 0', async () => {
  expect(await run('watched')).toEqual({ code: 0, stdout: 'nothing\n' });
  expect(await run()).toEqual({ code: 0, stdout: 'nothing\n' });
});

test('what waits is listed with since when and the runbook that is there, and it exits 1', async () => {
  const platform = instance.platform();
  const subject = await platform.subject('user-1');
  await platform.close();
  const hold = {
    scope: { kind: 'subject', subject },
    reason: 'litigation',
    authority: 'court',
    reviewOn: '2026-03-10',
  };
  await instance.ask('officer', http.PlaceHold, { body: hold as never });
  await instance.ask('officer', http.ProposeEnd, { body: { reason: 'the-service-stops' } });
  await instance.ask('operator', http.MoveClock, { body: { to: '2026-03-11T04:00:00Z' } });
  await instance.ask('operator', http.Sweep, { body: { waitMs: 0 } });
  await instance.ask('officer', http.StopDisposal, { body: { reason: 'something-is-wrong' } });

  const all = await waiting();
  expect(all.map(({ what }) => what).sort()).toEqual(['disposal-stopped', 'end-proposed', 'hold-past-review']);
  expect(all).toContainEqual(
    expect.objectContaining({ tenant: 'watched', what: 'hold-past-review', since: '2026-03-10', runbook: 'findings' }),
  );
  expect(all).toContainEqual(expect.objectContaining({ what: 'disposal-stopped', about: 'stopped-by-officer' }));
  for (const { runbook } of all) expect(existsSync(join(runbooks, `${runbook}.md`))).toBe(true);
  const { code, stdout } = await run('watched');
  expect(code).toBe(1);
  expect(stdout).toContain('hold-past-review');
});

test('a service that does not answer is on the list, and hides nothing of the others', async () => {
  const others = ['collection', 'consent', 'erasure'].map((service) => `${service}=${running.url}`).join();
  const closed = 'http://127.0.0.1:1';
  const { code, stdout } = await lethe('attention', 'watched', '--json', '--target', `${others},retention=${closed}`);
  expect(code).toBe(1);
  const all = JSON.parse(stdout) as Attention[];
  expect(all).toContainEqual({ tenant: '*', what: 'not-answering', about: '127.0.0.1:1', runbook: 'README' });
  expect(all).toContainEqual({
    ...{ tenant: 'watched', what: 'not-answering', service: 'retention', about: 'client/no-answer' },
    runbook: 'README',
  });
  expect(all.some(({ what }) => what === 'hold-past-review')).toBe(false);
});
