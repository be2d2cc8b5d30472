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
  metrics.gauge('parked', 'Messages set aside for a person to look at, by code.', async () =>
    (await consumer.parkedByCode()).map(({ code, count }) => ({ labels: { code }, value: count })),
  );
  metrics.gauge(
    'stopped_slots',
    'Slots of which nothing more is applied until a person has looked.',
    async () => (await consumer.stopped()).length,
  );
}
