import { Fault } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';

/** Every service that keeps its own list of tenants, clocks and versions. */
const SERVICES = ['consent', 'collection', 'retention', 'erasure'] as const;
/** How long an answer waits for every service to have applied a clock, a new tenant or a version. Milliseconds of machine time. */
const APPLIED_WITHIN_MS = 15_000;

/**
 * Resolves when every service knows it. It stands in every slot, so that it is in order with each person's events; a
 * service knows it from the first slot in which it has applied it, and the later ones change nothing.
 * @throws Fault `unavailable`; what was announced stands, and asking again is safe
 */
export async function appliedEverywhere(context: ServiceContext, [first]: readonly string[]): Promise<void> {
  if (first === undefined) return;
  const { outbox, peers } = context;
  const place = await outbox.numberOf(first, APPLIED_WITHIN_MS).catch((error: unknown) => {
    if (error instanceof Fault && error.kind === 'unavailable') return undefined;
    throw error;
  });
  const question = place && { ...place, waitMs: APPLIED_WITHIN_MS };
  const applied = question && (await Promise.all(SERVICES.map((service) => peers.applied(service, question))));
  if (applied?.every(Boolean) !== true)
    throw new Fault('unavailable', 'consent/not-applied-everywhere', 'not every service has applied it yet');
}
