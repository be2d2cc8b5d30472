import { answerOf, requestOf, type Asking, type Route, type Service } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import type { z } from 'zod';

/** Where the services answer: one address for all (embedded), or one a service. */
export type Addresses = string | Readonly<Partial<Record<Service, string>>>;

/** Gives a token that is still good; called before each request, so that it may cache and renew. */
export type TokenSource = () => string | Promise<string>;

/** Puts typed questions to Lethe over HTTP with keep-alive. Holds no personal data between calls. */
export class HttpTransport {
  constructor(
    private readonly addresses: Addresses,
    private readonly token: TokenSource,
    private readonly timeoutMs = 35_000,
  ) {}

  /** @throws Fault; `unavailable` when nothing answered or the service said to come again */
  async ask<R extends Route>(route: R, asking: Asking<R> = {}, signal?: AbortSignal): Promise<z.output<R['answer']>> {
    const { method, path, body } = requestOf(route, asking);
    const base = typeof this.addresses === 'string' ? this.addresses : this.addresses[route.service];
    if (base === undefined)
      throw new Fault('invalid', 'client/no-address', `no address is given for ${route.service}`, 'addresses');
    const end = new AbortController();
    const stop = (): void => end.abort();
    const timer = setTimeout(stop, this.timeoutMs);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(path, base), {
        method,
        headers: {
          authorization: `Bearer ${await this.token()}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
        signal: end.signal,
      });
      text = await response.text();
    } catch {
      throw new Fault('unavailable', 'client/no-answer', `${route.service} does not answer`);
    } finally {
      // A signal that lives long holds nothing of questions that are over.
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
    let json: unknown;
    try {
      json = text === '' ? {} : JSON.parse(text);
    } catch {
      throw new Fault(
        'unavailable',
        'client/unreadable-answer',
        `${route.service} answered something that is not JSON`,
      );
    }
    return answerOf(route, response.status, json);
  }
}
