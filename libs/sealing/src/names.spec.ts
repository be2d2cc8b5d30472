import { newSubject, startKeyring, TENANT, type KeyringBench } from './keyring.contract.ts';
import type { Keyring } from './keyring.ts';

let bench: KeyringBench;
let keyring: Keyring;
beforeAll(async () => {
  bench = await startKeyring();
  keyring = await bench.keyring();
});
afterAll(() => bench.stop());

const tags = () =>
  bench.cluster.admin.transaction((sql) =>
    sql.query<{ version: number; tag: Buffer }>('select version, tag from keyring.name_tag order by tag'),
  );

test('a batch makes each name once, in the order asked; of two that are the same the first is new', async () => {
  const found = await keyring.subjectsOf(TENANT, ['a', 'b', 'a', 'c']);
  expect(found.map(({ created }) => created)).toEqual([true, true, false, true]);
  expect(found[2]!.subject).toBe(found[0]!.subject);
  expect((await keyring.subjectsOf(TENANT, ['c', 'a'])).map(({ subject }) => subject)).toEqual([
    found[3]!.subject,
    found[0]!.subject,
  ]);
});

test('the same id of another tenant is another person', async () => {
  const [one, other] = [
    await keyring.subjectOf(TENANT, 'same'),
    await keyring.subjectOf('epiao' as typeof TENANT, 'same'),
  ];
  expect(one.subject).not.toBe(other.subject);
  expect(await keyring.findSubject('ciie' as typeof TENANT, 'same')).toBeUndefined();
});

test('names of different kinds never meet, whatever the platform calls them', async () => {
  const subject = newSubject();
  const found = await keyring.mattersOf(TENANT, [
    { subject, kind: 'order', platformId: '1' },
    { subject, kind: 'account', platformId: '1' },
    { subject, kind: 'order', platformId: '11' },
  ]);
  expect(new Set(found.map((named) => named?.matter)).size).toBe(3);
  expect(found.map((named) => named?.created)).toEqual([true, true, true]);
  expect((await keyring.subjectOf(TENANT, '1')).created).toBe(true);
});

test('the index is made anew under another key: every name is found, no old tag is left, and a process that slept finds them too', async () => {
  const sleepy = await bench.keyring({ pollEvery: 3_600_000 });
  const ids = Array.from({ length: 30 }, (_, at) => `rebuilt-${String(at)}`);
  const before = await sleepy.subjectsOf(TENANT, ids);
  const old = new Set((await tags()).map(({ tag }) => tag.toString('hex')));
  const { names } = await keyring.rebuildIndex();
  expect(names).toBeGreaterThanOrEqual(30);
  const now = await tags();
  expect(now.filter(({ tag }) => old.has(tag.toString('hex')))).toEqual([]);
  expect(new Set(now.map(({ version }) => version)).size).toBe(1);
  for (const by of [keyring, sleepy, await bench.keyring()]) {
    expect(await by.subjectsOf(TENANT, ids)).toEqual(before.map(({ subject }) => ({ subject, created: false })));
  }
});

test('names made and forgotten while the index is being rebuilt are neither doubled nor brought back', async () => {
  const other = await bench.keyring();
  const rebuilding = (async () => {
    for (let turn = 0; turn < 5; turn++) await keyring.rebuildIndex();
  })();
  const known = new Map<string, string>();
  for (let at = 0; at < 40; at++) {
    const by = at % 2 === 0 ? keyring : other;
    const { subject, created } = await by.subjectOf(TENANT, `during-${String(at)}`);
    expect(created).toBe(true);
    if (at % 5 === 0) await by.forgetSubject(TENANT, subject, { entry: 1000 + at });
    else known.set(`during-${String(at)}`, subject);
  }
  await rebuilding;
  for (const [id, subject] of known) expect(await other.findSubject(TENANT, id)).toBe(subject);
  for (let at = 0; at < 40; at += 5) expect(await other.findSubject(TENANT, `during-${String(at)}`)).toBeUndefined();
  const [orphans] = await bench.cluster.admin.transaction((sql) =>
    sql.query<{ count: number }>(
      'select count(*)::int as count from keyring.name_tag t where not exists (select 1 from keyring.name n where n.tenant = t.tenant and n.ref = t.ref)',
    ),
  );
  expect(orphans!.count).toBe(0);
});
