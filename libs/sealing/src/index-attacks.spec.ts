import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TenantId } from '@lethe/kernel';
import { joined } from './bytes.ts';
import { startKeyring, TENANT, type KeyringBench } from './keyring.contract.ts';
import { indexContext, matterName, Names, subjectName, type Name } from './names.ts';
import { plantSqlIn, planting } from './planting.contract.ts';
import { Slots } from './slots.ts';
import { unwrapKey } from './wrap.ts';

/** What somebody makes of the blind index who stole the rows of the keyring, with the key of the index and without. */
let bench: KeyringBench;
const { plant, undo } = planting();
const OTHER = 'epiao' as TenantId;
let entry = 0;

beforeEach(async () => {
  bench = await startKeyring();
});
afterEach(async () => {
  undo();
  await bench.stop();
});

interface Row {
  readonly tenant: string;
  readonly version: number;
  readonly tag: Buffer;
  readonly ref: string;
  readonly subject: string | null;
  readonly kind: string | null;
  readonly wrapped: Buffer | null;
}
const dump = (): Promise<Row[]> =>
  bench.cluster.admin.transaction((sql) =>
    sql.query<Row>(
      `select t.tenant, t.version, t.tag, t.ref, n.subject, n.kind, n.wrapped
       from keyring.name_tag t left join keyring.name n on n.tenant = t.tenant and n.ref = t.ref`,
    ),
  );

/** Index keys, for whoever has a row of them, the slots as they are now and the root. */
interface IndexRow {
  readonly version: number;
  readonly key_name: string;
  readonly wrapped: Buffer;
}
const indexRows = (): Promise<IndexRow[]> =>
  bench.cluster.admin.transaction((sql) =>
    sql.query<IndexRow>(
      'select i.version, e.key_name, i.wrapped from keyring.index_key i join keyring.epoch e on e.number = i.epoch',
    ),
  );
async function indexKeys(rows: readonly IndexRow[]): Promise<KeyObject[]> {
  const slots = new Slots(bench.slots, bench.root);
  const keys: KeyObject[] = [];
  for (const { version, key_name, wrapped } of rows) {
    const epoch = await slots.read(key_name);
    if (epoch !== undefined) keys.push(unwrapKey(epoch, indexContext(version), wrapped));
  }
  return keys;
}

const message = (tenant: string, { kind, subject, platformId }: Name): Buffer =>
  joined('lethe/index/1', tenant, kind, subject ?? '', platformId);
/** The names of which a row is found by one of these keys. */
const found = (rows: readonly Row[], keys: readonly KeyObject[], names: readonly Name[], tenant = TENANT): Name[] => {
  const tags = new Set(rows.map(({ tag }) => tag.toString('hex')));
  return names.filter((name) =>
    keys.some((key) => tags.has(createHmac('sha256', key).update(message(tenant, name)).digest('hex'))),
  );
};

const textOf = (value: string | Buffer): string => (typeof value === 'string' ? value : value.toString('hex'));
/** Every column in which a row of one tenant and a row of another have a value in common that not all rows have. */
function sharedColumns(rows: readonly Row[]): string[] {
  const columns = ['tag', 'ref', 'subject', 'wrapped'] as const;
  return columns.filter((column) => {
    const values = (of: string) =>
      new Set(
        rows.flatMap((row) => {
          const value = row[column];
          return row.tenant === of && value !== null ? [textOf(value)] : [];
        }),
      );
    const theirs = values(OTHER);
    return [...values(TENANT)].some((value) => theirs.has(value));
  });
}
async function alikeInTwoTenants(): Promise<string[]> {
  const keyring = await bench.keyring();
  const ids = Array.from({ length: 20 }, (_, nth) => `user-${String(nth)}`);
  for (const tenant of [TENANT, OTHER]) await keyring.subjectsOf(tenant, ids);
  const rows = await dump();
  expect(rows).toHaveLength(40);
  return sharedColumns(rows);
}

test('the rows do not say that two tenants, or two people of one, use the same name', async () => {
  expect(await alikeInTwoTenants()).toEqual([]);
  const keyring = await bench.keyring();
  const [one, other] = await keyring.subjectsOf(TENANT, ['user-0', 'user-1']);
  const before = (await dump()).length;
  await keyring.mattersOf(TENANT, [
    { subject: one!.subject, kind: 'order', platformId: 'o-1' },
    { subject: other!.subject, kind: 'order', platformId: 'o-1' },
  ]);
  const rows = await dump();
  expect(rows).toHaveLength(before + 2);
  for (const column of ['tag', 'ref', 'wrapped'] as const)
    expect(new Set(rows.map((row) => textOf(row[column] ?? ''))).size).toBe(rows.length);
});
test('a tag that leaves out the tenant is noticed', async () => {
  plant(Names.prototype, 'tag', (key: KeyObject, _: string, name: Name) =>
    createHmac('sha256', key).update(message('', name)).digest(),
  );
  expect(await alikeInTwoTenants()).toEqual(['tag']);
});

/** All mobile numbers that begin so: eleven digits each. */
const NUMBERS = Array.from({ length: 10_000 }, (_, nth) => `1380013${String(nth).padStart(4, '0')}`);
const CUSTOMERS = ['13800130007', '13800131234', '13800139999'];

