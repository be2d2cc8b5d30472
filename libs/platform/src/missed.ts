import { service as services } from '@lethe/contracts';
import type { Missed, Outbox } from '@lethe/messaging';
import { missedRoute } from './http/platform.controllers.ts';
import { LETHE, type Peers } from './peers.ts';

/** Asks a producer for events that the log no longer gives; a service that missed its own asks its own outbox. */
export const missedFrom =
  (self: string, outbox: Pick<Outbox, 'missed'>, peers: Peers) =>
  async (producer: string, topic: string, slot: number, from: number, to: number): Promise<Missed> => {
    if (producer === self) return outbox.missed(topic, slot, from, to);
    return peers.ask(missedRoute(services.parse(producer)), { tenant: LETHE, query: { topic, slot, from, to } });
  };
