import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { events, http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { testContext, type TestContext } from '@lethe/testing';
import { collection } from './index.ts';

/** The pack of docs/packs.md, in a folder of packs of its own. */
function guide(): string {
  const policies = mkdtempSync(join(tmpdir(), 'lethe-packs-'));
  mkdirSync(join(policies, 'lantern'));
  const text = readFileSync(fileURLToPath(new URL('../../../docs/packs.md', import.meta.url)), 'utf8');
  for (const name of ['policy.yaml', 'clauses.yaml']) {
    const blocks = [...text.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)].filter((match) => match[1] === name);
    writeFileSync(join(policies, 'lantern', name), blocks.map((match) => match[2]).join(''));
  }
  return policies;
}

let test_: TestContext;
beforeAll(async () => {
  test_ = await testContext(collection, { keyring: true, policies: guide() });
}, 120_000);
afterAll(() => test_?.stop());

const AT = new Date('2027-01-10T04:00:00.000Z');

async function museum(name: string) {
  const tenant = await test_.openTenant(name, { at: AT, pack: 'lantern' });
  await test_.hearEverywhere(events.HeartbeatV1, 'lethe', { beat: 1 });
  const backend = { tenant, role: 'backend' as const };
  const officer = { tenant, role: 'officer' as const };
  const { subject } = await test_.ask(http.SubjectOf, backend, { body: { userId: 'u-1' } });
  const rows = <Row extends object>(text: string) =>
    test_.database.database.within(tenant, (sql) => sql.query<Row>(text));
  const collect = async (over: object) => {
    const submission = {
      idempotencyKey: newId(),
      subject,
      purpose: 'visit',
      fields: { 'visitor-name': '李雷', 'mobile-number': '13800000000', 'visit-day': '2027-05-01' },
      ...over,
    };
    const { answers } = await test_.ask(http.Collect, backend, { body: { submissions: [submission] } });
    return answers[0]!;
  };
  const open = (over: object) => test_.ask(http.Open, backend, { body: { subject, purpose: 'visit', ...over } });
  return { tenant, backend, officer, subject, rows, collect, open };
}

const guardian = (tenant: Parameters<TestContext['moveClock']>[0], subject: SubjectRef) =>
  test_.hear(
    events.GuardianshipChangedV1,
    { tenant, subject },
    { version: 1, guardian: 'verified', at: AT.toISOString() },
  );

test('how a record came in is kept with it, as far as the pack has names for it', async () => {
  const { collect, rows } = await museum('came-in');
  const source = {
    kind: 'indirect',
    party: 'travel-agency',
    attestations: ['agreed-by-the-visitor', 'lawful-source', 'made-up'],
    covers: ['resale'],
  };
  expect(await collect({ channel: 'website', region: 'CN-SH', source, declarations: ['not-declared'] })).toMatchObject({
    outcome: 'admitted',
    parts: [{ sensitive: ['mobile-number'] }],
  });
  const [part] = await rows<{ circumstances: object }>('select circumstances from part');
  expect(part?.circumstances).toEqual({
    region: 'CN-SH',
    channel: 'website',
    source: {
      kind: 'indirect',
      party: 'travel-agency',
      attestations: ['agreed-by-the-visitor', 'lawful-source'],
      covers: [],
    },
    declarations: [],
    sensitive: ['mobile-number'],
  });
});

test('a place that ISO 3166 does not know is refused by name, and nothing is kept', async () => {
  const { collect, rows, backend } = await museum('nowhere');
  for (const region of ['CN-ZZ', 'ZZ']) {
    const refusal = { code: 'region-unknown', clause: 'LM-TER-01', field: 'region' };
    expect(await collect({ region })).toMatchObject({ outcome: 'refused', refusal });
    expect(await test_.ask(http.MayUse, backend, { body: { questions: [{ kind: 'region', region }] } })).toMatchObject({
      answers: [{ may: false, refusal }],
    });
  }
  expect(await rows('select part from part')).toEqual([]);
});

