import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryMarks, type Marks } from '@lethe/messaging';
import { openKeyring, prepareDatabases, type OpenKeyring } from '@lethe/platform';
import { FileRoot } from '@lethe/sealing';
import type { TestPostgres } from './test-postgres.ts';

/** A keyring in a database of its own on a test's server; its epoch keys and root below `folder`. */
export async function startKeyring(
  postgres: TestPostgres,
  folder: string,
  marks: Marks = new MemoryMarks(),
): Promise<OpenKeyring> {
  const server = postgres.server.admin;
  const at = (user: string) => ({ ...server, database: 'lethe_keyring', user, password: 'keyring' });
  const [owner, login, quarantine] = [at('lethe_keyring_owner'), at('lethe_keyring'), at('lethe_quarantine')];
  await prepareDatabases(server, [{ database: 'lethe_keyring', owner, login, others: [quarantine] }]);
  const folders = { keys: join(folder, 'keys'), secrets: join(folder, `secrets-${randomBytes(4).toString('hex')}`) };
  for (const path of Object.values(folders)) mkdirSync(path, { recursive: true, mode: 0o700 });
  const root = await FileRoot.open(join(folders.secrets, 'keyring-root'), { create: true });
  return openKeyring({ owner, login, quarantine }, folders, root, marks);
}