/** What is found of a platform that takes mobile numbers for user ids, by trying each of them: without the key, and with it. */
async function dictionary(): Promise<{ without: string[]; with: string[] }> {
  const keyring = await bench.keyring();
  await keyring.subjectsOf(TENANT, CUSTOMERS);
  const rows = await dump();
  const tags = new Set(rows.map(({ tag }) => tag.toString('hex')));
  const index = await indexRows();
  // Whatever in the rows might be, or hide, a key.
  const guesses = [
    ...index.flatMap(({ wrapped }) => [wrapped, wrapped.subarray(-48, -16), wrapped.subarray(-32)]),
    Buffer.alloc(32),
    Buffer.from(TENANT),
  ].map((bytes) => createSecretKey(bytes));
  const digests = (number: string): Buffer[] => {
    const texts = [Buffer.from(number), Buffer.from(`${TENANT}${number}`), message(TENANT, subjectName(number))];
    return texts.flatMap((text) => [
      ...['md5', 'sha1', 'sha256'].map((algorithm) => createHash(algorithm).update(text).digest()),
      ...guesses.map((key) => createHmac('sha256', key).update(text).digest()),
    ]);
  };
  return {
    without: NUMBERS.filter((number) => digests(number).some((digest) => tags.has(digest.toString('hex')))),
    with: found(rows, await indexKeys(index), NUMBERS.map(subjectName)).map(({ platformId }) => platformId),
  };
}

test('with the rows and every mobile number of a prefix nobody is found; whoever has root, slots and rows finds all', async () => {
  expect(await dictionary()).toEqual({ without: [], with: CUSTOMERS });
});
test('a tag without a key is found by the same dictionary', async () => {
  plant(Names.prototype, 'tag', (_: KeyObject, tenant: string, name: Name) =>
    createHash('sha256').update(message(tenant, name)).digest(),
  );
  expect((await dictionary()).without).toEqual(CUSTOMERS);
});

/** What root, slots and rows lead to of somebody who was erased: names, and rows of theirs. */
async function afterErasure(): Promise<{ names: Name[]; rows: number }> {
  const keyring = await bench.keyring();
  const { subject } = await keyring.subjectOf(TENANT, 'erased');
  await keyring.matterOf(TENANT, subject, 'order', 'o-1');
  await keyring.subjectOf(TENANT, 'stays');
  const names = [subjectName('erased'), matterName(subject, 'order', 'o-1')];
  const all = [...names, subjectName('stays')];
  expect(found(await dump(), await indexKeys(await indexRows()), all)).toHaveLength(3);
  await keyring.forgetSubject(TENANT, subject, { entry: ++entry });
  while ((await keyring.sweepSubject(TENANT, subject)) > 0);
  const rows = await dump();
  const keys = await indexKeys(await indexRows());
  expect(found(rows, keys, all)).toContainEqual(subjectName('stays'));
  return {
    names: found(rows, keys, names),
    rows: rows.filter((row) => row.ref === subject || row.subject === subject).length,
  };
}

test('after an erasure no name of the person leads anywhere, and no row is left, whoever has every key', async () => {
  expect(await afterErasure()).toEqual({ names: [], rows: 0 });
});
test('a tag that stays is noticed', async () => {
  await plantSqlIn(bench, 'destroy_subject_keys', (text) => text.replace(/delete from keyring\.name_tag[^;]+;/, ''));
  expect((await afterErasure()).names).toEqual([subjectName('erased')]);
});

/** Names that are found by the key of the index before the last, in the rows of then and of now; `alive`: that key still opens. */
async function afterRebuild(): Promise<{ now: number; alive: boolean; again: number }> {
  const keyring = await bench.keyring();
  const ids = Array.from({ length: 30 }, (_, nth) => `user-${String(nth)}`);
  await keyring.subjectsOf(TENANT, ids);
  const names = ids.map(subjectName);
  const [rows, index] = [await dump(), await indexRows()];
  const old = await indexKeys(index);
  expect(found(rows, old, names)).toHaveLength(30);
  await keyring.rebuildIndex();
  await keyring.rotateEpoch();
  const now = await dump();
  return {
    now: found(now, old, names).length,
    alive: (await indexKeys(index)).length > 0,
    again: found(now, await indexKeys(await indexRows()), names).length,
  };
}

test('made anew, the index answers to no key of before, and after the key epoch no old copy of its rows has one', async () => {
  expect(await afterRebuild()).toEqual({ now: 0, alive: false, again: 30 });
});
test('tags of before that stay are noticed', async () => {
  await plantSqlIn(bench, 'sweep_tags', (text) => text.replace('where o.version <', 'where false and o.version <'));
  expect((await afterRebuild()).now).toBe(30);
});
test('an epoch key that stays is noticed', async () => {
  plant(Slots.prototype, 'destroy', async () => undefined);
  expect((await afterRebuild()).alive).toBe(true);
});

test('what lies in dead rows and in the write-ahead log of an erased person is found by no key once the index is made anew', async () => {
  const keyring = await bench.keyring();
  const { subject } = await keyring.subjectOf(TENANT, 'erased');
  const tagged = async () => {
    await bench.cluster.admin.transaction((sql) => sql.query('checkpoint'));
    const keys = await indexKeys(await indexRows());
    const tags = keys.map((key) =>
      createHmac('sha256', key)
        .update(message(TENANT, subjectName('erased')))
        .digest(),
    );
    return [...filesBelow(bench.cluster.postgres.folder)].some((bytes) => tags.some((tag) => bytes.includes(tag)));
  };
  await keyring.forgetSubject(TENANT, subject, { entry: ++entry });
  // The row is gone and its bytes are not: until the index has another key, whoever has all of it can still ask for a name.
  expect(await tagged()).toBe(true);
  await keyring.rebuildIndex();
  await keyring.rotateEpoch();
  expect(await tagged()).toBe(false);
});

function* filesBelow(folder: string): Generator<Buffer> {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) yield readFileSync(path);
  }
}
