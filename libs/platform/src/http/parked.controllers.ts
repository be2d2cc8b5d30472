import { defineRoute, name, type Service } from '@lethe/contracts';
import { Fault, type TenantId } from '@lethe/kernel';
import type { Consumer, ProposedDiscard } from '@lethe/messaging';
import { Controller, type Type } from '@nestjs/common';
import { z } from 'zod';
import { twoPersons } from '../callers/two-persons.ts';
import type { Waits } from '../disposal/clearances.ts';
import type { Logger } from '../logger.ts';
import { Answer, Asked, type AnswerOf } from './answer.ts';

/** How long a proposal to give a message up waits for the second person. Machine milliseconds. */
const PROPOSAL_MS = 24 * 60 * 60_000;
/** Parked messages that one answer lists. */
const LISTED = 1_000;

const instant = z.iso.datetime({ precision: 3 });
/** Where a message stands, as the list names it. */
const place = z.object({
  topic: z.string().max(64),
  slot: z.int().min(0),
  /** The life of the producer’s database in which the number was given. */
  incarnation: z.string().max(64),
  number: z.int().min(1),
});
const byCode = z.array(z.object({ code: z.string(), count: z.int() }));
const discarded = place.extend({
  type: z.string(),
  reason: z.string(),
  /** Who proposed it, and who confirmed. */
  by: z.array(z.string()),
  at: instant,
});

/** `GET /v1/<service>/parked`: what this service could not apply and has set aside. */
export const parkedRoute = (service: Service) =>
  defineRoute({
    service,
    method: 'GET',
    path: `/v1/${service}/parked`,
    roles: ['operator', 'officer', 'auditor'],
    summary:
      'Messages of the caller’s tenant that this service could not apply and has set aside, oldest first, and slots in which nothing more is applied: both wait for a person; what two persons have given up, newest first; and why nothing of the tenant goes by its date here, where it does not.',
    answer: z.object({
      parked: z
        .array(
          place.extend({
            type: z.string(),
            /** A fault’s code or an error’s name; `behind`: it waits behind another. */
            code: z.string(),
            attempts: z.int(),
            parkedAt: instant,
            /** Somebody proposes to give it up, and a second person has not confirmed that yet. */
            discard: z
              .object({ discard: z.uuid(), reason: z.string(), proposedBy: z.string(), proposedAt: instant })
              .optional(),
          }),
        )
        .max(LISTED),
      /** How many there are altogether. */
      count: z.int(),
      stopped: z.array(z.object({ topic: z.string(), slot: z.int(), reason: z.string(), since: instant })),
      discarded: z.array(discarded).max(LISTED),
      /** Why nothing goes by its date here: an officer has stopped it, this service’s clock is past the days that were swept, or what retention has told is parked. */
      waits: z.enum(['stopped-by-officer', 'days-skipped', 'unheard']).optional(),
    }),
  });

/** `POST /v1/<service>/parked/retry`: what was set aside is tried again. */
export const retryParkedRoute = (service: Service) =>
  defineRoute({
    service,
    method: 'POST',
    path: `/v1/${service}/parked/retry`,
    roles: ['operator'],
    summary:
      'Tries the parked messages of the caller’s tenant again, in their order, however often they have failed; or one of them, and what waits behind it. May be repeated; it goes on where whoever asked has gone.',
    body: z.object({ message: place.optional() }),
    answer: z.object({
      /** How many were tried; those with no fate of the next three are parked as before. */
      tried: z.int(),
      applied: z.int(),
      /** Their person is erased here, or nobody here listens to them any more. */
      dropped: z.int(),
      refused: z.int(),
      /** What of the tenant is parked now, by code. */
      left: byCode,
    }),
  });

/** `POST /v1/<service>/parked/discards`: the first of two persons. */
export const proposeDiscardRoute = (service: Service) =>
  defineRoute({
    service,
    method: 'POST',
    path: `/v1/${service}/parked/discards`,
    roles: ['operator', 'officer'],
    summary:
      'Proposes to give up a parked message: it never has an effect here. A second person confirms within a day; the proposal goes when the message is applied meanwhile. `reason` is a code.',
    body: place.extend({ reason: name }),
    answer: z.object({ discard: z.uuid() }),
    status: 201,
  });

