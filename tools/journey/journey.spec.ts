import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { ErasureOrder, Lethe, Statement, SubmissionAnswer } from '@lethe/client';
import { http } from '@lethe/contracts';
import { Fault, type SubjectRef } from '@lethe/kernel';
import { canonical, verifyCertificate } from '@lethe/ledger';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, killServers, LetheProcess, ROOT } from './lethe-process.ts';
import { booking, face, freshKey, peopleOf, preference, registration, signIn } from './people.ts';

jest.setTimeout(400_000);

const START = '2023-03-06T02:00:00.000Z';
const WAIT_MS = 20_000;
const CROWD = 12;
const SIGN_INS = 20;

const folder = mkdtempSync(join(tmpdir(), 'lethe-journey-'));
const home = join(folder, 'home');
let lethe: LetheProcess;
let doors: Doors;
let neighbor: Doors;
let platform: Lethe;
let notice: string;

let zhang: SubjectRef;
let zhangsParts: string[];
let crowd: SubjectRef[];
const signedIn = new Map<SubjectRef, string[]>();
let backup: string;
let request: string;
let certificate: string;
let certified: string;
/** The platform's own archive: it takes part in erasures. */
const archive = new Map<string, number>();
let onOrder: (order: ErasureOrder) => Promise<Statement>;

beforeAll(async () => {
  const port = await freePort();
  lethe = LetheProcess.embedded(home, port, join(folder, 'lethe.log'));
  await lethe.start();
  doors = new Doors(lethe.url, 'ticketing');
  neighbor = new Doors(lethe.url, 'neighbor');
  await doors.open(START);
  await neighbor.open(START);
  platform = doors.client({ participant: 'archive' });
  notice = (await doors.ask('backend', http.CurrentNotice)).version;
  await platform.onErasure((order) => onOrder(order));
});
afterAll(async () => {
  await platform?.close();
  await lethe?.stop();
  if (existsSync(join(folder, 'home'))) rmSync(folder, { recursive: true, force: true });
});

const admitted = (answer: SubmissionAnswer | undefined) => {
  if (answer?.outcome !== 'admitted') throw new Error(`not admitted: ${JSON.stringify(answer)}`);
  return answer;
};
const refusal = (answer: SubmissionAnswer | undefined) =>
  answer?.outcome === 'refused' ? [answer.refusal.code, answer.refusal.clause] : ['admitted'];
const forget = ({ subject }: ErasureOrder): Promise<Statement> => {
  const found = archive.get(subject) ?? 0;
  archive.delete(subject);
  return Promise.resolve({ found, deleted: found, rescan: archive.get(subject) ?? 0 });
};
const holdingsOf = (subject: SubjectRef) => doors.askUntil('officer', http.Holdings, { params: { subject } });
const partsOf = async (subject: SubjectRef, name: string): Promise<number> =>
  (await holdingsOf(subject)).holdings.filter((one) => one.class === name).reduce((sum, one) => sum + one.parts, 0);

test('what a platform submits is admitted once, or refused with a code and the clause behind it', async () => {
  zhang = await platform.subject('zhang');
  expect(await platform.subject('zhang')).toBe(zhang);
  const account = await platform.matter(zhang, 'account', 'zhang');
  const first = registration(zhang, account, notice, START);
  const [joined] = await platform.collect([first]);
  zhangsParts = admitted(joined).parts.map(({ part }) => part);

  const [again] = await platform.collect([first]);
  expect(again).toMatchObject({ outcome: 'admitted', replayed: true, record: admitted(joined).record });
  const refused = await platform.collect([
    { ...first, fields: { ...first.fields, nickname: '小红' } },
    { ...registration(zhang, account, notice, START), purpose: 'credit-scoring' },
    { ...registration(zhang, account, notice, START), fields: { ...first.fields, religion: '道教' } },
    { ...registration(zhang, account, notice, START), region: 'CN-HK' },
    face(zhang, START),
    signIn(zhang, '2022-01-01T02:00:00Z'),
  ]);
  expect(refused.map(refusal)).toEqual([
    ['idempotency-key-reused', 'DM-DEF-01'],
    ['undeclared-purpose', 'DM-COL-03'],
    ['undeclared-field', 'DM-RET-01'],
    ['territory-not-allowed', 'DM-TER-01'],
    ['separate-consent-required', 'DM-COL-10'],
    ['already-due', 'DM-RET-05'],
  ]);
  expect(JSON.stringify(refused)).not.toMatch(/道教|小红/);
});

