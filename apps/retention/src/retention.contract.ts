import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { events, http } from '@lethe/contracts';
import type { MatterId, PartId, RecordId, SubjectRef, TenantId } from '@lethe/kernel';
import { newId, newRef } from '@lethe/platform';
import { testContext, type TestContext, type TestContextOptions } from '@lethe/testing';
import { retention } from './retention.module.ts';
import { RetentionSweep } from './retention.sweep.ts';

/** Retention on a real PostgreSQL; a test tells it what collection would. */
export async function startRetention(options?: TestContextOptions): Promise<TestContext> {
  const test = await testContext(retention, options);
  // Or it would order what the first test admits.
  await test.inside(RetentionSweep).idle();
  return test;
}

/** A noon of the tenants' zone, and its day. */
export const NOON = new Date('2026-03-02T04:00:00.000Z');
export const TODAY = '2026-03-02';

/** Of the test that runs: see `eachWithItsTenant`. */
export let rig: TestContext;
export let tenant: TenantId;

/**
 * One retention for the file, and for each test a tenant of its own, under Damai's pack unless said, opened at noon: `legal`
 * time alone stands at noon, or the `machine`'s, too.
 */
export function eachWithItsTenant(
  noon: 'legal' | 'machine' = 'legal',
  pack?: string,
  options?: TestContextOptions,
): void {
  beforeAll(async () => {
    rig = await startRetention(options);
  });
  beforeEach(async () => {
    if (noon === 'machine') rig.clock.set(NOON);
    await another({
      ...(pack === undefined ? {} : { pack }),
      ...(noon === 'machine' ? {} : { at: NOON }),
    });
  });
  afterAll(() => rig.stop());
}

let tenants = 0;
/** Another tenant for the test that runs, opened at noon unless said. */
export async function another(options: { readonly pack?: string; readonly at?: Date } = { at: NOON }): Promise<void> {
  tenants += 1;
  tenant = await rig.openTenant(`t${String(tenants)}`, options);
}

const FIRST = readFileSync(fileURLToPath(new URL('../../../policies/damai/policy.yaml', import.meta.url)), 'utf8');
let versions = 0;
/** Days that are worked this year: what `keepLogs` asks for a floor that ends on one. */
const DEPLOYER = readFileSync(
  fileURLToPath(new URL('../../../policies/epiao/deployer.yaml', import.meta.url)),
  'utf8',
).replace('pack: epiao', 'pack: damai');
const floorOf = (period: string): string => `
    floor:
      period: ${period}
      end: { holidays: china, atMost: 15 }
      basis: cybersecurity-law
      law: { en: Cybersecurity Law, zh-CN: 网络安全法 }
      prevails: statute
      clause: DM-RET-05`;
/** From now on the tenant's security logs are kept for another period; or no shorter than for one that ends on a working day. */
export async function keepLogs(period: string, floor?: string): Promise<void> {
  versions += 1;
  const version = `2026-02-10.${String(versions)}`;
  const policy = FIRST.replace("version: '2020-11-18'", `version: '${version}'`)
    .replace(/^notices:.*\n/m, '')
    .replace(/^ {2}security-logs:\n(?: {4}.*\n)*/m, (block) =>
      block.replace(/ period: .*/, ` period: ${period}${floor === undefined ? '' : floorOf(floor)}`),
    )
    .concat("\nnotices: ['2020-11-18']\n");
  const { digest } = await rig.database.database.transaction((sql) =>
    rig.context.packs.keep(sql, { policy, deployer: DEPLOYER }),
  );
  for (let slot = 0; slot < rig.context.config.slots; slot += 1)
    await rig.hear(
      events.PackActivatedV1,
      { tenant, slot },
      { packVersion: version, packDigest: digest, effectiveFrom: '2026-02-01T00:00:00.000Z' },
    );
}

export const person = (): SubjectRef => newRef() as SubjectRef;
export const matterId = (): MatterId => newRef() as MatterId;

type Part = (typeof events.PartsAdmittedV1)['data']['_output']['parts'][number];

/** One admitted part of the tenant, due on `disposal` unless it waits for a matter; told now unless said. */
export async function admit(
  test: TestContext,
  tenant: TenantId,
  over: Partial<Part> = {},
  time = test.clock.now(),
): Promise<Part> {
  const part = {
    part: newId() as PartId,
    record: newId() as RecordId,
    subject: person(),
    purpose: 'order',
    compartment: 'statutory' as const,
    class: 'orders',
    custody: 'lethe' as const,
    method: 'delete' as const,
    ...over,
  };
  await test.hear(events.PartsAdmittedV1, { tenant, subject: part.subject, time }, { parts: [part] });
  return part;
}

/** Collection has carried an order out. */
export const carryOut = (
  test: TestContext,
  tenant: TenantId,
  order: { readonly order: string; readonly class: string; readonly day: string },
  counts: { readonly found: number; readonly held?: number; readonly restricted?: number },
) =>
  test.hear(
    events.DisposalEffectiveV1,
    { tenant, slot: 0 },
    {
      order: order.order,
      class: order.class,
      day: order.day,
      method: 'delete',
      found: counts.found,
      anonymized: 0,
      forgotten: 0,
      held: counts.held ?? 0,
      restricted: counts.restricted ?? 0,
      cells: 0,
      at: test.clock.now().toISOString(),
    },
  );

export const asker = (tenant: TenantId) => ({
  operator: { tenant, role: 'operator', sub: 'ops' } as const,
  officer: { tenant, role: 'officer', sub: 'ana' } as const,
  otherOfficer: { tenant, role: 'officer', sub: 'ben' } as const,
  auditor: { tenant, role: 'auditor', sub: 'eve' } as const,
  backend: { tenant, role: 'backend', sub: 'app' } as const,
});

export const sweep = (test: TestContext, tenant: TenantId, waitMs = 0) =>
  test.ask(http.Sweep, asker(tenant).operator, { body: { waitMs } });

/** The orders announced for a tenant, oldest first. */
export const orders = async (test: TestContext, tenant: TenantId) =>
  (await test.announced(events.DisposalOrderedV2))
    .filter((event) => event.tenant === tenant)
    .map(({ data, signature }) => ({ ...data, signature }));
