import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tenantId } from '@lethe/kernel';
import { MemoryMarks } from '@lethe/messaging';
import { startKeyring, startPostgres, type TestPostgres } from '@lethe/testing';
import pg from 'pg';
import type { OpenKeyring } from './database/keyring-database.ts';
import { KeyringWatch } from './keyring-watch.ts';

const TENANT = tenantId('put-back');
const marks = new MemoryMarks();
let postgres: TestPostgres;
let folder: string;
let open: OpenKeyring;

beforeAll(async () => {
  postgres = await startPostgres();
  folder = mkdtempSync(join(tmpdir(), 'lethe-keyring-watch-'));
  open = await startKeyring(postgres, folder, marks);
});
afterAll(async () => {
  await open?.close().catch(() => undefined);
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** As the administrator of the cluster; then every connection of the keyring breaks, as when its server is another one. */
async function changed(statement: string): Promise<void> {
  const client = new pg.Client({ ...postgres.server.admin, database: 'lethe_keyring' });
  await client.connect();
  await client.query(statement);
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'lethe_keyring'`);
  await client.end();
}

test('a cluster that is put back under a running process is noticed before anybody uses it (I36)', async () => {
  const { keyring } = open;
  const { subject } = await keyring.subjectOf(TENANT, 'user-1');
  await keyring.sealer.seal(TENANT, [
    {
      part: '018f4ad8-0000-7000-8000-000000000001' as never,
      subject,
      compartment: 'contract',
      time: { kind: 'day', day: '2031-01-01', class: 'orders' },
      plaintext: Buffer.from('x'),
    },
  ]);
  await keyring.forgetSubject(TENANT, subject, { entry: 1 });
  const [mark] = marks.all();
  expect(mark?.number).toBeGreaterThan(0);

  // A copy from before knows of one eviction less.
  await changed(`create table keyring.aside as select * from keyring.eviction; delete from keyring.eviction`);
  await expect(keyring.subjectOf(TENANT, 'user-2')).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(keyring.subjectOf(TENANT, 'user-2')).rejects.toMatchObject({ code: 'sealing/rolled-back' });
  await expect(
    keyring.openBackupKey(TENANT, '018f4ad8-0000-7000-8000-000000000002', [
      { by: 'one', reason: 'restore' },
      { by: 'two', reason: 'restore' },
    ]),
  ).rejects.toMatchObject({ code: 'sealing/rolled-back' });
  // What it polls meanwhile raises no mark, and lowers none.
  expect(marks.all()).toEqual([mark]);
});

test('a cluster that is empty, where keys were destroyed, is said to be gone and not to be an older one', async () => {
  const client = new pg.Client({ ...postgres.server.admin, database: 'lethe_keyring' });
  await client.connect();
  await expect(new KeyringWatch(marks).look(client)).rejects.toMatchObject({ code: 'sealing/rolled-back' });
  await client.query('truncate keyring.epoch');
  const watch = new KeyringWatch(marks);
  await expect(watch.look(client)).rejects.toMatchObject({ kind: 'unavailable', code: 'sealing/keyring-gone' });
  expect(watch.fault()).toMatchObject({ code: 'sealing/keyring-gone' });
  // Where nobody was told of anything, an empty cluster is a new one.
  const fresh = new KeyringWatch(new MemoryMarks());
  await fresh.look(client);
  expect(fresh.fault()).toBeUndefined();
  await client.end();
});