test('what was collected is opened for the purposes agreed and for no other, and for no other tenant', async () => {
  const asked = { purpose: 'registration', subject: zhang, fields: ['mobile-number'] };
  const { opened } = await platform.open(asked);
  expect(opened.map(({ fields }) => fields)).toEqual([{ 'mobile-number': '13800001111' }]);
  const [may, mayNot] = await platform.mayUse([
    { subject: zhang, purpose: 'security', fields: [] },
    { subject: zhang, purpose: 'marketing', fields: [] },
  ]);
  expect([may?.may, mayNot?.may]).toEqual([true, false]);

  const stranger = neighbor.client();
  const theirs = await stranger.open({ purpose: 'registration', parts: zhangsParts });
  expect(theirs.opened).toEqual([]);
  expect(theirs.refused.map(({ refusal: { code } }) => code)).toEqual(zhangsParts.map(() => 'not-collected'));
  expect((await neighbor.ask('officer', http.Holdings, { params: { subject: zhang } })).holdings).toEqual([]);
  expect(await neighbor.ask('officer', http.Counts)).toMatchObject({ admitted: 0, refused: 0, parts: 0 });
  await stranger.close();
});

test('a consent opens a purpose; its withdrawal, once answered, closes it', async () => {
  await platform.consent([
    { subject: zhang, purpose: 'face-verification', state: 'given', level: 'separate', notice, at: START },
    { subject: zhang, purpose: 'personalized-display', state: 'given', level: 'opt-in', notice, at: START },
  ]);
  const given = await eventually('both consents have arrived', async () => {
    const answers = await platform.collect([face(zhang, START), preference(zhang, START)]);
    return answers.every(({ outcome }) => outcome === 'admitted') ? answers : undefined;
  });
  const [, shown] = given.map((answer) => admitted(answer).parts[0]?.part ?? '');

  const [withdrawal] = await platform.consent([
    { subject: zhang, purpose: 'personalized-display', state: 'withdrawn', at: START },
  ]);
  expect(['effective', 'accepted']).toContain(withdrawal?.outcome);
  if (withdrawal?.outcome === 'accepted') {
    const question = { subject: zhang, purpose: 'personalized-display', fields: [] };
    await eventually('the withdrawal is effective', async () => (await platform.mayUse([question]))[0]?.may === false);
  }
  const [late] = await platform.collect([preference(zhang, START)]);
  expect(refusal(late)).toEqual(['collected-after-withdrawal', 'DM-WDR-02']);
  const { opened, refused } = await platform.open({ purpose: 'personalized-display', parts: [shown ?? ''] });
  expect([opened.length, refused.length]).toEqual([0, 1]);
  await eventually('what rested on the consent is gone', async () => (await partsOf(zhang, 'personalization')) === 0);
  expect(await partsOf(zhang, 'face')).toBeGreaterThan(0);
});

test('killed in the middle of traffic, servers and all, a start again finds its data and every submission one answer (I1)', async () => {
  crowd = await peopleOf(platform, 'crowd', CROWD);
  const before = (await doors.ask('officer', http.Counts)).admitted;
  const batches = crowd.map((subject) => Array.from({ length: SIGN_INS }, () => signIn(subject, START)));
  const answers = batches.map((batch) => platform.collect(batch));
  await Promise.race(answers);
  await lethe.kill();
  killServers(home);
  await lethe.start();

  for (const [nth, answer] of answers.entries()) {
    const records = (await answer).map((one) => admitted(one).record);
    const repeated = (await platform.collect(batches[nth] ?? [])).map((one) => admitted(one));
    expect(repeated.map(({ record, replayed }) => [record, replayed])).toEqual(records.map((record) => [record, true]));
    const subject = crowd[nth];
    if (subject !== undefined) signedIn.set(subject, records);
  }
  expect((await doors.ask('officer', http.Counts)).admitted - before).toBe(CROWD * SIGN_INS);
  expect((await platform.open({ purpose: 'registration', subject: zhang })).opened).toHaveLength(1);
});

