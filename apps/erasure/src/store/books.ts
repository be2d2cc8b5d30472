import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@lethe/kernel';
import { Ledger, MerkleLog, SigningKeys, type Head } from '@lethe/ledger';
import { FileMarks, writeOnce } from '@lethe/platform';

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
    private readonly marks: FileMarks,
  ) {}

  /**
   * @param folders `marks`: what is on another volume than the ledger and shows that some of it is gone
   * @throws Fault `conflict` while another process writes there; `unavailable` when something there is damaged or missing
   */
  static async open(folders: Readonly<Record<'ledger' | 'secrets' | 'marks', string>>): Promise<Books> {
    const { ledger: ledgerFolder, secrets: secretsFolder } = folders;
    await mkdir(ledgerFolder, { recursive: true, mode: 0o700 });
    const instance = await instanceIn(ledgerFolder);
    const keys = await SigningKeys.open(join(secretsFolder, 'ledger'));
    const marks = FileMarks.open(folders.marks, 'ledger');
    const opened: { close(): unknown }[] = [marks];
    try {
      const list = { head: headIn(marks, 'entries'), macsFrom: headIn(marks, 'macs-from') };
      const ledger = await patiently(() => Ledger.open(join(ledgerFolder, 'ledger'), keys.entriesKey(), list));
      opened.unshift(ledger);
      const head = headIn(marks, 'leaves');
      const log = await patiently(() => MerkleLog.open(join(ledgerFolder, 'log'), keys, `lethe/${instance}`, head));
      return new Books(ledger, log, keys, instance, marks);
    } catch (error) {
      for (const one of opened) await one.close();
      throw error;
    }
  }

  /** Why nothing more can be written here, if so. What a write that failed has left is cleared away first. */
  async fault(): Promise<string | undefined> {
    return (await this.ledger.mend()) ?? (await this.log.mend());
  }

  async close(): Promise<void> {
    await Promise.all([this.ledger.close(), this.log.close()]);
    this.marks.close();
  }
}

/** Of rows of numbers that begin with the installation and are told of nowhere else. */
function headIn(marks: FileMarks, what: 'entries' | 'leaves' | 'macs-from'): Head {
  const topic = `ledger.${what}`;
  return {
    highest: () => Math.max(0, ...marks.all().flatMap((mark) => (mark.topic === topic ? [mark.number] : []))),
    raise: (number) => {
      if (number > 0) marks.raise({ kind: 'told', under: 'ledger', topic, slot: 0, incarnation: 'ledger', number });
    },
  };
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
  writeOnce(path, randomUUID(), 0o400);
  return (await readFile(path, 'utf8')).trim();
}
