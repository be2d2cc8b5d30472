import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpTransport } from '@lethe/client';
import { collection } from '@lethe/collection';
import { consent } from '@lethe/consent';
import { http } from '@lethe/contracts';
import { erasure } from '@lethe/erasure';
import { bootstrap } from '@lethe/platform';
import { retention } from '@lethe/retention';
import pg from 'pg';
import { until } from './rounds.js';

const SERVICES = ['collection', 'consent', 'retention', 'erasure'];
export const SLOTS = 4;
/** Where floors keep their tables: in the cluster and database of what they stand beside, under the same settings. */
export const FLOOR = 'bench_floor';

/** Lethe as `npm start` runs it, on a home and a port of its own, and the administrator's view of its data cluster. */
export class Instance {
  #running;
  #pools = new Map();
  #tokens = new Map();

  static async start(home, policies) {
    const instance = new Instance();
    instance.home = home;
    // The floor of ingest needs the very log that the services use, rotate the keyring: collection hands them out on its way.
    const handingOut = {
      ...collection,
      open: (context) => {
        Object.assign(instance, { log: context.log, keyring: context.keyring });
        return collection.open(context);
      },
    };
    instance.#running = await bootstrap([handingOut, consent, retention, erasure], {
      mode: 'development',
      home,
      host: '127.0.0.1',
      port: 0,
      slots: SLOTS,
      trustedProxies: [],
      region: 'CN',
      policies,
    });
    instance.url = instance.#running.url;
    await instance.sql('collection', `create schema if not exists ${FLOOR}`);
    return instance;
  }

  async stop() {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
    await this.#running.stop();
  }

  /** How the administrator, whom row-level security does not stop, reaches a database. */
  address(service) {
    return {
      host: '127.0.0.1',
      port: Number(readFileSync(join(this.home, 'data/port'), 'utf8')),
      user: 'lethe_admin',
      password: readFileSync(join(this.home, 'secrets/data-admin-password'), 'utf8').trim(),
      database: `lethe_${service}`,
    };
  }

  pool(service) {
    const known = this.#pools.get(service);
    if (known !== undefined) return known;
    const pool = new pg.Pool({ ...this.address(service), max: 5 });
    pool.on('error', () => undefined);
    this.#pools.set(service, pool);
    return pool;
  }

  async sql(service, text, values) {
    return (await this.pool(service).query(text, values)).rows;
  }

  async token(tenant, role, sub = `bench-${role}`) {
    const key = `${tenant} ${role} ${sub}`;
    const known = this.#tokens.get(key);
    if (known !== undefined && known.until > Date.now()) return known.token;
    const response = await fetch(new URL('/v1/development/token', this.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant, role, sub }),
    });
    if (!response.ok) throw new Error(`no token: ${response.status}`);
    const { token } = await response.json();
    this.#tokens.set(key, { token, until: Date.now() + 3 * 60_000 });
    return token;
  }

  ask(tenant, role, route, asking = {}) {
    return new HttpTransport(this.url, () => this.token(tenant, role)).ask(route, asking);
  }

  async open(tenant) {
    await this.ask(tenant, 'operator', http.OpenTenant, { body: { tenant, pack: 'damai' } });
    await this.quiet();
  }

  /**
   * Resolves when nothing of what was done is still under way: every outbox is empty, every consumer has applied what was appended.
   * A floor that ran beside our own aftermath would look slower than it is.
   */
  async quiet() {
    await until('everything is quiet', async () => {
      const heads = new Map();
      for (const service of SERVICES) {
        const [waiting] = await this.sql(service, 'select exists (select 1 from outbox where number is null) as some');
        if (waiting.some) return false;
        for (const row of await this.sql(service, 'select topic, slot, number, appended from slot_head')) {
          if (row.number !== row.appended) return false;
          heads.set(`${row.topic}/${row.slot}`, BigInt(row.number));
        }
      }
      for (const service of SERVICES) {
        for (const row of await this.sql(service, 'select topic, slot, number from position'))
          if (BigInt(row.number) < (heads.get(`${row.topic}/${row.slot}`) ?? 0n)) return false;
      }
      return true;
    });
  }
}