test('an anchor dates what waited for it, and a floor stands behind it', async () => {
  const people = [zhang, ...(await peopleOf(platform, 'buyer', 25))];
  const orders = await Promise.all(
    people.map((subject, nth) => platform.matter(subject, 'order', `order-${String(nth)}`)),
  );
  const rare = (nth: number) => nth > 22;
  const answers = await platform.collect(
    people.map((subject, nth) =>
      booking(
        subject,
        orders[nth] ?? '',
        START,
        rare(nth) ? { day: '2023-05-01', genre: 'dance' } : { day: '2023-04-01', genre: 'concert' },
      ),
    ),
  );
  expect(answers.flatMap((answer) => admitted(answer).parts.map(({ disposal }) => disposal))).toEqual(
    people.map(() => undefined),
  );
  await platform.anchor(
    orders.map((matter, nth) => ({
      matter,
      subject: people[nth] ?? zhang,
      anchor: 'transaction-completed',
      at: START,
    })),
  );
  const dated = await eventually('every order has its day', async () => {
    const { tallies } = await doors.ask('officer', http.Forecast);
    const found = tallies.filter((one) => one.class === 'orders' && one.day !== undefined);
    return found.reduce((sum, { parts }) => sum + parts, 0) === people.length ? found : undefined;
  });
  expect(dated.every(({ day = '' }) => day > '2026-03-06')).toBe(true);
});

test('a backup of everything is available', async () => {
  ({ backup } = await doors.ask('operator', http.TakeBackup, { body: { keepDays: 60, waitMs: WAIT_MS } }));
  const available = await eventually('the backup is available', async () => {
    const { backups } = await doors.ask('officer', http.Backups);
    return backups.find((one) => one.backup === backup && one.state === 'available');
  });
  expect(available.rows).toBeGreaterThan(CROWD * SIGN_INS);
  expect(existsSync(join(home, 'backups', 'ticketing', backup))).toBe(true);
  expect((await neighbor.ask('officer', http.Backups)).backups).toEqual([]);
});

test('killed while a participant works on an erasure, it is finished after the start, and certified', async () => {
  archive.set(zhang, 3);
  let called = 0;
  const reached = new Promise<void>((resolve) => {
    onOrder = async (order) => {
      called += 1;
      resolve();
      if (called === 1) await lethe.kill();
      return forget(order);
    };
  });
  ({ request } = await platform.askErasure({
    subject: zhang,
    kind: 'close-account',
    identity: { method: 'login-and-code', verifiedAt: START },
    idempotencyKey: freshKey(),
  }));
  await reached;
  await lethe.kill();
  await lethe.start();

  const done = await eventually('the erasure is certified', async () => {
    const asked = await platform.request(request, 'certified', WAIT_MS);
    return asked.certificate === undefined ? undefined : asked;
  });
  certificate = done.certificate ?? '';
  expect(called).toBeGreaterThan(0);
  expect(done.restricted).toMatchObject([{ class: 'orders', compartment: 'statutory', basis: 'e-commerce-law' }]);
  certified = canonical(await platform.certificate(certificate));
  expect(JSON.parse(certified)).toMatchObject({
    certificate: {
      participants: expect.arrayContaining([expect.objectContaining({ participant: 'archive', rescan: 0 })]),
      final: { backups: 1 },
    },
  });
  expect(certified).not.toContain('zhang');
});

test('nothing of the erased person is opened or collected any more; everybody else is untouched (I17, I29)', async () => {
  const { opened } = await platform.open({ purpose: 'registration', parts: zhangsParts });
  expect(opened).toEqual([]);
  expect((await platform.open({ purpose: 'order', subject: zhang })).opened).toEqual([]);
  const [late] = await platform.collect([signIn(zhang, START)]);
  expect(refusal(late)[0]).toBe('subject-erased');
  expect((await holdingsOf(zhang)).holdings.filter(({ parts }) => parts > 0)).toMatchObject([
    { class: 'orders', restricted: 1 },
  ]);
  expect(await platform.subject('zhang')).not.toBe(zhang);
  for (const subject of crowd) {
    expect((await platform.open({ purpose: 'security', subject })).opened).toHaveLength(SIGN_INS);
  }
});

