import type { ServiceContext } from './service.ts';

/** How long an answer about what was recorded waits for another service, so that whoever got it can act on it. Milliseconds of machine time. */
const ANSWER_WITHIN_MS = 8_000;

/**
 * True once the other service has applied these announcements of one's own, false after eight seconds: nothing that was
 * recorded depends on it. Called after their transaction has committed.
 */
export async function appliedBy(
  context: ServiceContext,
  service: string,
  announced: readonly string[],
): Promise<boolean> {
  const { outbox, peers, clock } = context;
  const deadline = clock.machineNow().getTime() + ANSWER_WITHIN_MS;
  const places = await Promise.all(announced.map((event) => outbox.numberOf(event, ANSWER_WITHIN_MS))).catch(
    () => undefined,
  );
  if (places === undefined) return false;
  const last = new Map<string, (typeof places)[number]>();
  for (const place of places) {
    const key = `${place.topic}/${String(place.slot)}`;
    if (place.number > (last.get(key)?.number ?? -1)) last.set(key, place);
  }
  const waitMs = Math.max(0, deadline - clock.machineNow().getTime());
  const applied = await Promise.all([...last.values()].map((place) => peers.applied(service, { ...place, waitMs })));
  return applied.every(Boolean);
}
