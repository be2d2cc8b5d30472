import { answerOf, requestOf, service as services, type Asking, type Route } from '@lethe/contracts';
import { Fault, type TenantId } from '@lethe/kernel';
import pRetry from 'p-retry';
import type { z } from 'zod';
import type { Callers } from './callers/callers.ts';
import { appliedRoute } from './http/platform.controllers.ts';

type SchemaIn<Definition, Key extends string> = Definition extends {
  readonly [key in Key]?: infer Schema extends z.ZodType;
}
  ? z.input<Schema>
  : unknown;
/** Asked for where the route has a schema for it. */
type Input<Definition, Key extends string> =
  unknown extends SchemaIn<Definition, Key>
    ? { readonly [key in Key]?: undefined }
    : { readonly [key in Key]: SchemaIn<Definition, Key> };

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
  ask<Definition extends Route>(
    route: Definition,
    question: PeerQuestion<Definition>,
  ): Promise<z.output<Definition['answer']>>;
  /** Has the consumer of that service applied this number of this slot? Waits up to `waitMs`; false also when it is down. */
  applied(
    service: string,
    question: {
      readonly topic: string;
      readonly slot: number;
      readonly number: number;
      readonly incarnation?: string;
      readonly waitMs?: number;
    },
  ): Promise<boolean>;
}

export interface HttpPeersOptions {
  readonly callers: Pick<Callers, 'serviceToken'>;
  /** Base URL of a service; embedded: of this process, known once it listens. */
  readonly baseUrl: (service: string) => string | undefined;
}

const PATIENCE_MS = 10_000;
/** Facts about no tenant (what a consumer missed) are asked under Lethe's own name. */
export const LETHE = 'lethe' as TenantId;

/** Peers over HTTP; keeps connections open between questions. */
export class HttpPeers implements Peers {
  constructor(private readonly options: HttpPeersOptions) {}

  async ask<Definition extends Route>(
    route: Definition,
    question: PeerQuestion<Definition>,
  ): Promise<z.output<Definition['answer']>> {
    const end = AbortSignal.timeout(question.timeoutMs ?? PATIENCE_MS);
    try {
      return await pRetry(() => this.#once(route, question, end), {
        retries: 30,
        minTimeout: 50,
        maxTimeout: 1_000,
        randomize: true,
        signal: end,
        shouldRetry: ({ error }) => error instanceof Fault && error.kind === 'unavailable' && !end.aborted,
      });
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw unavailable(route);
    }
  }

  async applied(
    service: string,
    question: {
      readonly topic: string;
      readonly slot: number;
      readonly number: number;
      readonly incarnation?: string;
      readonly waitMs?: number;
    },
  ): Promise<boolean> {
    const waitMs = Math.min(question.waitMs ?? 0, 30_000);
    try {
      const answer = await this.ask(appliedRoute(services.parse(service)), {
        tenant: LETHE,
        query: { ...question, waitMs },
        timeoutMs: waitMs + 2_000,
      });
      return answer.applied;
    } catch (error) {
      if (error instanceof Fault) return false;
      throw error;
    }
  }

  async #once<Definition extends Route>(
    route: Definition,
    question: PeerQuestion<Definition>,
    end: AbortSignal,
  ): Promise<z.output<Definition['answer']>> {
    const base = this.options.baseUrl(route.service);
    if (base === undefined) throw unavailable(route);
    const { method, path, body } = requestOf(route, question as unknown as Asking<Definition>);
    const headers = {
      authorization: `Bearer ${await this.options.callers.serviceToken(question.tenant, question.actor)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    let response: Response;
    try {
      response = await fetch(new URL(path, base), {
        method,
        headers,
        signal: end,
        redirect: 'error',
        ...(body === undefined ? {} : { body }),
      });
    } catch {
      throw unavailable(route);
    }
    return answerOf(route, response.status, await response.json().catch(() => undefined));
  }
}

const unavailable = (route: Route): Fault =>
  new Fault('unavailable', 'platform/peer-unavailable', `${route.service} does not answer`);