/** `POST /v1/<service>/parked/discards/:discard/confirmation`: the second. */
export const confirmDiscardRoute = (service: Service) =>
  defineRoute({
    service,
    method: 'POST',
    path: `/v1/${service}/parked/discards/:discard/confirmation`,
    roles: ['operator', 'officer'],
    summary:
      'Gives up a parked message, as another person proposed; what waited behind it is tried. Both stay on record with the reason.',
    params: z.object({ discard: z.uuid() }),
    answer: discarded.extend({ left: byCode }),
  });

/** What the doors to parked messages need. */
export interface ParkedDoors {
  readonly consumer: Pick<
    Consumer,
    'parked' | 'parkedByCode' | 'stopped' | 'retryParked' | 'proposeDiscard' | 'confirmDiscard' | 'discarded'
  >;
  /** Why nothing of the tenant goes by its date here; undefined when it goes. */
  readonly waits: (tenant: TenantId) => Promise<Waits | undefined>;
  /** Machine time. */
  readonly now: () => Date;
  readonly logger: Logger;
}

export function parkedController(service: Service, { consumer, waits, now, logger }: ParkedDoors): Type {
  const parked = parkedRoute(service);
  const retry = retryParkedRoute(service);
  const propose = proposeDiscardRoute(service);
  const confirm = confirmDiscardRoute(service);
  const isFresh = ({ at }: Pick<ProposedDiscard, 'at'>): boolean => now().getTime() - at.getTime() <= PROPOSAL_MS;

  @Controller()
  class ParkedController {
    @Answer(parked)
    async parked(@Asked() { caller: { tenant } }: Asked<typeof parked>): Promise<AnswerOf<typeof parked>> {
      const why = await waits(tenant);
      const mine = (await consumer.parked(tenant)).slice(0, LISTED);
      return {
        parked: mine.map(({ tenant: _, subject: __, parkedAt, discard, ...one }) => ({
          ...one,
          parkedAt: parkedAt.toISOString(),
          ...(discard === undefined || !isFresh(discard)
            ? {}
            : {
                discard: {
                  ...{ discard: discard.discard, reason: discard.reason },
                  ...{ proposedBy: discard.by, proposedAt: discard.at.toISOString() },
                },
              }),
        })),
        count: (await consumer.parkedByCode(tenant)).reduce((sum, { count }) => sum + count, 0),
        stopped: (await consumer.stopped()).map(({ topic, slot, reason, at }) => ({
          topic,
          slot,
          reason,
          since: at.toISOString(),
        })),
        discarded: (await consumer.discarded(tenant)).map(({ at, by, ...one }) => ({
          ...one,
          by: [...by],
          at: at.toISOString(),
        })),
        ...(why === undefined ? {} : { waits: why }),
      };
    }

    @Answer(retry)
    async retry(@Asked() { caller: { tenant }, body: { message } }: Asked<typeof retry>) {
      const one = message === undefined ? {} : { topic: message.topic, slot: message.slot, message };
      const retried = await consumer.retryParked({ tenant, ...one });
      return { ...retried, left: [...(await consumer.parkedByCode(tenant))] };
    }

    @Answer(propose)
    async propose(@Asked() { caller, body: { reason, ...message } }: Asked<typeof propose>) {
      return { discard: await consumer.proposeDiscard(caller.tenant, message, reason, caller.sub) };
    }

    @Answer(confirm)
    async confirm(@Asked() { caller, params }: Asked<typeof confirm>): Promise<AnswerOf<typeof confirm>> {
      const { tenant, sub } = caller;
      const { at, by, ...given } = await consumer.confirmDiscard(tenant, params.discard, sub, (proposed) => {
        twoPersons(proposed.by, caller);
        if (!isFresh(proposed))
          throw new Fault('conflict', 'platform/proposal-too-old', 'propose again: look at what is parked', 'discard');
      });
      const { topic, slot, number } = given;
      logger.warn(
        { tenant, code: 'platform/discarded', topic, slot, number },
        'two persons have given up a message: what it said has no effect here',
      );
      return { ...given, by: [...by], at: at.toISOString(), left: [...(await consumer.parkedByCode(tenant))] };
    }
  }
  return ParkedController;
}
