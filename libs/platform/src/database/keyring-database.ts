import { join } from 'node:path';
import {
  forgettingFunctions,
  Keyring,
  keyringGrants,
  keyringTables,
  resolveFunction,
  sweepKeepsMatters,
  tenantForgetsIntake,
  tenantFunctions,
  type Root,
} from '@lethe/sealing';
import type { Marks } from '@lethe/messaging';
import { KeyringWatch } from '../keyring-watch.ts';
import type { DatabaseAddress } from './address.ts';
import { migrate } from './migrate.ts';
import { migrationOf } from './migrations.ts';
import { TypeOrmDatabase } from './typeorm-database.ts';

/** The ways into the keyring's cluster. */
export interface KeyringAddresses {
  readonly owner?: DatabaseAddress;
  readonly login: DatabaseAddress;
  /** The only one that reaches the keys of isolated backups. */
  readonly quarantine: DatabaseAddress;
}

export interface OpenKeyring {
  readonly keyring: Keyring;
  /** Proves that the cluster answers. */
  readonly database: TypeOrmDatabase;
  close(): Promise<void>;
}

const STEPS = [
  { number: 1_700_000_000_000, name: 'keyring', statements: [keyringTables] },
  { number: 1_796_500_000_000, name: 'candidates-joined', statements: [resolveFunction] },
  { number: 1_797_100_000_000, name: 'tenant-end', statements: [tenantFunctions] },
  { number: 1_799_600_000_001, name: 'tenant-end-intake', statements: [tenantForgetsIntake] },
  { number: 1_800_100_000_000, name: 'matters-forgotten', statements: [forgettingFunctions] },
  { number: 1_800_200_000_000, name: 'shared-matters', statements: [sweepKeepsMatters] },
  { number: 1_800_200_000_001, name: 'matters-of-kept', statements: [sweepKeepsMatters] },
];

/**
 * Migrates the keyring's own database and opens it.
 * @param folders `keys` (first slot of the epoch keys), `secrets` (second slot); no backup may hold either
 * @param root what the epoch keys are wrapped under
 * @param marks of the keyring alone, kept where no copy of its cluster goes
 * @param alone no other process can hold keys of this cluster: those that were killed are signed off at once
 * @throws Fault `unavailable` `sealing/rolled-back` where the cluster has forgotten that a key was destroyed, `sealing/keyring-gone` where
 *   it is empty and has served before
 */
export async function openKeyring(
  addresses: KeyringAddresses,
  folders: { readonly keys: string; readonly secrets: string },
  root: Root,
  marks: Marks,
  alone = false,
  onFault?: (error: unknown) => void,
): Promise<OpenKeyring> {
  if (addresses.owner !== undefined) {
    await migrate(addresses.owner, [{ database: 'keyring', steps: STEPS.map(migrationOf) }], undefined, [
      keyringGrants({ service: addresses.login.user, quarantine: addresses.quarantine.user }),
    ]);
  }
  const watch = new KeyringWatch(marks);
  const refuse = () => watch.fault();
  const database = await TypeOrmDatabase.open(addresses.login, {
    applicationName: 'lethe-keyring',
    onConnect: (client) => watch.look(client),
    refuse,
  });
  const quarantine = await TypeOrmDatabase.open(addresses.quarantine, {
    applicationName: 'lethe-quarantine',
    poolSize: 1,
    refuse,
  });
  const keyring = await Keyring.open({
    database,
    quarantine,
    root,
    alone,
    onEviction: (number) => watch.raise(number),
    slots: [join(folders.keys, 'epoch'), join(folders.secrets, 'epoch')],
    ...(onFault === undefined ? {} : { onFault }),
  });
  return {
    keyring,
    database,
    close: async () => {
      await keyring.close();
      await Promise.all([database.close(), quarantine.close()]);
    },
  };
}
