import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

interface Initialized {
  readonly keys_base64: readonly string[];
  readonly root_token: string;
}

/** A real OpenBao whose storage outlives it, so that it can be killed, brought back sealed, and put back from a copy. */
export class OpenBao {
  readonly address: string;
  readonly #config: string;
  #server: ChildProcess | undefined;
  #made: Initialized | undefined;

  /** @param program `LETHE_TEST_OPENBAO` */
  constructor(
    private readonly program: string,
    folder: string,
    [port, clusterPort]: readonly [number, number],
  ) {
    this.address = `http://127.0.0.1:${String(port)}`;
    this.storage = join(folder, 'storage');
    this.#config = join(folder, 'openbao.json');
    mkdirSync(this.storage, { recursive: true, mode: 0o700 });
    const [address, cluster_address] = [port, clusterPort].map((one) => `127.0.0.1:${String(one)}`);
    const config = {
      storage: { raft: { path: this.storage, node_id: 'one' } },
      listener: { tcp: { address, cluster_address, tls_disable: true } },
      api_addr: this.address,
      cluster_addr: `http://${cluster_address!}`,
    };
    writeFileSync(this.#config, JSON.stringify(config));
    process.once('exit', () => this.#server?.kill('SIGKILL'));
  }

  /** The folder it keeps everything in. */
  readonly storage: string;

  /** Sealed, once it was initialized. */
  async start(): Promise<void> {
    const server = (this.#server = spawn(this.program, ['server', `-config=${this.#config}`], {
      env: { PATH: process.env['PATH'] },
      stdio: 'ignore',
    }));
    await eventually(
      'OpenBao answers',
      async () => {
        if (server.exitCode !== null) throw new Error('OpenBao has ended');
        return (await fetch(`${this.address}/v1/sys/seal-status`)).ok;
      },
      30_000,
      () => server.exitCode !== null,
    );
    this.#made ??= (await this.#ask('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 })) as Initialized;
  }

  async unseal(): Promise<void> {
    await this.#ask('PUT', 'sys/unseal', { key: this.#made!.keys_base64[0] });
    await eventually('OpenBao is unsealed', async () => (await fetch(`${this.address}/v1/sys/health`)).ok);
  }

  /** As its administrator. */
  ask(path: string, body: unknown, method = 'POST'): Promise<unknown> {
    return this.#ask(method, path, body);
  }

  /** A token that may wrap and unwrap under one key, and nothing else. */
  async tokenFor(key: string): Promise<string> {
    const rules = ['encrypt', 'decrypt'].map((verb) => `path "transit/${verb}/${key}" { capabilities = ["update"] }`);
    await this.ask(`sys/policies/acl/${key}`, { policy: rules.join('\n') });
    const made = await this.ask('auth/token/create', { policies: [key], no_default_policy: true });
    return (made as { auth: { client_token: string } }).auth.client_token;
  }

  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  }

  async #ask(method: string, path: string, body: unknown): Promise<unknown> {
    const response = await fetch(`${this.address}/v1/${path}`, {
      method,
      headers: this.#made === undefined ? {} : { 'x-vault-token': this.#made.root_token },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  }
}
