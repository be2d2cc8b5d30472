import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { events } from '@lethe/contracts';
import { tenantId, type TenantId } from '@lethe/kernel';
import { openStream, sealStream } from '@lethe/sealing';
import { eventually, testContext, type TestContext } from '@lethe/testing';
import { migrations, tenantTable } from '../database/migrations.ts';
import { newId } from '../ids.ts';
import { keepBackups } from './backup-work.ts';
import type { BackupPlace } from './place.ts';
import { importIntoQuarantine } from './quarantine.ts';

const A = tenantId('a-tenant');
const B = tenantId('b-tenant');
const keys = generateKeyPairSync('x25519');
const publicKey = keys.publicKey.export({ format: 'jwk' }).x!;
const MARKER = 'MARKER-5f1c\\n\t"張三"\n';

class Module {}
let service: TestContext;

beforeAll(async () => {
  service = await testContext({
    service: 'consent',
    migrations: migrations('consent', [
      {
        number: 1_800_000_000_000,
        name: 'things',
        statements: [
          'create table thing (tenant text not null, id int not null, body text, bytes bytea, days date[], data jsonb, at timestamptz, primary key (tenant, id))',
          ...tenantTable('thing'),
          'create table nothing (tenant text not null, id uuid not null, primary key (tenant, id))',
          ...tenantTable('nothing'),
        ],
      },
    ]),
    declarations: [],
    open: () => ({ module: { module: Module }, routes: [] }),
  });
  for (const tenant of [A, B]) await fill(tenant, 3000);
});
afterAll(() => service.stop());

const fill = (tenant: TenantId, count: number) =>
  service.database.database.within(tenant, (sql) =>
    sql.query(
      `insert into thing select $1, n, $3, '\\x00ff0a', array['2026-02-28'::date], '{"a": [1, null]}', '2026-01-01T00:00:00Z' from generate_series(1, $2) n`,
      [tenant, count, `${MARKER}${tenant}`],
    ),
  );

/** What a test has taken away. */
const fill10 = (tenant: TenantId) =>
  service.database.database.within(tenant, (sql) =>
    sql.query(
      `insert into thing select $1, n, $2, '\\x00ff0a', array['2026-02-28'::date], '{"a": [1, null]}', '2026-01-01T00:00:00Z' from generate_series(2991, 3000) n`,
      [tenant, `${MARKER}${tenant}`],
    ),
  );

async function backup(tenant: TenantId): Promise<{ id: string; file: string }> {
  const id = newId();
  await service.hear(events.BackupKeyMadeV1, { tenant, slot: 1 }, { backup: id, publicKey });
  await eventually(
    async () => (await service.announced(events.ConsentBackupTakenV1)).some(({ data }) => data.backup === id),
    { what: 'that the backup is taken' },
  );
  return { id, file: join(service.backupFolders.backups, tenant, id, 'consent.sealed') };
}

test('a backup holds the rows of one tenant, sealed, and says what it holds', async () => {
  const { id, file } = await backup(A);
  const [taken] = (await service.announced(events.ConsentBackupTakenV1)).filter(({ data }) => data.backup === id);
  expect(taken).toMatchObject({ tenant: A, data: { tables: 3, rows: 3000, bytes: statSync(file).size } });
  expect(statSync(file).mode & 0o777).toBe(0o400);
  expect(readFileSync(file).includes('MARKER')).toBe(false);
});

test('hearing of the same backup in every slot takes it once', async () => {
  const { id } = await backup(A);
  await service.hear(events.BackupKeyMadeV1, { tenant: A, slot: 2 }, { backup: id, publicKey });
  expect((await service.announced(events.ConsentBackupTakenV1)).filter(({ data }) => data.backup === id)).toHaveLength(
    1,
  );
});

test('a part that lies there is said again, and never taken again, by a database that has forgotten it', async () => {
  const { id, file } = await backup(A);
  const before = readFileSync(file);
  const saidOf = async () =>
    (await service.announced(events.ConsentBackupTakenV1)).filter(({ data }) => data.backup === id);
  const [first] = await saidOf();
  // As if every database were new: no task, and less in the tables.
  await service.database.admin.transaction((sql) => sql.query('delete from backup_task'));
  await service.database.database.within(A, (sql) => sql.query('delete from thing where id > 2990'));
  await service.hear(events.BackupKeyMadeV1, { tenant: A, slot: 3 }, { backup: id, publicKey });
  await eventually(async () => (await saidOf()).length === 2, { what: 'that it is said again' });
  expect((await saidOf())[1]?.data).toEqual(first?.data);
  expect(readFileSync(file).equals(before)).toBe(true);
  await fill10(A);
});

const saidOf = async (id: string) =>
  (await service.announced(events.ConsentBackupTakenV1)).filter(({ data }) => data.backup === id);
const forgetTasks = () => service.database.admin.transaction((sql) => sql.query('delete from backup_task'));

test('a backup that was taken and purged is not taken again by a recovery that hears of its key once more', async () => {
  const { id, file } = await backup(A);
  const said = await saidOf(id);
  rmSync(dirname(file), { recursive: true });
  await forgetTasks();
  // First what the service itself had said, then what others say anew.
  await service.database.database.within(A, (sql) => keepBackups(sql, said));
  await service.hear(events.BackupKeyMadeV1, { tenant: A, slot: 3 }, { backup: id, publicKey });
  // Whatever is asked for later has its turn later.
  await backup(A);
  expect(existsSync(dirname(file))).toBe(false);
  expect(await saidOf(id)).toEqual(said);
});

