import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { http } from '@lethe/contracts';
import type { SubjectRef, TenantId } from '@lethe/kernel';
import { newRef } from '@lethe/platform';
import { testContext } from '@lethe/testing';
import { consent } from './consent.module.ts';

export const person = (): SubjectRef => newRef() as SubjectRef;

/** Consent on a real PostgreSQL; its peers have applied what the test says, and collection holds nothing. */
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
  test.peers.answer(http.Holdings, () => ({ known: false, generation: 0, holdings: [] }));
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

const POLICY = readFileSync(fileURLToPath(new URL('../../../policies/damai/policy.yaml', import.meta.url)), 'utf8');

/** A policy like Damai's with other sections: each a top-level block of YAML, put in the place of the one it has. */
export function policyWith(sections: Readonly<Record<string, string>>, from = POLICY): string {
  return Object.entries(sections).reduce(
    (text, [name, yaml]) =>
      `${text.replace(new RegExp(`^${name}:.*\\n(?:(?:[ #].*)?\\n)*`, 'm'), '')}${name}:${yaml}\n`,
    from,
  );
}
