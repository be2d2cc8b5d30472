import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of one tick of `/proc`: USER_HZ is 100 wherever Linux runs. */
const TICK_MS = 10;

/**
 * User and system CPU that this process and everything under it (both clusters, with the backends that have ended) has used so far,
 * in milliseconds; undefined where there is no `/proc`. Wall time tells what else the machine was doing, this does not.
 */
export function cpuSoFar() {
  let pids;
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  const processes = new Map();
  for (const pid of pids) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // The name may hold spaces and brackets; what follows it does not.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // utime, stime, and both of the children that have been waited for.
      const ticks = fields.slice(11, 15).reduce((sum, value) => sum + Number(value), 0);
      processes.set(Number(pid), { parent: Number(fields[1]), ticks });
    } catch {
      // It has ended meanwhile; its parent has its time.
    }
  }
  const ours = (pid) => {
    for (let at = pid; at !== undefined && at > 1; at = processes.get(at)?.parent) if (at === process.pid) return true;
    return false;
  };
  let ticks = 0;
  for (const [pid, each] of processes) if (ours(pid)) ticks += each.ticks;
  return ticks * TICK_MS;
}
