import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startKafka, startPostgresContainer, type KafkaServer, type PostgresServer } from '@lethe/testing';
import { Auditor } from './auditor.ts';
import { freePort, LetheProcess, NODE, ROOT } from './lethe-process.ts';

export const SERVICES = ['collection', 'consent', 'retention', 'erasure'] as const;
export type ServiceName = (typeof SERVICES)[number];
export const SLOTS = 4;

const LETHE = join(ROOT, 'apps/lethe/bin/lethe.js');

/** Four services as processes of their own on a real broker and two real servers, as compose runs them, without its containers. */
export class Cluster {
  private constructor(
    readonly home: string,
    readonly kafka: KafkaServer,
    readonly servers: { readonly data: PostgresServer; readonly keys: PostgresServer },
    readonly services: Readonly<Record<ServiceName, LetheProcess>>,
    /** Beside the services, and stopped with them. */
    private readonly replicas: LetheProcess[] = [],
  ) {}

  static async start(folder: string): Promise<Cluster> {
    const settings = { max_connections: '200' };
    const [kafka, data, keys] = await Promise.all([
      startKafka(),
      startPostgresContainer({ settings }),
      startPostgresContainer(),
    ]);
    const home = join(folder, 'home');
    const ports = await Promise.all(SERVICES.map(() => freePort()));
    const env: Record<string, string> = {
      LETHE_HOME: home,
      LETHE_SLOTS: String(SLOTS),
      LETHE_KAFKA: kafka.brokers.join(','),
      LETHE_DATA_URL: data.url,
      ...Object.fromEntries(
        SERVICES.map((name, nth) => [`LETHE_${name.toUpperCase()}_URL`, `http://127.0.0.1:${String(ports[nth])}`]),
      ),
    };
    const path = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/' };
    await promisify(execFile)(NODE, [LETHE, 'init'], { env: { ...path, ...env, LETHE_KEYS_URL: keys.url } });
    const process_ = (name: ServiceName, nth: number) =>
      new LetheProcess({
        command: [LETHE, 'serve', '--service', name],
        env: name === 'collection' ? { ...env, LETHE_KEYS_URL: keys.url } : env,
        port: ports[nth] ?? 0,
        logFile: join(folder, `${name}.log`),
        supervised: true,
      });
    const services = Object.fromEntries(SERVICES.map((name, nth) => [name, process_(name, nth)])) as Record<
      ServiceName,
      LetheProcess
    >;
    const cluster = new Cluster(home, kafka, { data, keys }, services);
    await Promise.all(SERVICES.map((name) => services[name].launch()));
    await Promise.all(SERVICES.map((name) => services[name].ready()));
    return cluster;
  }

  get addresses(): Readonly<Record<ServiceName, string>> {
    return Object.fromEntries(SERVICES.map((name) => [name, this.services[name].url])) as Record<ServiceName, string>;
  }

  get data(): Auditor {
    return Auditor.at(this.servers.data.url);
  }

  get keys(): Auditor {
    return Auditor.at(this.servers.keys.url);
  }

  /** One process more of a service, on a port of its own; it is started by the caller. */
  async replica(name: ServiceName): Promise<LetheProcess> {
    const { options } = this.services[name];
    const replica = new LetheProcess({
      ...options,
      port: await freePort(),
      logFile: `${options.logFile}.${String(this.replicas.length + 2)}`,
    });
    this.replicas.push(replica);
    return replica;
  }

  /** Killed as by the kernel, and started again by whoever watches over it. */
  async killAndStart(name: ServiceName): Promise<void> {
    await this.services[name].kill();
    await this.services[name].start();
  }

  /** The files below the data folders of both servers and of the broker that hold one of these byte strings. */
  async filesHolding(needles: readonly Buffer[]): Promise<string[]> {
    const pattern = needles
      .map((needle) => [...needle].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''))
      .join('|');
    const places = [
      ['data', this.servers.data.container, '/var/lib/postgresql/data'],
      ['keys', this.servers.keys.container, '/var/lib/postgresql/data'],
      ['kafka', this.kafka.container, '/var/lib/kafka/data'],
    ] as const;
    const found: string[] = [];
    for (const [name, container, folder] of places) {
      await container.copyContentToContainer([{ content: pattern, target: '/tmp/needles' }]);
      const { output, exitCode } = await container.exec(['sh', '-c', `LC_ALL=C grep -rlaP -f /tmp/needles ${folder}`]);
      if (exitCode > 1 && !/No such file/.test(output))
        throw new Error(`${name} could not be searched: ${output.slice(0, 500)}`);
      found.push(
        ...output
          .split('\n')
          .filter((line) => line.startsWith('/'))
          .map((line) => `${name}:${line}`),
      );
    }
    return found;
  }

  async stop(): Promise<void> {
    await Promise.all([...Object.values(this.services), ...this.replicas].map((each) => each.stop()));
    await Promise.all([this.kafka.stop(), this.servers.data.stop(), this.servers.keys.stop()]);
  }
}
