import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** The cores that this process may use, by number; none where that cannot be said or no process can be kept on one. */
function cores(): number[] {
  try {
    if (spawnSync('taskset', ['--version']).status !== 0) return [];
    const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return list.split(',').flatMap((range) => {
      const [first = NaN, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, n) => first + n);
    });
  } catch {
    return [];
  }
}

/** How a process is started that keeps to one core, with all that it starts. */
export interface Seat {
  readonly execPath: string;
  readonly execArgv: readonly string[];
}

/**
 * Places for processes of which each waits for its database and its database for it: on one core neither wakes another core, nor
 * finds its memory there. One place more than there are cores.
 */
export function seats(): Seat[] {
  const known = cores();
  const seat = (_: unknown, n: number): Seat =>
    known.length === 0
      ? { execPath: process.execPath, execArgv: [] }
      : { execPath: 'taskset', execArgv: ['-c', String(known[n % known.length]), process.execPath] };
  return Array.from({ length: availableParallelism() + 1 }, seat);
}