test('of a part about which nothing lies there nothing is said anew, and nothing is laid beside it', async () => {
  const { id, file } = await backup(A);
  const [said, before, beside] = [await saidOf(id), readFileSync(file), file.replace('.sealed', '.taken')];
  rmSync(beside);
  await forgetTasks();
  await service.hear(events.BackupKeyMadeV1, { tenant: A, slot: 3 }, { backup: id, publicKey });
  await backup(A);
  expect(existsSync(beside)).toBe(false);
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(await saidOf(id)).toEqual(said);
});

test('a restore lands in quarantine, exactly as it was, and is gone when dropped', async () => {
  const { id, file } = await backup(B);
  await service.database.database.within(B, (sql) => sql.query('delete from thing where id > 10'));
  const quarantine = await service.context.quarantine(B, id, digestOf(readFileSync(file)), keys.privateKey);
  expect(quarantine.rows).toEqual({ nothing: 0, recovery_lost: 0, thing: 3000 });
  const lost = await service.database.database.within(B, async (sql) => {
    await sql.query(`insert into thing select * from ${quarantine.schema}.thing on conflict do nothing`);
    return sql.query<{ n: number; same: boolean }>(
      'select count(*) as n, bool_and(body = $1 and days[1] = $2) as same from thing',
      [`${MARKER}${B}`, '2026-02-28'],
    );
  });
  expect(lost).toEqual([{ n: 3000, same: true }]);
  await quarantine.drop();
  await expect(
    service.database.database.transaction((sql) => sql.query(`select from ${quarantine.schema}.thing`)),
  ).rejects.toMatchObject({ sqlState: '42P01' });
});

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** A place in which every part is this. */
const holding = (content: Buffer): BackupPlace => ({
  write: () => Promise.reject(new Error('read only')),
  read: () => Promise.resolve(Readable.from([content])),
  isolate: () => Promise.resolve(),
  remove: () => Promise.resolve(false),
});

test('what is written while a backup is taken is in all of it or in none of it: it is a state that was', async () => {
  const tenant = tenantId('c-tenant');
  await fill(tenant, 10);
  const id = newId();
  await service.database.admin.transaction(async (sql) => {
    // Between the two tables: they are read in their order, and it comes to this one and stands.
    await sql.query('lock table recovery_lost in access exclusive mode');
    await service.hear(events.BackupKeyMadeV1, { tenant, slot: 1 }, { backup: id, publicKey });
    await eventually(
      async () => {
        const stands = await sql.query(
          `select 1 from pg_locks l join pg_class c on c.oid = l.relation
            where c.relname = 'recovery_lost' and l.mode = 'AccessShareLock' and not l.granted`,
        );
        return stands.length > 0;
      },
      { what: 'that it has come to the table' },
    );
    await sql.query('insert into nothing values ($1, gen_random_uuid())', [tenant]);
    await sql.query('delete from thing where tenant = $1 and id <= 5', [tenant]);
    await sql.query('insert into thing (tenant, id) values ($1, 11)', [tenant]);
  });
  await eventually(async () => (await saidOf(id)).length === 1, { what: 'that the backup is taken' });
  const file = join(service.backupFolders.backups, tenant, id, 'consent.sealed');
  const quarantine = await service.context.quarantine(tenant, id, digestOf(readFileSync(file)), keys.privateKey);
  expect(quarantine.rows).toMatchObject({ nothing: 0, thing: 10 });
  const ids = await service.database.database.within(tenant, (sql) =>
    sql.query<{ id: number }>(`select id from ${quarantine.schema}.thing order by id`),
  );
  expect(ids.map((row) => row.id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  await quarantine.drop();
});

test('a changed, cut or foreign file restores nothing', async () => {
  const { id, file } = await backup(A);
  const { owner } = service.database.addresses;
  const bytes = readFileSync(file);
  const about = { service: 'consent', tenant: A, backup: id, sha256: digestOf(bytes) };
  const changed = Buffer.from(bytes);
  changed[Math.floor(bytes.length / 2)]! ^= 1;
  const variants = {
    changed,
    cut: bytes.subarray(0, bytes.length - 70_000),
    longer: Buffer.concat([bytes, Buffer.alloc(10)]),
  };
  for (const content of Object.values(variants)) {
    await expect(importIntoQuarantine(owner, about, holding(content), keys.privateKey)).rejects.toThrow();
  }
  await expect(
    importIntoQuarantine(owner, { ...about, tenant: B }, holding(bytes), keys.privateKey),
  ).rejects.toMatchObject({
    code: 'platform/another-backup',
  });
  const { privateKey } = generateKeyPairSync('x25519');
  await expect(importIntoQuarantine(owner, about, holding(bytes), privateKey)).rejects.toThrow();
  // Anybody who knows the public key can seal something, also the same again.
  const forged = Readable.from([bytes]).pipe(openStream(keys.privateKey)).pipe(sealStream(publicKey));
  await expect(
    importIntoQuarantine(owner, about, holding(await buffer(forged)), keys.privateKey),
  ).rejects.toMatchObject({ code: 'platform/not-as-taken' });
  const schemas = await service.database.admin.transaction((sql) =>
    sql.query(`select from pg_namespace where nspname like 'quarantine%'`),
  );
  expect(schemas).toEqual([]);
});
