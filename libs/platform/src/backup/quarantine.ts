import { createHash, randomBytes, type KeyObject } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fault } from '@lethe/kernel';
import { openStream } from '@lethe/sealing';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DatabaseAddress } from '../database/address.ts';
import { sqlFault } from '../database/sql-fault.ts';
import { backupHeader, backupTrailer, FrameReader, lines, type BackupHeader } from './frames.ts';
import type { BackupPart, BackupPlace } from './place.ts';

/** Where a restore lands: a schema of its own, in no one's way. Readable by the service; nothing in it is served. */
export interface Quarantine {
  /** Name of the schema: `select … from <schema>.<table>`. It stands in no user's input and needs no quoting. */
  readonly schema: string;
  readonly header: BackupHeader;
  readonly rows: Readonly<Record<string, number>>;
  /** Removes it all. */
  drop(): Promise<void>;
}

/** A part as it was taken: whoever has the public key can seal another one, so the digest that was said of it is held against it. */
export interface ExpectedPart extends BackupPart {
  /** Of the sealed file, hex. */
  readonly sha256: string;
}

/**
 * Opens a sealed backup into a quarantine schema, under the owner's login: all of it or nothing.
 * @throws Fault `invalid` when what lies there was changed, cut short, is of another tenant or backup, or is not what was taken; `missing`
 */
export async function importIntoQuarantine(
  owner: DatabaseAddress,
  expected: ExpectedPart,
  place: BackupPlace,
  privateKey: KeyObject,
): Promise<Quarantine> {
  const source = await place.read(expected);
  const schema = `quarantine_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ ...owner, application_name: 'lethe-quarantine' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await dropAbandoned(client);
    // Held as long as the quarantine is used: what nobody holds, a crash has left.
    await client.query(IN_USE, [schema]);
    await client.query('begin');
    await client.query(`create schema ${schema}`);
    await client.query(`grant usage on schema ${schema} to lethe_service`);
    const { header, rows } = await fill(client, schema, expected, source, privateKey);
    await client.query(`grant select, update, delete on all tables in schema ${schema} to lethe_service`);
    await client.query('commit');
    return { schema, header, rows, drop: () => drop(client, schema) };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw sqlFault(error);
  } finally {
    source.destroy();
  }
}

async function fill(
  client: pg.Client,
  schema: string,
  expected: ExpectedPart,
  source: Readable,
  privateKey: KeyObject,
): Promise<{ header: BackupHeader; rows: Record<string, number> }> {
  const opened = openStream(privateKey);
  source.once('error', (error) => opened.destroy(error));
  const digest = createHash('sha256');
  source.on('data', (piece: Buffer) => digest.update(piece));
  const reader = new FrameReader(source.pipe(opened) as AsyncIterable<Buffer>);
  try {
    const header = backupHeader.parse(JSON.parse((await reader.next()).toString('utf8')));
    if (header.tenant !== expected.tenant || header.backup !== expected.backup || header.service !== expected.service) {
      throw new Fault('invalid', 'platform/another-backup', 'this file is of another tenant, backup or service');
    }
    const rows: Record<string, number> = {};
    for (const { table, columns } of header.tables)
      rows[table] = await fillTable(client, schema, table, columns, reader);
    const trailer = backupTrailer.parse(JSON.parse((await reader.next()).toString('utf8')));
    for (const [table, count] of Object.entries(trailer.rows)) {
      if (rows[table] !== count)
        throw new Fault('invalid', 'platform/damaged-backup', 'a table of this backup has not as many rows as it says');
    }
    if (!(await reader.ended()))
      throw new Fault('invalid', 'platform/damaged-backup', 'something follows the end of this backup');
    if (digest.digest('hex') !== expected.sha256)
      throw new Fault('invalid', 'platform/not-as-taken', 'this file is not the one that was taken under this name');
    return { header, rows };
  } finally {
    opened.destroy();
  }
}

const TYPE = /^[a-z][a-z0-9_ ]{0,62}(\(\d{1,5}(,\d{1,5})?\))?( with(out)? time zone)?(\[\])?$/;

async function fillTable(
  client: pg.Client,
  schema: string,
  table: string,
  columns: BackupHeader['tables'][number]['columns'],
  reader: FrameReader,
): Promise<number> {
  for (const { type } of columns)
    if (!TYPE.test(type))
      throw new Fault('invalid', 'platform/damaged-backup', 'a column of this backup has no readable type');
  const name = `${schema}.${pg.escapeIdentifier(table)}`;
  const names = columns.map((column) => pg.escapeIdentifier(column.name));
  // No constraint, index or security of the real table: what lies here is looked at, not served.
  await client.query(
    `create table ${name} (${columns.map(({ type }, index) => `${names[index]!} ${type}`).join(', ')})`,
  );
  let rows = 0;
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let piece = await reader.next(); piece.length > 0; piece = await reader.next()) {
      rows += lines(piece);
      yield piece;
    }
  }
  await pipeline(Readable.from(pieces()), client.query(copyFrom(`copy ${name} (${names.join(', ')}) from stdin`)));
  // Nobody else ever looks at it before it is asked a great deal at once.
  await client.query(`analyze ${name}`);
  return rows;
}

async function drop(client: pg.Client, schema: string): Promise<void> {
  try {
    await client.query(`drop schema if exists ${schema} cascade`);
  } catch (error) {
    throw sqlFault(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const IN_USE = `select pg_advisory_lock(hashtextextended('lethe.' || $1::text, 0))`;

/** Quarantines whose process died before it could remove them. */
async function dropAbandoned(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ schema: string; free: boolean }>(
    `select nspname as schema, pg_try_advisory_lock(hashtextextended('lethe.' || nspname, 0)) as free
       from pg_namespace where nspname ~ '^quarantine_[0-9a-f]{12}$'`,
  );
  for (const { schema, free } of rows) {
    if (!free) continue;
    await client.query(`drop schema if exists ${schema} cascade`);
    await client.query(`select pg_advisory_unlock(hashtextextended('lethe.' || $1::text, 0))`, [schema]);
  }
}

/** At a service's start, under the owner's login: what a crash in the middle of a restore left is removed. */
export async function dropAbandonedQuarantines(owner: DatabaseAddress): Promise<void> {
  const client = new pg.Client({ ...owner, application_name: 'lethe-quarantine' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await dropAbandoned(client);
  } catch (error) {
    throw sqlFault(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