test('a stranger verifies the certificate with the public keys alone, and one changed byte fails', async () => {
  const keys = await doors.ask('auditor', http.LedgerKeys);
  const at = (name: string) => join(folder, name);
  writeFileSync(at('keys.json'), JSON.stringify({ keys: keys.keys }));
  writeFileSync(at('good.json'), certified);
  writeFileSync(at('bad.json'), changed(certified, certified.indexOf('"parts":') + 8));
  const verify = (name: string) =>
    spawnSync(
      process.execPath,
      [join(ROOT, 'apps/lethe/bin/lethe.js'), 'verify', at(name), '--keys', at('keys.json'), '--json'],
      { encoding: 'utf8' },
    );
  const good = verify('good.json');
  expect([good.status, JSON.parse(good.stdout)]).toEqual([
    0,
    expect.objectContaining({ ok: true, final: false, development: true }),
  ]);
  expect(verify('bad.json').status).toBe(1);
  for (let byte = 1; byte < certified.length; byte += 101) {
    expect([byte, verifyCertificate(changed(certified, byte), { keys: keys.keys }).ok]).toEqual([byte, false]);
  }
  await expect(neighbor.ask('auditor', http.CertificateOf, { params: { certificate } })).rejects.toMatchObject({
    kind: 'missing',
  });
  await expect(neighbor.ask('officer', http.RequestState, { params: { request } })).rejects.toMatchObject({
    kind: 'missing',
  });
});

test('the backup that still held the person is isolated, and with its purge the certificate becomes final', async () => {
  const state = async () =>
    (await doors.ask('officer', http.Backups)).backups.find((one) => one.backup === backup)?.state;
  await eventually('the backup is isolated', async () => (await state()) === 'isolated');
  await eventually('its files are in isolation', () =>
    Promise.resolve(!existsSync(join(home, 'backups', 'ticketing', backup))),
  );
  await doors.advance('2023-05-20T04:00:00Z');
  await eventually('the backup is purged', async () => {
    await doors.ask('operator', http.Sweep, { body: { waitMs: 0 } });
    return (await state()) === 'purged';
  });
  expect(existsSync(join(home, 'isolation', 'ticketing', backup))).toBe(false);
  await doors.askUntil('operator', http.RotateEpoch);
  await eventually(
    'the certificate is final',
    async () => (await platform.request(request, 'final', WAIT_MS)).state === 'final',
  );
  const { keys } = await doors.ask('auditor', http.LedgerKeys);
  expect(verifyCertificate(canonical(await platform.certificate(certificate)), { keys })).toMatchObject({
    ok: true,
    final: true,
  });
});

test('what is due is deleted on its day; a hold in time keeps, one too late is told so and by which order (I14, I15)', async () => {
  const [kept] = crowd;
  if (kept === undefined) throw new Error('nobody');
  const scope = { kind: 'subject' as const, subject: kept };
  const asHold = { reason: 'court-order', authority: 'district-court', reviewOn: '2024-01-01' };
  const inTime = await doors.ask('officer', http.PlaceHold, { body: { scope, ...asHold } });
  expect(inTime.parts).toBe(SIGN_INS);

  const { tallies } = await doors.ask('officer', http.Forecast);
  const day = tallies.find((one) => one.class === 'security-logs')?.day ?? '';
  expect(day.slice(0, 7)).toBe('2023-09');
  await doors.moveTo(`${day}T04:00:00Z`);
  // Holds race with the disposal of the day: each is either in force or told of the order, and then the part is gone. Nothing is ordered
  // while one is being placed, so the day is ordered when no more of them come, and the next ones meet its order.
  const outcomes = new Map<string, 'held' | 'too-late'>();
  const racing = [...signedIn]
    .filter(([subject]) => subject !== kept)
    .flatMap(([subject, records]) => records.map((record) => ({ subject, record })));
  const place = async (most: number): Promise<void> => {
    for (const next of racing.splice(0, most)) {
      try {
        const { parts } = await doors.ask('officer', http.PlaceHold, {
          body: { scope: { kind: 'record', ...next }, ...asHold },
        });
        if (parts > 0) outcomes.set(next.record, 'held');
        else return;
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'retention/too-late') throw error;
        expect(error.message).toMatch(/[0-9a-f-]{36}/);
        outcomes.set(next.record, 'too-late');
        return;
      }
    }
  };
  let ordered = 0;
  const order = async (): Promise<boolean> => {
    ordered += (await doors.ask('operator', http.Sweep, { body: { waitMs: 0 } })).ordered;
    return ordered > 0;
  };
  await Promise.all([order(), place(4), place(4), place(4)]);
  await eventually('the day is ordered', order);
  await Promise.all([place(4), place(4), place(4)]);
  await doors.sweep();
  const held = [...outcomes.values()].filter((outcome) => outcome === 'held').length;
  expect([...outcomes.values()]).toContain('too-late');

  await eventually('only what is held is left', async () => {
    const left = await Promise.all(crowd.map((subject) => partsOf(subject, 'security-logs')));
    return left.reduce((sum, parts) => sum + parts, 0) === SIGN_INS + held;
  });
  const { opened, refused } = await platform.open({ purpose: 'security', subject: crowd.at(-1) ?? kept });
  expect([opened.length, refused.length > 0]).toEqual([0, true]);

  await expect(doors.ask('officer', http.ReleaseHold, { params: { hold: inTime.hold } })).rejects.toMatchObject({
    kind: 'forbidden',
  });
  await doors.ask('officer', http.ReleaseHold, { params: { hold: inTime.hold } }, 'another-officer');
  await eventually(
    'what the hold kept goes with its release',
    async () => (await partsOf(kept, 'security-logs')) === 0,
  );
});

