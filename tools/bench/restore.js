import { randomBytes, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { confirmRestore, HttpTransport } from '@lethe/client';
import { http } from '@lethe/contracts';
import { Ledger, SigningKeys } from '@lethe/ledger';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { FLOOR, Instance } from './instance.js';
import { load, people } from './records.js';
import { rounds, say, timed } from './rounds.js';

/** Records; about 900,000 of them are 1 GB of rows as COPY writes them. */
export const sizes = [50_000];

const TENANT = 'bench-restore';
const ENTRIES = 100_000;
const AT_ONCE = 10_000;
const THROUGH_THE_DOOR = 1_000;
const SEALED_AT_ONCE = 2_000;
const PATIENCE_MS = 15 * 60_000;

/** A tenant's vault lost and brought back from Lethe's own backup, on an installation of its own whose ledger is long. */
export async function restore(_shared, size, { scratch, policies }) {
  const home = join(scratch, `restore-${size}`);
  await mkdir(home, { recursive: true });
  await (await Instance.start(home, policies)).stop();
  say(`restore: ${ENTRIES.toLocaleString('en')} entries into the ledger`);
  await fillLedger(join(home, 'ledger', 'ledger'), join(home, 'secrets', 'erasure', 'ledger'));
  const instance = await Instance.start(home, policies);
  try {
    return await restored(instance, size, join(scratch, 'restore.copy'));
  } finally {
    await instance.stop();
    await rm(home, { recursive: true, force: true });
  }
}

/** People whom nothing else knows: what is replayed is looked for, and found nowhere. */
async function fillLedger(folder, secrets) {
  const keys = await SigningKeys.open(secrets);
  const ledger = await Ledger.open(folder, keys.entriesKey());
  const at = new Date().toISOString();
  for (let from = 0; from < ENTRIES; from += AT_ONCE) {
    await ledger.appendAll(
      Array.from({ length: AT_ONCE }, (_, index) => ({
        tenant: TENANT,
        kind: (from + index) % 4 === 0 ? 'withdrawn' : 'erased',
        subject: randomBytes(16).toString('base64url'),
        compartments: ['contract', 'consent.personalized-display'],
        consentVersion: 2,
        at,
      })),
    );
  }
  await ledger.close();
}

async function restored(instance, size, copy) {
  await instance.open(TENANT);
  await instance.sql('collection', `create table ${FLOOR}.restore (like part including all)`);
  const subjects = await people(instance, TENANT, 'restore', Math.min(1_000, size));
  await load(instance, TENANT, subjects, Math.min(size, THROUGH_THE_DOOR), new Date().toISOString(), 'restore');
  await sealMore(instance, size - THROUGH_THE_DOOR);
  say('taking the backup');
  const { backup, state } = await instance.ask(TENANT, 'operator', http.TakeBackup, { body: { waitMs: 30_000 } });
  if (state !== 'available') await available(instance, backup);
  await stream(instance, async (client) =>
    pipeline(
      client.query(copyTo(`copy (select * from part where tenant = '${TENANT}') to stdout`)),
      createWriteStream(copy),
    ),
  );
  const { size: bytes } = await stat(copy);
  const results = await rounds({
    label: 'restore',
    size,
    operations: size,
    repeats: size > 200_000 ? 1 : 3,
    notes: {
      restore: `confirmed by the second person → survivors in and answered: ${(bytes / 1e6).toFixed(0)} MB of rows out of the sealed backup into quarantine, ${ENTRIES.toLocaleString('en')} ledger entries replayed, every part tried with the keys that live, merged; floor: the same bytes COPYed into a table like part, indexes included`,
    },
    prepare: async () => {
      await instance.sql('collection', 'delete from part where tenant = $1', [TENANT]);
      await instance.sql('collection', `truncate ${FLOOR}.restore`);
      await instance.sql('collection', 'vacuum analyze part');
      await instance.quiet();
    },
    ours: async () => {
      const as = (sub) => new HttpTransport(instance.url, () => instance.token(TENANT, 'officer', sub), PATIENCE_MS);
      const { restore: proposal } = await as('one').ask(http.ProposeRestore, { params: { backup } });
      let report;
      const restore = await timed(async () => {
        report = await confirmRestore(as('two'), proposal);
      });
      if (report.restored !== size || report.replayed !== ENTRIES)
        throw new Error(`${report.restored} parts of ${size} came back, ${report.replayed} entries were replayed`);
      return { restore };
    },
    floor: () =>
      timed(() =>
        stream(instance, (client) =>
          pipeline(createReadStream(copy), client.query(copyFrom(`copy ${FLOOR}.restore from stdin`))),
        ),
      ),
  });
  await rm(copy, { force: true });
  return results;
}

/**
 * Copies of the first records, each sealed for itself by the keyring as collection does: a part that is only copied opens under
 * nobody's name, and the restore would rightly list it as lost.
 */
async function sealMore(instance, count) {
  if (count <= 0) return;
  say(`sealing ${count.toLocaleString('en')} more`);
  const rows = await instance.sql(
    'collection',
    'select part, subject, compartment, class, disposal::text as day, sealed from part where tenant = $1',
    [TENANT],
  );
  const labels = rows.map(({ subject, compartment, class: partClass, day }) => ({
    ...{ subject, compartment, time: { kind: 'day', day, class: partClass } },
  }));
  const opened = await instance.keyring.sealer.open(
    TENANT,
    rows.map(({ part, sealed }, index) => ({ ...labels[index], part, sealed })),
  );
  const columns = await instance.sql(
    'collection',
    `select string_agg('"' || column_name || '"', ', ' order by ordinal_position) as names from information_schema.columns where table_name = 'part' and table_schema = 'public' and column_name not in ('part', 'sealed')`,
  );
  const [{ names }] = columns;
  const source = names.replaceAll(/"([a-z_]+)"/g, 'p."$1"');
  for (let from = 0; from < count; from += SEALED_AT_ONCE) {
    const items = Array.from({ length: Math.min(SEALED_AT_ONCE, count - from) }, (_, index) => {
      const of = (from + index) % rows.length;
      return { ...labels[of], part: randomUUID(), plaintext: opened[of].plaintext };
    });
    const outcomes = await instance.keyring.sealer.seal(TENANT, items);
    await instance.sql(
      'collection',
      `insert into part (part, sealed, ${names}) select n.part, n.sealed, ${source}
         from unnest($1::uuid[], $2::bytea[], $3::uuid[]) as n (part, sealed, like_part) join part p on p.tenant = $4 and p.part = n.like_part`,
      [
        items.map(({ part }) => part),
        outcomes.map(({ sealed }) => sealed),
        items.map((_, index) => rows[(from + index) % rows.length].part),
        TENANT,
      ],
    );
  }
}

async function available(instance, backup) {
  for (let tries = 0; tries < 600; tries += 1) {
    const { backups } = await instance.ask(TENANT, 'operator', http.Backups);
    if (backups.find((one) => one.backup === backup)?.state === 'available') return;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  throw new Error('the backup is not whole after ten minutes');
}

async function stream(instance, work) {
  const client = await instance.pool('collection').connect();
  try {
    await work(client);
  } finally {
    client.release(true);
  }
}
