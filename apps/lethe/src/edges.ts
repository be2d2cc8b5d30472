import { readFileSync } from 'node:fs';
import { KafkaEdgeLog, type EdgeLog } from '@lethe/client';
import { Fault, tenantId } from '@lethe/kernel';
import type { Installation } from '@lethe/platform';
import { z } from 'zod';
import { makePlatformLogin, removePlatformLogin } from './platform-login.ts';

export interface EdgeOptions {
  /** `host:port`, separated by commas. */
  readonly kafka: string;
  /** A file as `lethe login` prints it: a login that may use the two topics of every tenant. */
  readonly kafkaLogin?: string | undefined;
  readonly kafkaTls?: boolean | undefined;
}

const login = z.object({ username: z.string().min(1), password: z.string().min(1) });

/**
 * The two topics of each tenant on Kafka, as a platform reaches them: with the login of that file; without one, but with the
 * broker's administrator (LETHE_KAFKA_ADMIN), with a login of its own for each tenant, which is gone when it is closed; else
 * with none.
 * @throws Fault `invalid` where the file is not a login; no value of it is repeated
 */
export function edges(
  { kafka, kafkaLogin, kafkaTls }: EdgeOptions,
  installation: Installation,
): (tenant: string) => EdgeLog {
  const brokers = kafka.split(',');
  const tls = kafkaTls === true ? { tls: true } : {};
  if (kafkaLogin !== undefined) {
    const given = loginIn(kafkaLogin);
    return (tenant) => new KafkaEdgeLog({ brokers, tenant, login: given, ...tls });
  }
  if (installation.kafka?.administration === undefined)
    return (tenant) => new KafkaEdgeLog({ brokers, tenant, ...tls });
  return (name) => {
    const tenant = tenantId(name);
    return new LoggedIn(
      async () => new KafkaEdgeLog({ brokers, tenant, login: await makePlatformLogin(installation, tenant), ...tls }),
      () => removePlatformLogin(installation, tenant),
    );
  };
}

function loginIn(file: string): z.output<typeof login> {
  const bad = (field: string): Fault =>
    new Fault('invalid', 'prove/not-a-login', `${file} is not a login as \`lethe login\` prints it: ${field}`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw bad('the file cannot be read');
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw bad('not JSON');
  }
  const read = login.safeParse(json);
  if (!read.success)
    throw bad([...new Set(read.error.issues.map(({ path }) => path.join('.') || 'no object'))].join(', '));
  return read.data;
}

/** An edge whose login is made when it is first used. */
class LoggedIn implements EdgeLog {
  #log: Promise<EdgeLog> | undefined;

  constructor(
    private readonly open: () => Promise<EdgeLog>,
    private readonly remove: () => Promise<void>,
  ) {}

  async slots(): Promise<number> {
    return (await this.#opened()).slots();
  }

  async send(...given: Parameters<EdgeLog['send']>): Promise<void> {
    return (await this.#opened()).send(...given);
  }

  async hear(...given: Parameters<EdgeLog['hear']>): ReturnType<EdgeLog['hear']> {
    return (await this.#opened()).hear(...given);
  }

  async follow(...given: Parameters<EdgeLog['follow']>): ReturnType<EdgeLog['follow']> {
    return (await this.#opened()).follow(...given);
  }

  async close(): Promise<void> {
    if (this.#log === undefined) return;
    try {
      await (await this.#log).close();
    } finally {
      await this.remove();
    }
  }

  /** What could not be opened is opened again when it is used again. */
  #opened(): Promise<EdgeLog> {
    this.#log ??= this.open().catch((error: unknown) => {
      this.#log = undefined;
      throw error;
    });
    return this.#log;
  }
}
