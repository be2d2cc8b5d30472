import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { Fault } from '@lethe/kernel';

/**
 * One process at a time works in a home: two postmasters over one cluster would destroy it. The lock names its holder by
 * process id and start time, so that a lock left by a killed process is known for what it is.
 * @throws Fault `conflict` `platform/home-in-use`
 */
export function takeLock(file: string): () => void {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const descriptor = openSync(file, 'wx', 0o600);
      writeSync(descriptor, `${String(process.pid)} ${startOf(process.pid) ?? '-'}\n`);
      closeSync(descriptor);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = read(file);
      if (holder !== undefined && isRunning(holder)) {
        throw new Fault(
          'conflict',
          'platform/home-in-use',
          `another Lethe (process ${String(holder.pid)}) works in this home`,
        );
      }
      rmSync(file, { force: true });
    }
  }
  throw new Fault('conflict', 'platform/home-in-use', 'another Lethe is starting in this home');
}

interface Holder {
  readonly pid: number;
  readonly start: string;
}

function read(file: string): Holder | undefined {
  try {
    const [pid, start] = readFileSync(file, 'utf8').trim().split(' ');
    return Number.isInteger(Number(pid)) && Number(pid) > 0 && start !== undefined
      ? { pid: Number(pid), start }
      : undefined;
  } catch {
    return undefined;
  }
}

function isRunning({ pid, start }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = startOf(pid);
  return now === undefined ? process.platform !== 'linux' : now === start;
}

/** Clock ticks after boot at which the process began, where the system says so. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return process.platform === 'linux' ? undefined : '-';
  }
}