test('after its floor a cohort is folded: cells of twenty people or more stay, and nothing smaller (I19)', async () => {
  await doors.advance('2026-05-30T04:00:00Z');
  const { cells } = await doors.ask('auditor', http.Cells, { query: { class: 'orders' } });
  expect(cells).toMatchObject([{ class: 'orders', people: 22, records: 22, dimensions: { 'event-month': '2023-04' } }]);
  const counts = await doors.ask('officer', http.Counts);
  expect(counts).toMatchObject({ anonymized: 22, restricted: 0 });
  expect((await holdingsOf(zhang)).holdings.filter(({ parts }) => parts > 0)).toEqual([]);
  expect((await neighbor.ask('auditor', http.Cells)).cells).toEqual([]);
});

test('a participant that lies, and one that is silent, mean no certificate: restricted, escalated, and saying who is missing', async () => {
  await neighbor.ask('backend', http.RegisterParticipant, { body: { participant: 'liar' } });
  await neighbor.ask('backend', http.RegisterParticipant, { body: { participant: 'silent' } });
  const theirs = neighbor.client();
  const subjects = await peopleOf(theirs, 'leaver', 2);
  await theirs.collect(subjects.map((subject) => signIn(subject, START)));
  const requests = await Promise.all(
    subjects.map(async (subject) => {
      const identity = { method: 'login-and-code', verifiedAt: START };
      return (await theirs.askErasure({ subject, kind: 'erasure', identity, idempotencyKey: freshKey() })).request;
    }),
  );
  const [lied, unanswered] = requests;
  if (lied === undefined || unanswered === undefined) throw new Error('no requests');
  const ack = (about: string, participant: string, found: number, deleted: number, rescan: number) =>
    neighbor.ask('backend', http.AckErasure, {
      params: { request: about },
      body: { participant, found, deleted, restricted: 0, rescan },
    });
  for (const one of requests)
    await eventually('it is ordered', async () => (await theirs.request(one, 'ordered', WAIT_MS)).state === 'ordered');
  expect(await ack(lied, 'silent', 1, 1, 0)).toEqual({ accepted: true });
  expect(await ack(lied, 'liar', 3, 1, 0)).toEqual({ accepted: false });
  expect(await ack(lied, 'liar', 1, 1, 1)).toEqual({ accepted: false });
  expect(await ack(unanswered, 'liar', 0, 0, 0)).toEqual({ accepted: true });

  await neighbor.moveTo('2023-04-10T04:00:00Z');
  for (const [one, missing] of [
    [lied, 'liar'],
    [unanswered, 'silent'],
  ] as const) {
    const late = await eventually('it is restricted', async () => {
      const asked = await theirs.request(one);
      return asked.state === 'restricted' ? asked : undefined;
    });
    expect(late).toMatchObject({ waitingFor: [missing] });
    expect(late.certificate).toBeUndefined();
  }
  const { items } = await neighbor.ask('backend', http.Out);
  expect(items.filter(({ kind }) => kind === 'subject-restricted')).toHaveLength(2);
  expect(items.filter(({ kind }) => kind === 'erasure-certified')).toEqual([]);
  await theirs.close();
});

test('told to stop, it leaves no process behind, and its log no line about a person', async () => {
  await platform.close();
  await lethe.stop();
  const left = spawnSync('pgrep', ['-f', home], { encoding: 'utf8' });
  expect(left.stdout).toBe('');
  expect(lethe.printed()).not.toMatch(/zhang|小明|13800001111|203\.0\.113\.7/);
});

/** The same text with one character at `at` replaced by another of its kind, so that it stays what it looks like. */
function changed(text: string, at: number): string {
  const was = text[at] ?? '';
  const other = /[0-9]/.test(was) ? String((Number(was) + 1) % 10) : was === 'a' ? 'b' : 'a';
  return text.slice(0, at) + other + text.slice(at + 1);
}
