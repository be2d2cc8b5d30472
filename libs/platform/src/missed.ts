import { service as services } from '@lethe/contracts';
import type { Heads, Missed, Outbox } from '@lethe/messaging';
import { headsRoute, missedRoute } from './http/platform.controllers.ts';
import { LETHE, type Peers } from './peers.ts';

/** Asks a producer for events that the log no longer gives; a service that missed its own asks its own outbox. */
export const missedFrom =
  (self: string, outbox: Pick<Outbox, 'missed'>, peers: Peers) =>
  async (producer: string, topic: string, slot: number, from: number, to: number): Promise<Missed> => {
    if (producer === self) return outbox.missed(topic, slot, from, to);
    return peers.ask(missedRoute(services.parse(producer)), { tenant: LETHE, query: { topic, slot, from, to } });
  };

/** It is asked again soon; a service that ends does not wait for one that has ended. Machine milliseconds. */
const HEADS_WITHIN_MS = 2_000;

/** Asks a producer how far it has told; a service that hears itself asks its own outbox. */
export const headsFrom =
  (self: string, outbox: Pick<Outbox, 'heads'>, peers: Peers) =>
  async (producer: string): Promise<Heads> =>
    producer === self
      ? outbox.heads()
      : peers.ask(headsRoute(services.parse(producer)), { tenant: LETHE, timeoutMs: HEADS_WITHIN_MS });