test('what a party was not authorized to let happen does not happen to what it passed on', async () => {
  const { collect, open, backend } = await museum('covers');
  const source = { kind: 'indirect', party: 'travel-agency', attestations: ['agreed-by-the-visitor', 'lawful-source'] };
  await collect({ source });
  const { subject: other } = await test_.ask(http.SubjectOf, backend, { body: { userId: 'u-2' } });
  await collect({ subject: other, source: { ...source, covers: ['share'] } });
  expect((await open({ subject: other, use: 'share' })).opened).toHaveLength(1);
  expect(await open({ use: 'share' })).toMatchObject({
    opened: [],
    refused: [{ refusal: { code: 'source-scope-exceeded' } }],
  });
  expect((await open({})).opened).toHaveLength(1);
});

test('stray fields of a log are left out and counted, and identifiers are replaced before anything is kept', async () => {
  const { collect, open, backend } = await museum('logs');
  const log = { purpose: 'logs', fields: { 'page-viewed': '/', 'device-id': 'D-1', 'shoe-size': 43 } };
  expect(await collect(log)).toMatchObject({ outcome: 'admitted', dropped: ['shoe-size'] });
  const { opened } = await open({ purpose: 'logs' });
  expect(opened).toMatchObject([
    { fields: { 'page-viewed': '/', 'device-id': expect.stringMatching(/^p\.[\w-]{22}$/) } },
  ]);
  expect(await test_.ask(http.Counts, { ...backend }, {})).toMatchObject({ dropped: 1, byBasis: { contract: 1 } });
});

test('what is fixed with its submission is not submitted again, and not asked for again', async () => {
  const { backend, collect, subject } = await museum('fixed');
  const other = (await test_.ask(http.SubjectOf, backend, { body: { userId: 'u-2' } })).subject;
  const asked = async () => {
    const questions = [subject, other].flatMap((each) =>
      (['collect', 'use'] as const).map((kind) => ({
        kind,
        subject: each,
        purpose: 'visit',
        fields: ['visitor-name'],
      })),
    );
    const { answers } = await test_.ask(http.MayUse, backend, { body: { questions } });
    return answers.map(({ refusal }) => refusal);
  };
  expect(await asked()).toEqual([undefined, undefined, undefined, undefined]);
  expect(await collect({})).toMatchObject({ outcome: 'admitted' });
  const immutable = { code: 'immutable', clause: 'LM-COR-01' };
  expect(await asked()).toEqual([expect.objectContaining(immutable), undefined, undefined, undefined]);
  expect(await collect({})).toMatchObject({ outcome: 'refused', refusal: immutable });
});

test('shadow mode judges and records, refuses nothing, and keeps nothing that it would have refused', async () => {
  const { collect, rows, officer, backend, subject } = await museum('shadow');
  const stray = { fields: { 'visitor-name': '李雷', 'mobile-number': '1', 'visit-day': '2027-05-01', email: 'MARK' } };
  const ask = { questions: [{ subject, purpose: 'newsletter' }] };
  expect((await test_.request(http.SetShadowMode, backend, { body: { on: true } })).status).toBe(403);
  await test_.ask(http.SetShadowMode, officer, { body: { on: true } });
  expect(await collect(stray)).toMatchObject({
    outcome: 'admitted',
    parts: [],
    shadow: { code: 'undeclared-field', clause: 'LM-COL-01' },
  });
  expect(await rows('select 1 from part')).toEqual([]);
  expect(await rows('select code, shadow from refusal')).toEqual([{ code: 'undeclared-field', shadow: true }]);
  const { answers } = await test_.ask(http.MayUse, backend, { body: ask });
  expect(answers).toMatchObject([{ may: true, shadow: { code: 'no-consent' } }]);
  expect(await test_.ask(http.Counts, backend, {})).toMatchObject({
    refused: 0,
    shadowedByCode: { 'undeclared-field': 1 },
  });
  await test_.ask(http.SetShadowMode, officer, { body: { on: false } });
  expect(await collect(stray)).toMatchObject({ outcome: 'refused' });
  expect((await test_.ask(http.MayUse, backend, { body: ask })).answers).toMatchObject([{ may: false }]);
});

