import { fileURLToPath } from 'node:url';
import type { Service } from '@lethe/contracts';
import { tenantId, type SubjectRef, type TenantId } from '@lethe/kernel';
import { MemoryEventLog, Outbox, Relay } from '@lethe/messaging';
import { newId, newRef, type Peers, type ServiceContext } from '@lethe/platform';
import { loadPack } from '@lethe/policy';
import { startDatabase } from '@lethe/testing';
import pg from 'pg';
import { consent } from './consent.module.ts';

export const SLOTS = 4;
export const DAMAI = tenantId('damai');
export const pack = loadPack(fileURLToPath(new URL('../../../policies/damai', import.meta.url)));
export const person = (): SubjectRef => newRef() as SubjectRef;

/** Consent on a real PostgreSQL; its events go to a log in memory, its peers answer what the test says. */
export async function startConsent() {
  const test = await startDatabase({ migrations: consent.migrations });
  const log = new MemoryEventLog({ slots: SLOTS });
  const outbox = new Outbox({ service: 'consent', slots: SLOTS, database: test.database });
  const { host, port, user, password, database } = test.addresses.login;
  const pool = new pg.Pool({ host, port, user, password, database, max: 2 });
  const relay = new Relay({ service: 'consent', pool, log, slots: SLOTS, outbox });
  relay.start();

  const clock = { machine: new Date('2026-03-02T02:00:00.000Z'), offsetMs: 0 };
  /** Which peers have applied whatever they are asked about. */
  const applied = new Set<string>(['collection', 'consent', 'retention', 'erasure'] satisfies Service[]);
  const asked: string[] = [];
  const peers: Peers = {
    ask: () => Promise.reject(new Error('not asked in these tests')),
    applied: (service) => {
      asked.push(service);
      return Promise.resolve(applied.has(service));
    },
  };
  const nothing = () => undefined;
  const context = {
    service: 'consent',
    config: { service: 'consent', mode: 'development', slots: SLOTS },
    database: test.database,
    outbox,
    log,
    peers,
    newId,
    newRef,
    packs: {
      pack: () => Promise.resolve(pack),
      named: () => ({ pack, version: pack.version, digest: pack.digest }),
      tenants: () => Promise.resolve([]),
    },
    clock: {
      machineNow: () => clock.machine,
      legalNow: () => Promise.resolve(new Date(clock.machine.getTime() + clock.offsetMs)),
      zone: () => Promise.resolve(pack.zone),
    },
    logger: { info: nothing, warn: nothing, error: nothing },
  } as unknown as ServiceContext;

  /** What the service has announced, oldest first. */
  const announced = async (type: string, tenant: TenantId = DAMAI) => {
    const rows = await test.admin.transaction((sql) =>
      sql.query<{ value: string; slot: number }>('select value, slot from outbox where tenant = $1 order by id', [
        tenant,
      ]),
    );
    return rows
      .map(({ value, slot }) => ({
        slot,
        ...(JSON.parse(value) as { type: string; subject?: string; data: Record<string, unknown> }),
      }))
      .filter((event) => event.type === type);
  };

  return {
    ...test,
    context,
    clock,
    applied,
    asked,
    announced,
    stop: async () => {
      await relay.stop();
      await pool.end();
      await test.stop();
    },
  };
}
