import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres, type EmbeddedPostgresOptions } from '@lethe/platform';

/** Made-up and the same everywhere: a test server listens on loopback, holds made-up people, and is gone in a minute. */
const PASSWORD = 'only-for-tests';

/** Of main memory where there is enough of it: nobody needs the files of a test when it is over. */
const MEMORY = '/dev/shm';
const ENOUGH = 2 ** 31;

export interface TestPostgres {
  readonly server: EmbeddedPostgres;
  /** Of the cluster and the server's log: what a leak test searches. */
  readonly folder: string;
  stop(): Promise<void>;
}

/**
 * A server for one spec file; nothing is forced to disk. The empty cluster is made once on a machine, then copied. It ends
 * with the test process, however that ends.
 * @param options `inMemory`: its files are kept in main memory where the machine has 2 GiB to spare for them
 */
export async function startPostgres(
  options: Pick<EmbeddedPostgresOptions, 'settings' | 'socket'> & { readonly inMemory?: boolean } = {},
): Promise<TestPostgres> {
  const cached = join(tmpdir(), `lethe-test-cluster-18.4-${String(process.getuid?.() ?? 0)}`);
  if (!existsSync(join(cached, 'PG_VERSION'))) await makeOnce(cached);
  const { inMemory = false, ...given } = options;
  const folder = ownFolder(inMemory && hasRoom() ? MEMORY : tmpdir());
  const copied = spawnSync('cp', ['-a', cached, join(folder, 'cluster')]);
  if (copied.status !== 0) rmSync(join(folder, 'cluster'), { recursive: true, force: true });
  const server = await EmbeddedPostgres.start({ ...given, folder, password: PASSWORD, volatile: true });
  return {
    server,
    folder,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function makeOnce(cached: string): Promise<void> {
  const folder = ownFolder(tmpdir());
  const server = await EmbeddedPostgres.start({ folder, password: PASSWORD, volatile: true });
  await server.stop();
  try {
    renameSync(join(folder, 'cluster'), cached);
  } catch {
    // Another test process was first.
  }
  rmSync(folder, { recursive: true, force: true });
}

function hasRoom(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ENOUGH;
}

function ownFolder(below: string): string {
  const folder = mkdtempSync(join(below, 'lethe-test-'));
  chmodSync(folder, 0o711);
  return folder;
}
