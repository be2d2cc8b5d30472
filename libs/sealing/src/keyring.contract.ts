import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import { Fault, type PartId, type SubjectRef, type TenantId } from '@lethe/kernel';
import { migrations, TypeOrmDatabase } from '@lethe/platform';
import { startDatabase, type TestDatabase, type TestPostgres } from '@lethe/testing';
import { FileRoot } from './root.ts';
import { Keyring } from './keyring.ts';
import type { KeyringOptions } from './keyring-options.ts';
import { forgettingFunctions } from './forgetting-functions.ts';
import { keyringGrants, keyringTables } from './keyring-tables.ts';
import { tenantFunctions } from './tenant-functions.ts';
import type { OpenItem, PartTime, SealItem } from './seal-item.ts';
import { WRAPPED_TABLES } from './wrapped-tables.ts';

export const TENANT = 'damai' as TenantId;
export const newPart = (): PartId => randomUUID() as PartId;
export const newSubject = (): SubjectRef => randomBytes(16).toString('base64url') as SubjectRef;

/** A keyring cluster with its two logins, a root and two slots; each `keyring()` is one process more. */
export interface KeyringBench {
  readonly cluster: TestDatabase;
  readonly quarantine: TypeOrmDatabase;
  readonly copies: TestDatabase[];
  readonly slots: readonly [string, string];
  readonly folder: string;
  readonly root: FileRoot;
  keyring(options?: Partial<KeyringOptions>): Promise<Keyring>;
  stop(): Promise<void>;
}

async function startCluster(postgres?: TestPostgres): Promise<{ cluster: TestDatabase }> {
  const statements = [keyringTables, tenantFunctions, forgettingFunctions, keyringGrants({ service: 'lethe_service' })];
  const steps = migrations('keyring', [{ number: 1766400000000, name: 'keyring', statements }]);
  return { cluster: await startDatabase({ migrations: steps, ...(postgres === undefined ? {} : { postgres }) }) };
}

export async function startKeyring(): Promise<KeyringBench> {
  const { cluster } = await startCluster();
  const name = `${cluster.addresses.login.user}_quarantine`;
  await cluster.admin.transaction(async (sql) => {
    await sql.query(`create role ${name} login password 'quarantine'`);
    await sql.query(`grant connect on database ${cluster.addresses.login.database} to ${name}`);
    await sql.query(`grant usage on schema isolation to ${name}`);
    await sql.query(
      `grant execute on function isolation.open_backup_key(text, text, text, text, text, text) to ${name}`,
    );
  });
  const quarantine = await TypeOrmDatabase.open(
    { ...cluster.addresses.login, user: name, password: 'quarantine' },
    { poolSize: 2 },
  );
  const folder = await mkdtemp(join(tmpdir(), 'lethe-keys-'));
  const slots = [join(folder, 'slot-a'), join(folder, 'slot-b')] as const;
  const root = await FileRoot.open(join(folder, 'root'), { create: true });
  const open: Keyring[] = [];
  const copies: TestDatabase[] = [];
  return {
    copies,
    cluster,
    quarantine,
    slots,
    folder,
    root,
    keyring: async (options = {}) => {
      const keyring = await Keyring.open({
        database: cluster.database,
        quarantine,
        root,
        slots,
        pollEvery: 50,
        ...options,
      });
      open.push(keyring);
      return keyring;
    },
    stop: async () => {
      for (const keyring of open) await keyring.close().catch(() => undefined);
      await quarantine.close();
      for (const copy of copies) await copy.stop();
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const TABLES = [...WRAPPED_TABLES.map(({ name }) => name), 'epoch', 'name_tag', 'subject_death'];

/** Every row of the keyring, as a dump, a snapshot or a stolen disk would have it. */
export interface KeyringCopy {
  /** What a thief reads who has the copy, the root and the slots as they are now; undefined where nothing. */
  reads(item: OpenItem): Promise<string | undefined>;
}

/** The copy taken before is gone. */
export async function copyOf(bench: KeyringBench): Promise<KeyringCopy> {
  const cluster = bench.copies[0] ?? (await startCluster(bench.cluster.postgres)).cluster;
  if (bench.copies.length === 0) bench.copies.push(cluster);
  await cluster.admin.transaction((sql) =>
    sql.query(`truncate ${TABLES.map((table) => `keyring.${table}`).join(', ')}, keyring.holder`),
  );
  for (const table of TABLES) {
    const rows = await bench.cluster.admin.transaction((sql) =>
      sql.query<{ row: unknown }>(`select to_json(t) as row from keyring.${table} t`),
    );
    await cluster.admin.transaction((sql) =>
      sql.query(`insert into keyring.${table} select * from json_populate_recordset(null::keyring.${table}, $1)`, [
        JSON.stringify(rows.map(({ row }) => row)),
      ]),
    );
  }
  const tryWith = async (item: OpenItem): Promise<string | undefined> => {
    const thief = await Keyring.open({
      database: cluster.database,
      root: bench.root,
      slots: bench.slots,
      cacheFor: 0,
      pollEvery: 60_000,
    });
    try {
      const [outcome] = await thief.sealer.open(TENANT, [item]);
      return outcome?.plaintext?.toString();
    } finally {
      await thief.close();
    }
  };
  return {
    reads: async (item) => {
      const asItIs = await tryWith(item).catch(lockedOut);
      if (asItIs !== undefined) return asItIs;
      // Every key that is in the slots now, in place of the one the copy asks for.
      for (const name of await readdir(bench.slots[0])) {
        await cluster.admin.transaction((sql) =>
          sql.query(`update keyring.epoch set key_name = $1 where state <> 'ended'`, [name]),
        );
        const read = await tryWith(item).catch(lockedOut);
        if (read !== undefined) return read;
      }
      return undefined;
    },
  };
}

function lockedOut(error: unknown): undefined {
  if (error instanceof Fault && /^sealing\/(epoch-gone|not-this-key)$/.test(error.code)) return undefined;
  throw error;
}

/** A part as collection would hand it over; what a test is about is said, the rest is made up. */
export const part = (of: Partial<SealItem> & { time: PartTime }): SealItem => ({
  part: newPart(),
  subject: newSubject(),
  compartment: 'contract',
  plaintext: Buffer.from('演出票 1 张'),
  ...of,
});

/** Seals one part, which must succeed, and gives what it takes to open it. */
export async function sealed(keyring: Keyring, item: SealItem, tenant = TENANT): Promise<OpenItem> {
  const [outcome] = await keyring.sealer.seal(tenant, [item]);
  if (outcome?.sealed === undefined) throw new Error(`not sealed: ${String(outcome?.reason)}`);
  const { plaintext: _, generation: __, ...labels } = item;
  return { ...labels, sealed: outcome.sealed };
}

/** The text of a part, or why there is none. */
export async function read(keyring: Keyring, item: OpenItem, tenant = TENANT): Promise<string> {
  const [outcome] = await keyring.sealer.open(tenant, [item]);
  return outcome?.plaintext === undefined ? `-${String(outcome?.reason)}` : outcome.plaintext.toString();
}
