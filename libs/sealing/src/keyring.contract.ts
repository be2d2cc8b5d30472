import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import type { PartId, SubjectRef, TenantId } from '@lethe/kernel';
import { migrations, TypeOrmDatabase } from '@lethe/platform';
import { startDatabase, type TestDatabase } from '@lethe/testing';
import { FileRoot } from './root.ts';
import { Keyring, type KeyringOptions } from './keyring.ts';
import { keyringGrants, keyringTables } from './keyring-tables.ts';
import type { OpenItem, PartTime, SealItem } from './seal-item.ts';

export const TENANT = 'damai' as TenantId;
export const newPart = (): PartId => randomUUID() as PartId;
export const newSubject = (): SubjectRef => randomBytes(16).toString('base64url') as SubjectRef;

/** A keyring cluster with its two logins, a root and two slots; each `keyring()` is one process more. */
export interface KeyringBench {
  readonly cluster: TestDatabase;
  readonly quarantine: TypeOrmDatabase;
  readonly slots: readonly [string, string];
  readonly folder: string;
  readonly root: FileRoot;
  keyring(options?: Partial<KeyringOptions>): Promise<Keyring>;
  stop(): Promise<void>;
}

export async function startKeyring(): Promise<KeyringBench> {
  const statements = [keyringTables, keyringGrants({ service: 'lethe_service' })];
  const cluster = await startDatabase({ migrations: migrations('keyring', [{ number: 1766400000000, name: 'keyring', statements }]) });
  const name = `${cluster.addresses.login.user}_quarantine`;
  await cluster.admin.transaction(async (sql) => {
    await sql.query(`create role ${name} login password 'quarantine'`);
    await sql.query(`grant connect on database ${cluster.addresses.login.database} to ${name}`);
    await sql.query(`grant usage on schema isolation to ${name}`);
    await sql.query(`grant execute on function isolation.open_backup_key(text, text, text, text, text, text) to ${name}`);
  });
  const quarantine = await TypeOrmDatabase.open({ ...cluster.addresses.login, user: name, password: 'quarantine' }, { poolSize: 2 });
  const folder = await mkdtemp(join(tmpdir(), 'lethe-keys-'));
  const slots = [join(folder, 'slot-a'), join(folder, 'slot-b')] as const;
  const root = await FileRoot.open(join(folder, 'root'), { create: true });
  const open: Keyring[] = [];
  return {
    cluster, quarantine, slots, folder, root,
    keyring: async (options = {}) => {
      const keyring = await Keyring.open({ database: cluster.database, quarantine, root, slots, pollEvery: 50, ...options });
      open.push(keyring);
      return keyring;
    },
    stop: async () => {
      for (const keyring of open) await keyring.close().catch(() => undefined);
      await quarantine.close();
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
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
