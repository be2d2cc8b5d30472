import { events, http, type Envelope } from '@lethe/contracts';
import { type SubjectRef, type TenantId } from '@lethe/kernel';
import { newId, newRef } from '@lethe/platform';
import { eventually, testContext, type TestContext } from '@lethe/testing';
import type { z } from 'zod';
import { erasure } from './erasure.module.ts';

/** Of the file, and of the test that runs: see `eachWithItsTenant`. */
export let world: TestContext;
export let tenant: TenantId;
/** Of the tenants so far. */
export let count = 0;
export const START = new Date('2026-03-02T02:00:00.000Z');

/** One erasure on a real PostgreSQL for the file, and for each test a tenant of its own, of whose people nothing is held. */
export function eachWithItsTenant(pack?: string): void {
  beforeAll(async () => {
    world = await testContext(erasure);
  });
  afterAll(() => world.stop());
  beforeEach(async () => {
    const under = pack === undefined ? {} : { pack };
    tenant = await world.openTenant(`tenant-${String((count += 1))}`, { ...under, at: START });
    hold([]);
    backups([]);
  });
}

type Holding = z.input<typeof http.holding>;
export const holding = (more: Partial<Holding> = {}): Holding => ({
  compartment: 'contract',
  class: 'account',
  custody: 'lethe',
  method: 'delete',
  parts: 3,
  waiting: false,
  held: 0,
  restricted: 0,
  ...more,
});
let present: readonly Holding[] = [];
export function hold(holdings: Holding[]): void {
  present = holdings;
  world.peers.answer(http.Holdings, () => ({ known: holdings.length > 0, generation: 1, holdings }));
}
/** What was held and nothing keeps is gone. */
export const go = (): void =>
  hold(
    present.flatMap((one) => {
      if (one.floor !== undefined || one.compartment === 'evidence') return [one];
      return one.held > 0 ? [{ ...one, parts: one.held }] : [];
    }),
  );
export const backups = (list: z.input<typeof http.backup>[]): void =>
  world.peers.answer(http.Backups, () => ({ backups: list }));

export const backend = () => ({ tenant, role: 'backend' as const });
export const person = (): SubjectRef => newRef() as SubjectRef;
export const identity = { method: 'sms-code', verifiedAt: START.toISOString() };
export const ask = (subject: SubjectRef, more: Partial<z.input<NonNullable<typeof http.AskErasure.body>>> = {}) =>
  world.ask(http.AskErasure, backend(), {
    body: { subject, kind: 'erasure', idempotencyKey: newId(), identity, ...more },
  });
export const stateOf = (request: string, until?: z.input<typeof http.requestState>) =>
  world.ask(http.RequestState, backend(), {
    params: { request },
    query: until === undefined ? {} : { until, waitMs: 10_000 },
  });

export const freezeOf = (request: string): Promise<Envelope<typeof events.SubjectFrozenV1>> =>
  eventually(async () => (await world.announced(events.SubjectFrozenV1)).find(({ data }) => data.erasure === request));
export const shredOf = (request: string): Promise<Envelope<typeof events.ShredOrderedV1>> =>
  eventually(async () => (await world.announced(events.ShredOrderedV1)).find(({ data }) => data.erasure === request));

const ACKS = {
  collection: events.CollectionErasureAckedV1,
  consent: events.ConsentErasureAckedV1,
  retention: events.RetentionErasureAckedV1,
};
type Ack = z.input<typeof events.CollectionErasureAckedV1.data>;
export async function acked(
  request: string,
  subject: SubjectRef,
  stage: 'frozen' | 'done',
  more: Partial<Record<keyof typeof ACKS, Partial<Ack> | 'silent'>> = {},
) {
  const { number } = await world.context.outbox.numberOf((await freezeOf(request)).id, 50_000);
  for (const name of ['collection', 'consent', 'retention'] as const) {
    const own = more[name];
    if (own === 'silent') continue;
    const data: Ack = {
      erasure: request,
      stage,
      found: 3,
      deleted: 3,
      restricted: 0,
      rescan: 0,
      position: number,
      at: world.clock.now().toISOString(),
      ...own,
    };
    await world.hear(ACKS[name], { tenant, subject }, data);
  }
}
export async function destroyed(request: string, subject: SubjectRef): Promise<void> {
  const { data } = await shredOf(request);
  const at = world.clock.now().toISOString();
  await world.hear(
    events.SubjectShreddedV1,
    { tenant, subject },
    { entry: data.entry, erasure: request, compartments: data.compartments, keys: 2, effectiveAt: at },
  );
  go();
  await world.hear(
    events.SubjectSweptV1,
    { tenant, subject },
    { entry: data.entry, erasure: request, deleted: 3, rescan: 0, at },
  );
}
export async function throughToCertified(subject: SubjectRef): Promise<{ request: string; certificate: string }> {
  const { request } = await ask(subject);
  await acked(request, subject, 'frozen');
  await stateOf(request, 'ordered');
  await acked(request, subject, 'done');
  await destroyed(request, subject);
  const { certificate } = await stateOf(request, 'certified');
  if (certificate === undefined) throw new Error('no certificate');
  return { request, certificate };
}
export const documentOf = async (certificate: string): Promise<Record<string, unknown>> =>
  (await world.ask(http.CertificateOf, backend(), { params: { certificate } })).document;
export const keys = () => world.ask(http.LedgerKeys, backend());
