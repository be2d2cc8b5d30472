import type { Route } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import type { Caller } from '../callers/caller.ts';
import type { Callers } from '../callers/callers.ts';
import { Unreadable } from './problem.ts';
import type { RateLimit } from './rate-limit.ts';

/** Who asks, and may they? Asked before the body is read, so that a stranger costs no memory and learns no shapes. */
export class Doorkeeper {
  constructor(
    private readonly callers: Pick<Callers, 'verify'>,
    private readonly mode: 'development' | 'production',
    private readonly limit?: RateLimit,
    /** Why a service answers nobody now; undefined: it answers. */
    private readonly closed: (service: Route['service']) => Fault | undefined = () => undefined,
  ) {}

  /**
   * The caller; undefined where everyone may ask.
   * @throws Fault `unavailable` while the service is closed, `forbidden` for a stranger or another role; Unreadable 404 where there
   * is no door, 429 where a tenant asks too fast
   */
  async admit(route: Route | undefined, authorization: string | undefined): Promise<Caller | undefined> {
    if (route === undefined || (route.developmentOnly === true && this.mode !== 'development'))
      throw new Unreadable(404, 'platform/no-such-route', 'there is no such route');
    if (route.roles.length === 0) return undefined;
    const closed = route.whenClosed === true ? undefined : this.closed(route.service);
    if (closed !== undefined) throw closed;
    const caller = await this.callers.verify(authorization);
    if (!route.roles.includes(caller.role))
      throw new Fault('forbidden', 'platform/role-may-not', `this is for ${route.roles.join(', ')}`);
    if (caller.role !== 'service' && this.limit?.take(caller.tenant) === false)
      throw new Unreadable(429, 'platform/too-many', 'this tenant asks faster than it may');
    return caller;
  }
}
