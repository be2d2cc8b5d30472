import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPostgres, type TestPostgres } from '@lethe/testing';
import { freePort, LetheProcess, NODE, ROOT } from './lethe-process.ts';

const SERVICES = ['collection', 'consent', 'retention', 'erasure'] as const;
const LETHE = join(ROOT, 'apps/lethe/bin/lethe.js');

const urlOf = ({ admin }: TestPostgres['server']): string =>
  `postgres://${admin.user}:${admin.password}@${admin.host}:${String(admin.port)}/${admin.database}`;

/** Four services as processes of their own on two servers, with the embedded log or a broker between them. */
export class Fleet {
  private constructor(
    private readonly servers: readonly TestPostgres[],
    private readonly processes: readonly LetheProcess[],
  ) {}

  /** @param brokers absent: the embedded log, in the database that all of them reach */
  static async start(folder: string, brokers?: readonly string[]): Promise<Fleet> {
    mkdirSync(folder, { recursive: true });
    const servers = await Promise.all([startPostgres(), startPostgres()]);
    const [data, keys] = servers.map(({ server }) => urlOf(server));
    const ports = await Promise.all(SERVICES.map(() => freePort()));
    const env: Record<string, string> = {
      LETHE_HOME: join(folder, 'home'),
      LETHE_DATA_URL: data!,
      ...(brokers === undefined ? {} : { LETHE_KAFKA: brokers.join(','), LETHE_SLOTS: '4' }),
      ...Object.fromEntries(
        SERVICES.map((name, nth) => [`LETHE_${name.toUpperCase()}_URL`, `http://127.0.0.1:${String(ports[nth])}`]),
      ),
    };
    const withKeys = { ...env, LETHE_KEYS_URL: keys! };
    await promisify(execFile)(NODE, [LETHE, 'init'], {
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...withKeys },
    });
    const processes = SERVICES.map(
      (name, nth) =>
        new LetheProcess({
          command: [LETHE, 'serve', '--service', name],
          env: name === 'collection' ? withKeys : env,
          port: ports[nth]!,
          logFile: join(folder, `${name}.log`),
          supervised: true,
        }),
    );
    const fleet = new Fleet(servers, processes);
    try {
      await Promise.all(processes.map((each) => each.launch()));
      await Promise.all(processes.map((each) => each.ready()));
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  /** As `--target` takes it. */
  get target(): string {
    return SERVICES.map((name, nth) => `${name}=${this.processes[nth]!.url}`).join(',');
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((each) => each.stop()));
    await Promise.all(this.servers.map((each) => each.stop()));
  }
}
