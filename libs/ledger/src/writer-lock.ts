import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Fault } from '@lethe/kernel';

const RENEW_MS = 2_000;
/** A writer on another machine is taken for dead when it has not renewed its lock for this long. */
const STALE_MS = 20_000;

interface Holder {
  readonly token: string;
  readonly host: string;
  readonly pid: number;
  /** Tells a process from a later one with the same pid: its start, in ticks since boot, where the system says it. */
  readonly start: string;
}

const startOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[19] ?? '';
  } catch {
    return '';
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/**
 * One writer per folder, across processes and containers that share a volume. Node has no flock: the lock is a file that
 * names its holder, is renewed while the holder lives, and is asked for again before anything is called durable.
 */
export class WriterLock {
  private readonly renewal: NodeJS.Timeout;

  private constructor(
    private readonly path: string,
    private readonly token: string,
  ) {
    this.renewal = setInterval(() => {
      const now = new Date();
      utimes(this.path, now, now).catch(() => undefined);
    }, RENEW_MS);
    this.renewal.unref();
  }

  /** @throws Fault `conflict` while another writer holds it */
  static async take(path: string): Promise<WriterLock> {
    const holder: Holder = { token: randomUUID(), host: hostname(), pid: process.pid, start: startOf(process.pid) };
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const aside = join(dirname(path), `.${basename(path)}.${holder.token}`);
      try {
        // It says whose it is from the moment at which it is there, however full the disk.
        await writeFile(aside, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
        await link(aside, path);
        return new WriterLock(path, holder.token);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      } finally {
        await rm(aside, { force: true });
      }
      if (!(await isStale(path))) break;
      // Whoever renames it away has the right to the next attempt; the loser finds the winner's file.
      await rename(path, aside).catch(() => undefined);
      await rm(aside, { force: true });
    }
    throw new Fault('conflict', 'ledger/second-writer', 'another process writes here');
  }

  /** @throws Fault `conflict` if the lock is another's by now */
  async confirm(): Promise<void> {
    const text = await readFile(this.path, 'utf8').catch(() => '');
    if (!text.includes(this.token))
      throw new Fault('conflict', 'ledger/lock-lost', 'another process writes here by now');
  }

  async release(): Promise<void> {
    clearInterval(this.renewal);
    const text = await readFile(this.path, 'utf8').catch(() => '');
    if (text.includes(this.token)) await rm(this.path, { force: true });
  }
}

/** Undefined for one that an earlier version had begun to write when the disk was full, or the power went. */
function holderIn(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const old = Date.now() - mtimeMs > STALE_MS;
    const holder = holderIn(text);
    if (holder?.host !== hostname()) return old;
    return !isAlive(holder.pid) || startOf(holder.pid) !== holder.start;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
