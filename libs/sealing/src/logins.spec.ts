import { spawnSync } from 'node:child_process';
import { createDecipheriv, createSecretKey } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { keyringDeclarations } from './declarations.ts';
import { openStream, sealStream } from './backup-stream.ts';
import { newSubject, part, sealed, startKeyring, TENANT, type KeyringBench } from './keyring.contract.ts';
import type { Keyring } from './keyring.ts';

let bench: KeyringBench;
let keyring: Keyring;
beforeAll(async () => {
  bench = await startKeyring();
  keyring = await bench.keyring();
});
afterAll(() => bench.stop());

const denied = { kind: 'forbidden', code: 'platform/forbidden-row' };
const asService = (text: string) => bench.cluster.database.transaction((sql) => sql.query(text));
const asQuarantine = (text: string) => bench.quarantine.transaction((sql) => sql.query(text));
const approvals = [
  { by: 'https://id#a', reason: 'drill' },
  { by: 'https://id#b', reason: 'drill' },
] as const;

test.each([
  'select * from isolation.backup_key',
  'select * from isolation.approval',
  `select * from isolation.open_backup_key('t', 'b', 'x', 'r', 'y', 'r')`,
  'delete from keyring.day_key',
  'delete from keyring.subject_key',
  'delete from keyring.subject_death',
  'delete from keyring.epoch',
  'delete from keyring.destruction',
  'truncate keyring.subject_key',
  `update keyring.day_key set state = 'open'`,
  'update keyring.subject_death set dead_through = 0',
  'update keyring.destruction set keys = 0',
  `insert into keyring.day_key (tenant, day, class, state) values ('t', '2030-01-01', 'c', 'open')`,
  'create table keyring.mine ()',
])('the service login may not: %s', async (text) => {
  await expect(asService(text)).rejects.toMatchObject(denied);
});

test.each([
  'select * from isolation.backup_key',
  'select * from keyring.backup_key',
  'select * from keyring.subject_key',
  'delete from isolation.approval',
])('the quarantine login may not: %s', async (text) => {
  await expect(asQuarantine(text)).rejects.toMatchObject(denied);
});

test('every column of the keyring is declared', async () => {
  const rows = await bench.cluster.admin.transaction((sql) =>
    sql.query<{ name: string }>(
      `select distinct table_name || '.' || column_name as name from information_schema.columns where table_schema in ('keyring', 'isolation')`,
    ),
  );
  const declared = keyringDeclarations.flatMap(({ table, columns }) =>
    Object.keys(columns).map((column) => `${table}.${column}`),
  );
  expect(rows.map(({ name }) => name).sort()).toEqual(declared.sort());
});

test('not even the owner brings a dead day back, or forgets that it died', async () => {
  await keyring.destroyDayKey(TENANT, '2030-01-01', 'orders', 1);
  const asOwner = (text: string) => bench.cluster.owner.transaction((sql) => sql.query(text));
  await expect(asOwner(`update keyring.day_key set state = 'open'`)).rejects.toThrow('LE003');
  await expect(asOwner('delete from keyring.day_key')).rejects.toThrow('LE003');
});

test('a backup’s key: one pair, opened by two people, isolated where the service cannot read it, destroyed for ever', async () => {
  const publicKey = await keyring.makeBackupKey(TENANT, 'b-1');
  expect(await keyring.makeBackupKey(TENANT, 'b-1')).toBe(publicKey);
  const seal = sealStream(publicKey);
  const stream: Buffer[] = [];
  await pipeline(Readable.from([Buffer.from('一份备份')]), seal, async (source: AsyncIterable<Buffer>) => {
    for await (const piece of source) stream.push(piece);
  });
  const restore = async () => {
    const opening = openStream(await keyring.openBackupKey(TENANT, 'b-1', approvals));
    opening.end(Buffer.concat(stream));
    return (await opening.toArray()).join('');
  };
  expect(await restore()).toBe('一份备份');

  const { at } = await keyring.isolateBackupKey(TENANT, 'b-1');
  expect(await keyring.isolateBackupKey(TENANT, 'b-1')).toEqual({ at });
  const rows = await asService('select * from keyring.backup_key');
  expect(rows).toMatchObject([{ state: 'isolated', wrapped: null, epoch: null }]);
  expect(await restore()).toBe('一份备份');
  await keyring.rotateEpoch();
  expect(await restore()).toBe('一份备份');

  const { at: gone } = await keyring.destroyBackupKey(TENANT, 'b-1');
  expect(await keyring.destroyBackupKey(TENANT, 'b-1')).toEqual({ at: gone });
  await expect(restore()).rejects.toMatchObject({ kind: 'missing' });
  await expect(keyring.makeBackupKey(TENANT, 'b-1')).rejects.toMatchObject({ kind: 'missing' });
  expect((await readdir(bench.slots[0])).filter((name) => name.startsWith('isolation-'))).toEqual([]);
});

