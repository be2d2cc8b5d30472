import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { events } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import { sealStream } from '@lethe/sealing';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { TypeOrmDatabase } from '../database/typeorm-database.ts';
import { END, frame, jsonFrame, lines, type BackupHeader } from './frames.ts';
import { liesThere, type BackupPart, type BackupPlace } from './place.ts';

/** What one service put into a backup; data of its `backup-taken` event. */
export interface Taken {
  readonly backup: string;
  readonly tables: number;
  readonly rows: number;
  /** Of the sealed file. */
  readonly bytes: number;
  /** Of the sealed file, hex. */
  readonly sha256: string;
  /** Machine time. */
  readonly snapshotAt: string;
  /** Of which classes the rows are that have one, where the service keeps such rows. */
  readonly classes?: readonly string[];
}

const said = events.CollectionBackupTakenV2.data.partial({ classes: true }).strict();

/**
 * Writes every tenant table of a database, that tenant's rows only, in one snapshot, sealed to a public key. The part is there
 * whole or not at all, with what is said of it beside it: that is there first, so that whoever finds the part can say it again.
 * @param about `classesIn`: the table whose rows have a class each; said is which are in it
 * @throws Fault `conflict` where a part of that name lies there
 */
export async function exportTenant(
  database: TypeOrmDatabase,
  about: BackupPart & { readonly publicKey: string; readonly classesIn?: string | undefined },
  place: BackupPlace,
  now: () => Date,
): Promise<Taken> {
  return database.snapshot(about.tenant, async (client) => {
    const header: BackupHeader = {
      format: 'lethe-backup/1',
      service: about.service,
      tenant: about.tenant,
      backup: about.backup,
      snapshotAt: now().toISOString(),
      tables: await tenantTables(client),
    };
    const classes = about.classesIn === undefined ? undefined : await classesOf(client, about.classesIn);
    const rows: Record<string, number> = {};
    let taken: Taken | undefined;
    const meter = new Meter(async (measured) => {
      taken = {
        backup: about.backup,
        tables: header.tables.length,
        rows: Object.values(rows).reduce((sum, count) => sum + count, 0),
        ...measured,
        snapshotAt: header.snapshotAt,
        ...(classes === undefined ? {} : { classes }),
      };
      await place.write({ ...partOf(about), of: 'taken' }, Readable.from([JSON.stringify(taken)]));
    });
    // What breaks on either side breaks the other, and both have ended before the snapshot does.
    const ends = await Promise.allSettled([
      pipeline(Readable.from(content(client, header, rows)), sealStream(about.publicKey), meter),
      place.write(about, meter).catch((error: unknown) => {
        meter.destroy();
        throw error;
      }),
    ]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return taken!;
  });
}

/**
 * What was said of a part that lies there already, whoever took it and in whatever life; undefined: none does.
 * @throws Fault `conflict` for one of which nothing is said: it is from before that was kept
 */
export async function takenBefore(place: BackupPlace, part: BackupPart): Promise<Taken | undefined> {
  const lying = await find(place, part);
  if (lying === undefined) return undefined;
  lying.destroy();
  const beside = await find(place, { ...part, of: 'taken' });
  if (beside === undefined) throw liesThere();
  const { classes, ...taken } = said.parse(JSON.parse(await text(beside)));
  return { ...taken, ...(classes === undefined ? {} : { classes }) };
}

async function find(place: BackupPlace, part: BackupPart): Promise<Readable | undefined> {
  try {
    return await place.read(part);
  } catch (error) {
    if (error instanceof Fault && error.kind === 'missing') return undefined;
    throw error;
  }
}

const partOf = ({ tenant, backup, service }: BackupPart): BackupPart => ({ tenant, backup, service });

async function* content(
  client: pg.PoolClient,
  header: BackupHeader,
  rows: Record<string, number>,
): AsyncGenerator<Buffer> {
  yield jsonFrame(header);
  for (const { table, columns } of header.tables) {
    const names = columns.map(({ name }) => pg.escapeIdentifier(name)).join(', ');
    rows[table] = 0;
    // Row-level security stands, so this copies the entered tenant's rows.
    for await (const piece of client.query(
      copyTo(`copy (select ${names} from ${pg.escapeIdentifier(table)}) to stdout`),
    ) as AsyncIterable<Buffer>) {
      rows[table] += lines(piece);
      yield frame(piece);
    }
    yield END;
  }
  yield jsonFrame({ rows });
}

/** Every table under forced row-level security, with its columns (generated ones are computed anew). */
async function tenantTables(client: pg.PoolClient): Promise<BackupHeader['tables']> {
  const { rows } = await client.query<{ table: string; columns: { name: string; type: string }[] }>(
    `select c.relname as table, json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum) as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
      where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relforcerowsecurity
        and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      group by c.relname order by c.relname`,
  );
  return rows;
}

/** In the snapshot whose rows are copied. */
async function classesOf(client: pg.PoolClient, table: string): Promise<string[]> {
  const { rows } = await client.query<{ class: string }>(
    `select distinct class from ${pg.escapeIdentifier(table)} order by class`,
  );
  return rows.map((row) => row.class);
}

/** Counts and digests what passes. */
class Meter extends Transform {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  /** @param before what is done when all has passed, before that is told on */
  constructor(private readonly before: (measured: Pick<Taken, 'bytes' | 'sha256'>) => Promise<void>) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    done(null, chunk);
  }

  override _flush(done: (error?: Error | null) => void): void {
    this.before({ bytes: this.#bytes, sha256: this.#hash.digest('hex') }).then(() => done(), done);
  }
}
