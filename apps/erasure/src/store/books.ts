import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@lethe/kernel';
import { Ledger, MerkleLog, SigningKeys } from '@lethe/ledger';

/** A writer that was killed on another machine is taken for dead after 20 s. */
const WAIT_FOR_LOCK_MS = 30_000;

/** What is not in the database: the replay list, the log, and the keys that sign. One writer in the world. */
export class Books {
  private constructor(
    readonly ledger: Ledger,
    readonly log: MerkleLog,
    readonly keys: SigningKeys,
    /** Names this installation on its certificates. */
    readonly instance: string,
  ) {}

  /** @throws Fault `conflict` while another process writes there; `unavailable` when something there is damaged */
  static async open(ledgerFolder: string, secretsFolder: string): Promise<Books> {
    await mkdir(ledgerFolder, { recursive: true, mode: 0o700 });
    const instance = await instanceIn(ledgerFolder);
    const keys = await SigningKeys.open(join(secretsFolder, 'ledger'));
    const ledger = await patiently(() => Ledger.open(join(ledgerFolder, 'ledger')));
    try {
      const log = await patiently(() => MerkleLog.open(join(ledgerFolder, 'log'), keys, `lethe/${instance}`));
      return new Books(ledger, log, keys, instance);
    } catch (error) {
      await ledger.close();
      throw error;
    }
  }

  /** Why nothing more can be written here, if so: then the process must be started again. */
  fault(): string | undefined {
    return this.ledger.fault() ?? this.log.fault();
  }

  async close(): Promise<void> {
    await Promise.all([this.ledger.close(), this.log.close()]);
  }
}

async function patiently<Opened>(open: () => Promise<Opened>): Promise<Opened> {
  const until = performance.now() + WAIT_FOR_LOCK_MS;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'ledger/second-writer' || performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

async function instanceIn(folder: string): Promise<string> {
  const path = join(folder, 'instance');
  await writeFile(path, randomUUID(), { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return (await readFile(path, 'utf8')).trim();
}
