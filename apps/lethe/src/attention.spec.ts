import { existsSync, globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { http } from '@lethe/contracts';
import { eventually, WHOLE_LETHE } from '@lethe/testing';
import { attentionOf, type Attention } from './commands/attention.ts';
import { Instance } from './demo/instance.ts';
import { home, instance, lethe, running, runsWithTenant } from './running.contract.ts';

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

test('an erasure and a withdrawal that a store never answers are listed with who is waited for, and go when it has (I27)', async () => {
  const silent = new Instance(running.url, 'silent');
  await silent.open('xiaopiaopiao', new Date('2026-03-02T04:00:00Z'));
  await silent.ask('backend', http.RegisterParticipant, { body: { participant: 'wallet' } });
  const platform = silent.platform();
  const [leaves, stays] = [await platform.subject('user-1'), await platform.subject('user-2')];
  const act = async (state: 'given' | 'withdrawn') => {
    const acts = [{ subject: stays, purpose: 'payment', state, level: 'explicit' as const }];
    const { outcomes } = await silent.ask('backend', http.ActOnConsent, { body: { acts } });
    expect(outcomes.map(({ outcome }) => outcome)).not.toContain('refused');
  };
  await act('given');
  await act('withdrawn');
  const { request } = await platform.askErasure({
    ...{ subject: leaves, kind: 'close-account', ground: 'service-ended', idempotencyKey: 'user-1-leaves' },
    identity: { method: 'login-and-code', verifiedAt: '2026-03-02T04:00:00.000Z' },
  });
  const entry = await eventually(async () => {
    const { withdrawals } = await silent.ask('auditor', http.Withdrawals, { query: {} });
    return (await platform.request(request)).state === 'ordered' && withdrawals[0]?.entry;
  }, WHOLE_LETHE);
  expect(await run('silent')).toEqual({ code: 0, stdout: 'nothing\n' });

  await silent.ask('operator', http.MoveClock, { body: { to: '2026-05-30T04:00:00Z' } });
  const listed = async () => {
    const { code, stdout } = await run('silent', '--json');
    return { code, about: (JSON.parse(stdout) as Attention[]).filter(({ what }) => what === 'ack-overdue') };
  };
  const { code, about } = await listed();
  expect(code).toBe(1);
  expect(about).toMatchObject([
    { service: 'erasure', about: `${request} wallet`, runbook: 'findings' },
    { service: 'erasure', about: `withdrawal ${String(entry)} wallet`, runbook: 'findings' },
  ]);
  const page = await lethe('report', 'silent', '--html', '--target', running.url);
  expect(page.stdout).toContain('an order is not answered');

  const statement = { participant: 'wallet', found: 1, deleted: 1, rescan: 0 };
  await silent.ask('backend', http.AckErasure, { params: { request }, body: statement });
  await silent.ask('backend', http.AckWithdrawal, { params: { entry: Number(entry) }, body: statement });
  await eventually(async () => (await platform.request(request)).certificate !== undefined, WHOLE_LETHE);
  expect((await listed()).about).toEqual([]);
  await platform.close();
}, 300_000);

test('a restore that waits for its second person, or failed, is listed with the door that settles it, until it is proposed anew', async () => {
  const careful = new Instance(running.url, 'careful');
  await careful.open('damai', new Date('2026-03-02T04:00:00Z'));
  const { backup } = await careful.ask('operator', http.TakeBackup, { body: { waitMs: 20_000 } });
  const taken = async () => (await careful.ask('auditor', http.Backups)).backups.map(({ state }) => state).join();
  await eventually(async () => (await taken()) === 'available', WHOLE_LETHE);
  const listed = () => attentionOf('careful', (route, asking) => careful.ask('auditor', route, asking));
  const about = { tenant: 'careful', runbook: 'restore' };
  const again = `POST /v1/backups/${backup}/restores`;
  const propose = () => careful.ask('officer', http.ProposeRestore, { params: { backup } });
  const { restore } = await propose();
  expect(await listed()).toMatchObject([
    { ...about, what: 'restore-proposed', about: restore, door: `POST /v1/restores/${restore}/confirmation` },
  ]);

  // What was taken is not there any more.
  for (const folder of globSync(join(home, 'backups', '**', backup))) rmSync(folder, { recursive: true });
  await careful.ask('officer', http.ConfirmRestore, { params: { restore } }, 'another');
  await eventually(async () => (await listed())[0]?.what === 'restore-failed', WHOLE_LETHE);
  const [failed] = await listed();
  expect(failed).toMatchObject({ ...about, door: again });
  expect(failed!.about).toMatch(new RegExp(`^${restore} [a-z-]+/[a-z-]+$`));

  const { restore: anew } = await propose();
  expect((await listed()).map(({ what, about: id }) => [what, id])).toEqual([['restore-proposed', anew]]);
}, 120_000);

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
