import { http, type Asking, type Role, type Route, type Service } from '@lethe/contracts';
import { confirmRestore, HttpTransport, Lethe, type Addresses } from '@lethe/client';
import { Fault } from '@lethe/kernel';
import type { z } from 'zod';
import { patient } from './patient.ts';

/** Where compose publishes the services. */
const COMPOSE: Readonly<Partial<Record<Service, string>>> = {
  collection: 'http://127.0.0.1:7421',
  consent: 'http://127.0.0.1:7422',
  retention: 'http://127.0.0.1:7423',
  erasure: 'http://127.0.0.1:7424',
};

/** A base URL of all services, `compose`, or one URL each: `collection=http://…,consent=http://…`. */
export function addressesOf(target: string | undefined): Addresses {
  if (target === 'compose') return COMPOSE;
  if (target === undefined) return `http://127.0.0.1:${process.env['LETHE_PORT'] ?? '7420'}`;
  if (!/^[a-z]+=/.test(target)) return target;
  return Object.fromEntries(target.split(',').map((each) => each.split('=', 2) as [string, string]));
}

/** A running instance, asked in the roles a platform and its officers have; tokens come from the development issuer. */
export class Instance {
  readonly #tokens = new Map<string, { readonly token: string; readonly until: number }>();

  constructor(
    readonly addresses: Addresses,
    readonly tenant: string,
  ) {}

  /** Restores a backup as two persons do, and waits for its end. What does not answer is asked again: one proposal more does nothing. */
  async restored(
    backup: string,
    [one, other]: readonly [string, string],
  ): Promise<z.output<typeof http.restoreReport>> {
    const { restore } = await patient(() => this.ask('officer', http.ProposeRestore, { params: { backup } }, one));
    return patient(() => confirmRestore(this.#transport('officer', other), restore));
  }

  /** @throws Fault `unavailable` when nothing answers there, `forbidden` in production */
  async token(role: Role, sub: string = role): Promise<string> {
    const key = `${role} ${sub}`;
    const known = this.#tokens.get(key);
    if (known !== undefined && known.until > Date.now()) return known.token;
    const base = typeof this.addresses === 'string' ? this.addresses : this.addresses.collection;
    let response: Response;
    try {
      response = await fetch(new URL('/v1/development/token', base), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ tenant: this.tenant, role, sub }),
      });
    } catch {
      throw new Fault(
        'unavailable',
        'demo/no-instance',
        'no instance answers there: start one with `npm start`, or name it with --target',
      );
    }
    if (!response.ok)
      throw new Fault(
        'forbidden',
        'demo/no-token',
        'this instance issues no development tokens: the demo needs one in mode development',
      );
    const { token } = (await response.json()) as { token: string };
    this.#tokens.set(key, { token, until: Date.now() + 4 * 60_000 });
    return token;
  }

  ask<R extends Route>(role: Role, route: R, asking: Asking<R> = {}, sub?: string): Promise<z.output<R['answer']>> {
    return this.#transport(role, sub).ask(route, asking);
  }

  #transport(role: Role, sub?: string): HttpTransport {
    return new HttpTransport(this.addresses, () => this.token(role, sub));
  }

  platform(): Lethe {
    return new Lethe({
      addresses: this.addresses,
      token: () => this.token('backend', 'ticketing-backend'),
      participant: 'order-archive',
    });
  }

  /** Opens the tenant, with a clock that starts in the past and moves only when told; safe to repeat, so it is. */
  async open(pack: string, startAt: Date): Promise<void> {
    const body = { tenant: this.tenant, pack, startAt: startAt.toISOString() };
    await patient(() => this.ask('operator', http.OpenTenant, { body }));
  }
}
