import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { verifyTenantEnd } from '@lethe/ledger';
import { newId } from '@lethe/platform';
import { eventually, WHOLE_LETHE } from '@lethe/testing';
import { instance, lethe, running, runsWithTenant } from './running.contract.ts';

const START = '2026-03-02T04:00:00Z';

runsWithTenant('ending');

const state = () => instance.ask('auditor', http.End);
const sweep = () => instance.ask('operator', http.Sweep, { body: { waitMs: 20_000 } });

/** Sweeps until the end is where it should be. */
const until = (wanted: string): Promise<true> =>
  eventually(
    async () => {
      await sweep();
      return (await state()).state === wanted;
    },
    { ...WHOLE_LETHE, what: async () => `the end ${wanted}, not ${JSON.stringify(await state())}` },
  );

test('a tenant ends: what no floor keeps goes at once, orders on their date, backups with the last key; stated, signed, final', async () => {
  const platform = instance.platform();
  const subject = await platform.subject('user-1');
  const matter = await platform.matter(subject, 'order', 'o-1');
  const answers = await platform.collect([
    { ...from(subject, 'logon'), purpose: 'security', fields: { 'ip-address': '203.0.113.7', 'risk-rating': 'low' } },
    { ...from(subject, 'order'), purpose: 'order', matter, fields: ORDER },
  ]);
  expect(answers).toMatchObject([{ outcome: 'admitted' }, { outcome: 'admitted' }]);
  const { backup } = await instance.ask('operator', http.TakeBackup, { body: { waitMs: 20_000, keepDays: 90 } });

  const theirs = newId();
  const until_ = new Date(Date.parse(START) - 60_000).toISOString();
  const tape = {
    backup: theirs,
    participant: 'archive',
    classes: [],
    from: until_,
    until: until_,
    purgeOn: '2026-05-30',
  };
  await instance.ask('backend', http.RegisterBackup, { body: tape });
  const store = { participant: 'old-store', classes: ['security-logs'] };
  await instance.ask('backend', http.RegisterParticipant, { body: store });

  const { end } = await instance.ask('officer', http.ProposeEnd, { body: { reason: 'the-service-stops' } });
  const asked = { params: { end }, body: { waitMs: 20_000 } };
  await expect(instance.ask('officer', http.ConfirmEnd, asked)).rejects.toMatchObject({ kind: 'forbidden' });
  expect(await instance.ask('officer', http.ConfirmEnd, asked, 'second')).toEqual({ end, state: 'stopped' });
  expect(
    await platform.collect([
      { ...from(subject, 'late'), purpose: 'security', fields: { 'ip-address': '203.0.113.7' } },
    ]),
  ).toMatchObject([{ outcome: 'refused', refusal: { code: 'tenant-closed' } }]);
  const act = async (state: 'given' | 'refused') => {
    const acts = [{ subject, purpose: 'personalized-display', state, level: 'opt-in' as const }];
    return (await instance.ask('backend', http.ActOnConsent, { body: { acts } })).outcomes[0];
  };
  await eventually(async () => (await act('given'))?.outcome === 'refused', WHOLE_LETHE);
  expect(await act('given')).toMatchObject({ refusal: { code: 'tenant-closed', clause: 'DM-CES-01' } });
  expect(await act('refused')).toMatchObject({ outcome: 'recorded' });

  await eventually(async () => {
    await sweep();
    const { left, outstanding } = await state();
    return left.atOnce + left.waiting === 0 && outstanding === 1;
  }, WHOLE_LETHE);
  // A store that was shut down keeps the end waiting until two persons have said so.
  const { participant } = store;
  await instance.ask('officer', http.LeaveParticipant, { params: { participant }, body: { because: 'destroyed' } });
  await sweep();
  expect((await state()).outstanding).toBe(1);
  await instance.ask('officer', http.CloseParticipant, { params: { participant } }, 'second');
  await eventually(async () => (await state()).outstanding === 0, WHOLE_LETHE);
  expect(await state()).toMatchObject({ state: 'stopped', left: { floored: 1 }, lastDay: '2029-03-03', backups: 2 });
  expect((await platform.copyOf(subject)).parts.map(({ purpose }) => purpose)).toEqual(['order']);
  await expect(instance.ask('auditor', http.EndStatement)).rejects.toMatchObject({ kind: 'missing' });
  const said = await lethe('retention', 'end', 'ending', '--target', running.url);
  expect(said).toMatchObject({ code: 0 });
  expect(said.stdout).toContain('2029-03-03');

  await instance.ask('operator', http.MoveClock, { body: { to: '2029-03-03T04:00:00Z' } });
  await until('shredded');
  const keys = await instance.ask('auditor', http.LedgerKeys);
  // The keys are dead first, then that is signed.
  await eventually(
    () =>
      instance.ask('auditor', http.EndStatement).then(
        () => true,
        () => false,
      ),
    WHOLE_LETHE,
  );
  const before = await instance.ask('auditor', http.EndStatement);
  expect(verifyTenantEnd(before.document, keys)).toMatchObject({ ok: true, final: false });
  expect(before.document).toMatchObject({
    end: {
      residuals: expect.arrayContaining([
        { place: 'backups.archive', because: 'isolated-until-purged', until: '2026-05-30' },
        { place: 'participant.old-store', because: 'left-destroyed' },
      ]) as unknown,
    },
  });

  await instance.ask('operator', http.RotateEpoch);
  // The platform's own backup is waited for by the word of who holds it.
  const states = async () => {
    const { backups } = await instance.ask('auditor', http.Backups);
    return Object.fromEntries(backups.map(({ backup: of, state: is, platform: whose }) => [of, whose?.awaited ?? is]));
  };
  await eventually(async () => {
    await sweep();
    const now = await states();
    return now[backup] === 'purged' && now[theirs] === 'purge';
  }, WHOLE_LETHE);
  expect((await state()).state).toBe('shredded');
  await instance.ask('backend', http.AckBackup, {
    params: { backup: theirs },
    body: { participant: 'archive', wanted: 'purge', left: 0 },
  });
  await until('final');
  expect(await states()).toEqual({ [backup]: 'purged', [theirs]: 'purged' });
  const folder = mkdtempSync(join(tmpdir(), 'lethe-statement-'));
  const file = join(folder, 'end.json');
  try {
    expect(await lethe('retention', 'end', 'ending', '--statement', file, '--target', running.url)).toMatchObject({
      code: 0,
    });
    const text = readFileSync(file, 'utf8');
    expect(verifyTenantEnd(text, keys)).toMatchObject({
      ok: true,
      final: true,
      development: true,
      document: { end: { statement: end, approvals: 2, rescan: 0 } },
    });
    expect(await lethe('verify', file)).toMatchObject({ code: 0, stdout: expect.stringContaining('final:') as string });
    for (const wrong of [text.replace('"approvals":2', '"approvals":3'), text.replace(/"found":\d/, '"found":7')]) {
      writeFileSync(file, wrong);
      expect(await lethe('verify', file)).toMatchObject({ code: 1 });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await platform.close();
}, 300_000);

const ORDER = {
  'order-number': 'N1',
  'event-name': 'a night',
  'event-day': '2026-05-01',
  'order-amount': 100,
  genre: 'concert',
  'event-city': '北京',
  'ticket-price': 380,
  'sales-channel': 'app',
};
const from = (subject: SubjectRef, key: string) => ({
  idempotencyKey: `ending-${key}-0001`,
  subject,
  collectedAt: START,
});
