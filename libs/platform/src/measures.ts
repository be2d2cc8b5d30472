import type { Consumer, Outbox } from '@lethe/messaging';
import type { Metrics } from './metrics.ts';

/** What every service measures of its messages. `now` is machine time. */
export function measure(metrics: Metrics, outbox: Outbox, consumer: Consumer, now: () => Date): void {
  metrics.gauge('outbox_waiting', 'Events announced and not yet numbered.', async () => (await outbox.waiting()).count);
  metrics.gauge(
    'oldest_unapplied_seconds',
    'Age of the oldest message that was delivered and not yet dealt with.',
    () => Promise.resolve(consumer.oldestUnappliedMs(now()) / 1000),
  );
  metrics.gauge('parked', 'Messages set aside for a person to look at, by code.', async () => {
    const counts = new Map<string, number>();
    for (const { code } of await consumer.parked()) counts.set(code, (counts.get(code) ?? 0) + 1);
    return [...counts].map(([code, value]) => ({ labels: { code }, value }));
  });
  metrics.gauge(
    'stopped_slots',
    'Slots of which nothing more is applied until a person has looked.',
    async () => (await consumer.stopped()).length,
  );
}
