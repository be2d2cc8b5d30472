import type { SubjectRef, TenantId } from '@lethe/kernel';
import { newRef } from '@lethe/platform';
import { testContext } from '@lethe/testing';
import { consent } from './consent.module.ts';

export const person = (): SubjectRef => newRef() as SubjectRef;

/** Consent on a real PostgreSQL; its peers have applied what the test says. */
export async function startConsent() {
  const test = await testContext(consent);
  /** Which services have applied whatever they are asked about. */
  const applied = new Set<string>(['collection', 'consent', 'retention', 'erasure']);
  const asked: string[] = [];
  Object.assign(test.peers, {
    applied: (service: string) => {
      asked.push(service);
      return Promise.resolve(applied.has(service));
    },
  });
  /** What has been announced of one kind about a tenant, with its slot, oldest first. */
  const told = async (tenant: TenantId, type: string) => {
    const rows = await test.database.admin.transaction((sql) =>
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
  return { test, applied, asked, told };
}
