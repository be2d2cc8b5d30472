import { confirmRestore, HttpTransport, Lethe, type Addresses, type LetheOptions } from '@lethe/client';
import { http, type Asking, type Role, type Route } from '@lethe/contracts';
import type { z } from 'zod';
import { eventually } from './eventually.ts';

const TOKEN_GOOD_FOR_MS = 4 * 60_000;
const AT_ONCE_MS = 20_000;

/** The public doors of an instance for one tenant, and tokens of whoever knocks. */
export class Doors {
  readonly #tokens = new Map<string, { readonly token: string; readonly until: number }>();

  constructor(
    readonly addresses: Addresses,
    readonly tenant: string,
  ) {}

  async token(role: Role, sub: string = role, subject?: string): Promise<string> {
    const key = `${role} ${sub} ${subject ?? ''}`;
    const known = this.#tokens.get(key);
    if (known !== undefined && known.until > Date.now()) return known.token;
    const base = typeof this.addresses === 'string' ? this.addresses : this.addresses.collection;
    const response = await fetch(new URL('/v1/development/token', base), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant: this.tenant, role, sub, ...(subject === undefined ? {} : { subject }) }),
    });
    const { token } = (await response.json()) as { token: string };
    this.#tokens.set(key, { token, until: Date.now() + TOKEN_GOOD_FOR_MS });
    return token;
  }

  ask<R extends Route>(role: Role, route: R, asking: Asking<R> = {}, sub?: string): Promise<z.output<R['answer']>> {
    return this.#transport(role, sub).ask(route, asking);
  }

  #transport(role: Role, sub?: string): HttpTransport {
    return new HttpTransport(this.addresses, () => this.token(role, sub));
  }

  /** Two persons restore a backup: what it did. */
  async restored(backup: string, one = 'officer-1', other = 'officer-2'): Promise<z.output<typeof http.restoreReport>> {
    const { restore } = await this.ask('officer', http.ProposeRestore, { params: { backup } }, one);
    return confirmRestore(this.#transport('officer', other), restore);
  }

  /** Asks again while the answer is that something is away. For questions that may be repeated. */
  askUntil<R extends Route>(
    role: Role,
    route: R,
    asking: Asking<R> = {},
    sub?: string,
  ): Promise<z.output<R['answer']>> {
    return eventually(`${route.method} ${route.path}`, () => this.ask(role, route, asking, sub));
  }

  client(options: Partial<LetheOptions> = {}): Lethe {
    return new Lethe({ addresses: this.addresses, token: () => this.token('backend', 'platform'), ...options });
  }

  /** Opens the tenant under the Damai pack, with a clock that moves only when told. */
  async open(startAt: string): Promise<void> {
    await this.askUntil('operator', http.OpenTenant, { body: { tenant: this.tenant, pack: 'damai', startAt } });
  }

  async moveTo(to: string): Promise<void> {
    await this.askUntil('operator', http.MoveClock, { body: { to } });
  }

  /** Sweeps until all that is due is effective, and what was ordered has been answered for. */
  async sweep(): Promise<void> {
    await eventually('the sweep is effective', async () => {
      const { outstanding } = await this.ask('operator', http.Sweep, { body: { waitMs: AT_ONCE_MS } });
      return outstanding === 0;
    });
  }

  /** Moves to each day on which something is due, as the sweep would meet it, and then to `to`. */
  async advance(to: string): Promise<void> {
    for (;;) {
      const { nextDay } = await this.askUntil('operator', http.Forecast);
      if (nextDay === undefined || nextDay >= to.slice(0, 10)) break;
      await this.moveTo(`${nextDay}T04:00:00Z`);
      await this.sweep();
    }
    await this.moveTo(to);
    await this.sweep();
  }
}
