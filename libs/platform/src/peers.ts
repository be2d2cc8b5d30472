import type { Route } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import type { z } from 'zod';

type Input<Definition, Key extends string> = Definition extends { readonly [key in Key]: infer Schema extends z.ZodType }
  ? { readonly [key in Key]: z.input<Schema> }
  : { readonly [key in Key]?: undefined };

/** A question to another service: what its route asks for, and for whom. */
export type PeerQuestion<Definition extends Route> = Input<Definition, 'body'> &
  Input<Definition, 'params'> &
  Input<Definition, 'query'> & {
    readonly tenant: TenantId;
    /** `iss#sub` of the caller on whose behalf this is asked (ASVS 8.3.3). */
    readonly actor?: string;
    /** Machine milliseconds to wait for the answer in all, retries included; 10 s unless said. */
    readonly timeoutMs?: number;
  };

/** The other services, over HTTP with a service token; embedded they are the same process. */
export interface Peers {
  /**
   * Asks and answers. What is down is asked again until the time is up.
   * @throws Fault of the peer (`missing`, `conflict`, …) with its code, or `unavailable` `platform/peer-unavailable`
   */
  ask<Definition extends Route>(route: Definition, question: PeerQuestion<Definition>): Promise<z.output<Definition['answer']>>;
  /** Has the consumer of that service applied this number of this slot? Waits up to `waitMs`; false also when it is down. */
  applied(service: string, question: { readonly topic: string; readonly slot: number; readonly number: number; readonly waitMs?: number }): Promise<boolean>;
}
