import { readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const WAIT_MS = 20_000;

/**
 * After a SIGKILL of Lethe its server may still run, or have left `postmaster.pid` behind. The first is ended (its parent is
 * dead, and the home's lock is ours), the second removed when its process is another program's.
 */
export async function endStray(cluster: string): Promise<void> {
  const pid = postmasterOf(cluster);
  if (pid === undefined) return;
  if (!isAlive(pid)) return;
  if (!worksIn(pid, cluster)) {
    rmSync(join(cluster, 'postmaster.pid'), { force: true });
    return;
  }
  signal(pid, 'SIGINT');
  const deadline = Date.now() + WAIT_MS;
  while (isAlive(pid) && worksIn(pid, cluster)) {
    if (Date.now() > deadline) signal(pid, 'SIGQUIT');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function postmasterOf(cluster: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** True unless the system can say that the process works elsewhere; without /proc PostgreSQL's own check decides. */
function worksIn(pid: number, cluster: string): boolean {
  try {
    return realpathSync(`/proc/${String(pid)}/cwd`) === realpathSync(cluster);
  } catch {
    return process.platform !== 'linux';
  }
}

function signal(pid: number, name: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone meanwhile.
  }
}
