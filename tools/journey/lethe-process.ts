import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The Node that the project brings, or this one. */
export const NODE = projectNode();
/** A first start builds what is missing and makes two clusters; this machine may be busy. */
const READY_WITHIN_MS = 240_000;

export interface ProcessOptions {
  /** After `node`: a script and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  /** Everything it prints is appended here. */
  readonly logFile: string;
  /** Started anew when it ends by itself, as an orchestrator does; otherwise that is said aloud. */
  readonly supervised?: boolean;
}

/** A Lethe in a process group of its own, as an operating system sees it: started, asked whether it is ready, killed. */
export class LetheProcess {
  readonly url: string;
  #child: ChildProcess | undefined;
  #ending = false;

  constructor(readonly options: ProcessOptions) {
    this.url = `http://127.0.0.1:${String(options.port)}`;
    process.once('exit', () => this.#signal('SIGKILL'));
  }

  /** All services in one process on the embedded servers, as `npm start` runs it. */
  static embedded(home: string, port: number, logFile: string): LetheProcess {
    const command = [join(ROOT, 'apps/lethe/bin/lethe.js'), 'start'];
    return new LetheProcess({ command, env: { LETHE_HOME: home }, port, logFile });
  }

  /** Resolves when `/health/ready` answers 200. @throws Error with what it printed when it ends instead */
  async start(crashAt?: string): Promise<void> {
    await this.launch(crashAt);
    await this.ready();
  }

  /** @param crashAt it ends, as by SIGKILL, when it comes to this crash point, and nobody starts it anew */
  async launch(crashAt?: string): Promise<void> {
    const { command, port, logFile } = this.options;
    const env = { ...this.options.env, ...(crashAt === undefined ? {} : { LETHE_CRASH_AT: crashAt }) };
    const log = openSync(logFile, 'a', 0o600);
    this.#child = spawn(NODE, [...command], {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', log, log],
      env: {
        ...{ PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/' },
        ...{ LETHE_PORT: String(port), LETHE_REGION: 'CN', ...env },
      },
    });
    closeSync(log);
    this.#ending = false;
    this.#child.once('exit', (code, signal) => {
      if (this.#ending || crashAt !== undefined) return;
      if (this.options.supervised === true) return void this.launch();
      console.error(
        `${command.join(' ')} ended by itself (${String(code ?? signal)}):\n${this.printed().slice(-4_000)}`,
      );
    });
    await new Promise((resolve, reject) => this.#child?.once('spawn', resolve).once('error', reject));
  }

  async ready(): Promise<void> {
    await eventually(
      `${this.url} is ready`,
      async () => {
        if (this.#ended() && this.options.supervised !== true)
          throw new Error(`it ended instead of starting:\n${this.printed().slice(-2_000)}`);
        return (await fetch(`${this.url}/health/ready`)).status === 200;
      },
      READY_WITHIN_MS,
      // A process that has ended will not answer later.
      () => this.#ended() && this.options.supervised !== true,
    );
  }

  /** Resolves once the process has ended by itself, as it does at a crash point: was it killed? The servers it started live on. */
  async killed(): Promise<boolean> {
    const child = this.#child;
    this.#ending = true;
    if (child === undefined) return false;
    if (!this.#ended()) await new Promise((resolve) => child.once('exit', resolve));
    // The command passes on how what it has started ended.
    return child.signalCode === 'SIGKILL' || child.exitCode === 128 + constants.signals.SIGKILL;
  }

  /** SIGKILL to the whole process group; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** As Ctrl-C or an orchestrator would. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  printed(): string {
    return readFileSync(this.options.logFile, 'utf8');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#ending = true;
    if (child === undefined || this.#ended()) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    this.#signal(signal);
    await gone;
  }

  #ended(): boolean {
    return this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined || this.#ended()) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Gone meanwhile.
    }
  }
}

/** SIGKILL to the embedded servers of a home: nothing is flushed, nothing is closed. */
export function killServers(home: string): void {
  for (const cluster of ['data/cluster', 'keys/cluster/cluster']) {
    try {
      const [pid] = readFileSync(join(home, cluster, 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended with its parent.
    }
  }
}

function projectNode(): string {
  try {
    const require = createRequire(import.meta.url);
    return join(dirname(require.resolve(`node-${process.platform}-${process.arch}/package.json`)), 'bin/node');
  } catch {
    return process.execPath;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
