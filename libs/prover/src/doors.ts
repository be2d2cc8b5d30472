import { http, type Asking, type Role, type Route } from '@lethe/contracts';
import { HttpTransport, type Addresses } from '@lethe/client';
import { Fault } from '@lethe/kernel';
import pRetry from 'p-retry';
import type { z } from 'zod';
import type { Instance } from './instance.ts';
import { LogDoor } from './log-door.ts';

/** Tokens are good for ten minutes; a scenario that takes longer asks again. */
const TOKEN_GOOD_MS = 4 * 60_000;

/** Times that a busy machine is asked again. */
const RETRIES = 6;

/** What every service has to know is known everywhere or not yet: asking again is safe, and that a machine is slow disproves nothing. */
export const untilApplied = <Answer>(ask: () => Promise<Answer>): Promise<Answer> =>
  pRetry(ask, {
    retries: RETRIES,
    minTimeout: 500,
    shouldRetry: ({ error }) => error instanceof Fault && error.kind === 'unavailable',
  });

/** What a tenant is opened under: a pack of the installation, or a text that was sent to it. */
export interface Opening {
  readonly pack: string;
  readonly digest?: string;
}

/** The public doors of a running instance, for one tenant. The tenant is opened when the first question is put. */
export class Doors {
  readonly #tokens = new Map<string, { readonly token: string; readonly until: number }>();
  readonly #addresses: Addresses;
  #opened: Promise<unknown> | undefined;
  #log: LogDoor | undefined;

  constructor(
    private readonly instance: Instance,
    private readonly tenant: string,
    private readonly opening: Opening,
    private startAt: Date,
  ) {
    this.#addresses = instance.addresses;
  }

  /** Legal time: where the tenant starts, and after that only forward. */
  async clock(to: Date): Promise<void> {
    if (this.#opened === undefined) {
      this.startAt = to;
      return;
    }
    try {
      await this.ask('operator', http.MoveClock, { body: { to: to.toISOString() } });
    } catch (error) {
      // Moved, and not known everywhere yet: the same move again would be one backwards, so the wait alone is asked for.
      if (!(error instanceof Fault) || error.code !== 'consent/not-applied-everywhere') throw error;
      await this.#known();
    }
  }

  /** @throws Fault as the service answers; `unavailable` where nothing answers */
  async ask<R extends Route>(
    role: Role,
    route: R,
    asking: Asking<R> = {},
    sub?: string,
  ): Promise<z.output<R['answer']>> {
    await this.#open();
    return this.#put(role, route, asking, sub);
  }

  /** The platform's own two topics. @throws Fault `unavailable` where the log of the instance is out of reach */
  async log(): Promise<LogDoor> {
    await this.#open();
    if (this.instance.edge === undefined)
      throw new Fault('unavailable', 'prover/no-log', 'the log of this instance cannot be reached from here');
    this.#log ??= new LogDoor(this.tenant, this.instance.edge(this.tenant), this.#addresses, () =>
      this.#token('backend', 'backend'),
    );
    return this.#log;
  }

  async close(): Promise<void> {
    await this.#log?.close();
  }

  /** The same question, said to have travelled without encryption: the status and the code of what comes back. */
  async plain(role: Role, route: Route, body: unknown): Promise<{ readonly status: number; readonly code: string }> {
    await this.#opened;
    const addresses = this.#addresses;
    const base = typeof addresses === 'string' ? addresses : addresses[route.service];
    const response = await fetch(new URL(route.path, base), {
      method: route.method,
      headers: {
        authorization: `Bearer ${await this.#token(role, role)}`,
        'content-type': 'application/json',
        'x-forwarded-proto': 'http',
      },
      body: JSON.stringify(body),
    });
    const { code } = (await response.json()) as { readonly code?: string };
    return { status: response.status, code: code ?? 'answered' };
  }

  #open(): Promise<unknown> {
    this.#opened ??= this.#known();
    return this.#opened;
  }

  /** The tenant is open, and every service knows it and its clock. */
  #known(): Promise<unknown> {
    return untilApplied(() =>
      this.#put('operator', http.OpenTenant, {
        body: { tenant: this.tenant, ...this.opening, startAt: this.startAt.toISOString() },
      }),
    );
  }

  #put<R extends Route>(role: Role, route: R, asking: Asking<R>, sub = role as string): Promise<z.output<R['answer']>> {
    return new HttpTransport(this.#addresses, () => this.#token(role, sub)).ask(route, asking);
  }

  async #token(role: Role, sub: string): Promise<string> {
    const key = `${role} ${sub}`;
    const known = this.#tokens.get(key);
    if (known !== undefined && known.until > Date.now()) return known.token;
    const base = typeof this.#addresses === 'string' ? this.#addresses : this.#addresses.collection;
    const response = await fetch(new URL('/v1/development/token', base), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant: this.tenant, role, sub }),
    });
    if (!response.ok)
      throw new Fault('forbidden', 'prover/no-token', 'this instance issues no development tokens: proving needs one');
    const { token } = (await response.json()) as { token: string };
    this.#tokens.set(key, { token, until: Date.now() + TOKEN_GOOD_MS });
    return token;
  }
}