test('collection stops at once and for good, whenever the data was taken', async () => {
  const { collect, officer, tenant, rows } = await museum('ends');
  const cease = (at: string) => test_.ask(http.Cease, officer, { body: { at } });
  expect(await cease('2027-01-10T04:00:01Z')).toEqual({ stopsAt: '2027-01-10T04:00:01.000Z' });
  expect(await collect({ collectedAt: '2027-01-01T00:00:00Z' })).toMatchObject({ outcome: 'admitted' });
  await test_.moveClock(tenant, new Date('2027-01-10T04:00:01Z'));
  expect(
    await collect({ purpose: 'logs', fields: { 'page-viewed': '/' }, collectedAt: '2027-01-01T00:00:00Z' }),
  ).toMatchObject({
    outcome: 'refused',
    refusal: { code: 'tenant-closed' },
  });
  expect(await cease('2028-01-01T00:00:00Z')).toEqual({ stopsAt: '2027-01-10T04:00:01.000Z' });
  // The other services hear from when on: nobody agrees any more to what is not collected.
  const told = async () =>
    (await test_.announced(events.CollectingCeasedV1))
      .filter((one) => one.tenant === tenant)
      .map(({ data }) => data.at);
  expect(await told()).toEqual(['2027-01-10T04:00:01.000Z', '2027-01-10T04:00:01.000Z']);
  await test_.running.opened.restate?.(0);
  expect(await told()).toHaveLength(3);
  // A database that has forgotten it knows it again from what it had said.
  const before = await rows('select product, stops_at from cessation');
  await rows('delete from cessation');
  const said = (await test_.announced(events.CollectingCeasedV1)).filter((one) => one.tenant === tenant);
  expect(await rows('select 1 from cessation')).toEqual([]);
  await test_.context.database.within(tenant, (sql) => test_.running.opened.recovers!.said(sql, tenant, said));
  expect(await rows('select product, stops_at from cessation')).toEqual(before);
  expect(before).toHaveLength(1);
});

describe('staff and a child', () => {
  test('only by another person’s approval, for what it names, while it lasts; nothing is copied, all is logged (I47)', async () => {
    const { tenant, subject, collect, open, officer, rows } = await museum('staff');
    await guardian(tenant, subject);
    await collect({});
    const seen = async (staff: object) => {
      const { opened, refused } = await open({ staff: { id: 'agent-7', ...staff } });
      return opened.length > 0 ? 'opened' : refused[0]?.refusal.code;
    };
    expect(await seen({})).toBe('staff-approval-required');
    const approve = async (over: object) =>
      (
        await test_.ask(http.ApproveStaff, officer, {
          body: { staff: 'agent-7', subject, purpose: 'visit', until: '2027-01-11T00:00:00Z', ...over },
        })
      ).approval;
    const approval = await approve({});
    expect(await seen({ approval })).toBe('opened');
    expect(await seen({ id: 'agent-8', approval })).toBe('staff-approval-required');
    expect(await seen({ approval, copy: true })).toBe('copying-forbidden');
    expect(await seen({ approval: await approve({ purpose: 'newsletter' }) })).toBe('staff-approval-required');
    expect(await seen({ approval: await approve({ fields: ['visitor-name'] }) })).toBe('staff-approval-required');
    expect((await rows('select 1 from opening where staff is not null')).length).toBe(6);
    await test_.moveClock(tenant, new Date('2027-01-11T00:00:00Z'));
    expect(await seen({ approval })).toBe('staff-approval-required');
  });
});