test('one person is not two, and each is written down before anything is read', async () => {
  await keyring.makeBackupKey(TENANT, 'b-2');
  await keyring.isolateBackupKey(TENANT, 'b-2');
  const [a, b] = approvals;
  for (const pair of [
    [a, a],
    [a, { ...a, by: ` ${a.by} ` }],
    [a, { ...b, by: '' }],
    [a, { ...b, reason: ' ' }],
  ] as const) {
    await expect(keyring.openBackupKey(TENANT, 'b-2', pair)).rejects.toMatchObject({ kind: 'forbidden' });
  }
  // The same in the database, for whoever has the quarantine login and not this code.
  await expect(
    asQuarantine(`select * from isolation.open_backup_key('damai', 'b-2', 'x', 'r', 'x', 'r')`),
  ).rejects.toThrow('LE004');
  await keyring.openBackupKey(TENANT, 'b-2', approvals);
  const recorded = await bench.cluster.admin.transaction((sql) =>
    sql.query<{ by: string }>(`select by from isolation.approval where backup = 'b-2' order by number`),
  );
  expect(recorded.map(({ by }) => by)).toEqual([a.by, b.by]);
});

test('a backup’s key that is isolated while two people open it is opened all the same', async () => {
  await keyring.makeBackupKey(TENANT, 'b-4');
  const { quarantine } = bench;
  let looked = 0;
  const isolatedMeanwhile = await bench.keyring({
    quarantine: {
      within: (tenant, work) => quarantine.within(tenant, work),
      transaction: async (work) => {
        const answer = await quarantine.transaction(work);
        if ((looked += 1) === 1) await keyring.isolateBackupKey(TENANT, 'b-4');
        return answer;
      },
    },
  });
  const key = await isolatedMeanwhile.openBackupKey(TENANT, 'b-4', approvals);
  expect(key.type).toBe('private');
  expect(looked).toBe(2);
});

test('without the quarantine login no backup key is opened', async () => {
  const ordinary = await bench.keyring({ quarantine: undefined as never });
  await expect(ordinary.openBackupKey(TENANT, 'b-2', approvals)).rejects.toMatchObject({ kind: 'forbidden' });
});

test('no key lies in clear in the cluster, its WAL or its log, in no encoding (I33)', async () => {
  const { subject } = await keyring.subjectOf(TENANT, 'zhang-san-0001');
  const matter = await keyring.matterOf(TENANT, subject, 'order', 'order-of-zhang-san');
  const item = await sealed(keyring, part({ subject, time: { kind: 'matter', matter, class: 'orders' } }));
  await sealed(keyring, part({ subject: newSubject(), time: { kind: 'day', day: '2030-04-01', class: 'orders' } }));
  await keyring.dateMatter(TENANT, matter, 'orders', '2030-04-02');
  await keyring.keep(TENANT, 'hold', [item]);
  await keyring.makeBackupKey(TENANT, 'b-3');
  const secrets = [
    ...(await everyKey()),
    Buffer.from('zhang-san-0001'),
    Buffer.from('order-of-zhang-san'),
    Buffer.from('演出票 1 张'),
  ];
  expect(secrets.length).toBeGreaterThan(12);
  await bench.cluster.admin.transaction((sql) => sql.query('select pg_switch_wal()'));
  await bench.cluster.admin.transaction((sql) => sql.query('select 1 from pg_stat_force_next_flush()'));
  spawnSync('sync');
  const needles = secrets.flatMap((bytes) => [
    bytes,
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('base64').replace(/=+$/, '')),
  ]);
  const found = await search(bench.cluster.postgres.folder, [...needles, Buffer.from(subject)]);
  // The subject ref is no secret: that it is found proves that the search reads what was written.
  expect(found).toEqual([needles.length]);
});

/** Every key there is, in clear: what the slots and the root make of what is in the keyring. */
async function everyKey(): Promise<Buffer[]> {
  const root = createSecretKey(await readFile(join(bench.folder, 'root')));
  const keys: Buffer[] = [root.export()];
  const slotNames = await readdir(bench.slots[0]);
  for (const name of slotNames) keys.push(await bench.root.unwrap(await readFile(join(bench.slots[0], name)), name));
  const candidates = keys.slice(1);
  const tables = ['index_key', 'subject_key', 'day_key', 'class_key', 'kept_key', 'backup_key'];
  for (const table of tables) {
    const rows = await bench.cluster.admin.transaction((sql) =>
      sql.query<Record<string, string> & { wrapped: Buffer }>(
        `select * from keyring.${table} where wrapped is not null`,
      ),
    );
    for (const row of rows) {
      for (const key of candidates) {
        // GCM is counter mode: without the tag a wrong key gives rubbish, which is never found.
        const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), row.wrapped.subarray(0, 12), {
          authTagLength: 16,
        });
        keys.push(decipher.update(row.wrapped.subarray(28)).subarray(-32));
      }
    }
  }
  return keys;
}

async function search(folder: string, needles: readonly Buffer[]): Promise<number[]> {
  const found = new Set<number>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
    needles.forEach((needle, at) => {
      if (bytes.includes(needle)) found.add(at);
    });
  }
  return [...found].sort((a, b) => a - b);
}
