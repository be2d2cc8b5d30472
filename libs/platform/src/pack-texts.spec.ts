import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDatabase, type TestDatabase } from '@lethe/testing';
import { migrations } from './database/migrations.ts';
import { PackTexts, type PackSource } from './pack-texts.ts';

const folder = fileURLToPath(new URL('../../../policies', import.meta.url));
let database: TestDatabase;
let archive: string;
beforeAll(async () => {
  database = await startDatabase({ migrations: migrations('consent', []) });
  archive = await mkdtemp(join(tmpdir(), 'lethe-packs-'));
});
afterAll(async () => {
  await database?.stop();
  await rm(archive, { recursive: true, force: true });
});

const texts = (beside: string | undefined = archive) => new PackTexts(folder, database.database, undefined, beside);
const lost = () =>
  database.admin.transaction(async (sql) => {
    await sql.query('alter table known_pack disable trigger all');
    await sql.query('delete from known_pack');
  });
const read = async (file: string) => readFile(join(folder, 'damai', file), 'utf8');
const sent = async (name: string): Promise<PackSource> => ({
  policy: `${await read('policy.yaml')}# ${name}\n`,
  clauses: await read('clauses.yaml'),
});

test('a text that was sent outlives its database in the file it is named for, and is not taken from one that says something else', async () => {
  const source = await sent('kept');
  const { digest } = await database.database.transaction((sql) => texts().keep(sql, source));
  await lost();
  expect(await texts().source(digest)).toEqual(source);

  await writeFile(join(archive, `${digest}.json`), JSON.stringify(await sent('another')));
  expect(await texts().source(digest)).toBeUndefined();
});

test('its file is there before the row that names it', async () => {
  const source = await sent('durable');
  let digest = '';
  const killed = database.database.transaction(async (sql) => {
    ({ digest } = await texts().keep(sql, source));
    throw new Error('killed');
  });
  await expect(killed).rejects.toThrow('killed');
  expect(await texts().source(digest)).toEqual(source);
});

test('texts from before there were files get theirs at the next start', async () => {
  const source = await sent('older');
  const before = new PackTexts(folder, database.database);
  const { digest } = await database.database.transaction((sql) => before.keep(sql, source));
  await texts().archiveAll();
  await lost();
  expect(await texts().source(digest)).toEqual(source);
});
