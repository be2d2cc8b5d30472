import { events, TENANT_SLOT, type RefusalCode } from '@lethe/contracts';
import { Fault, type Sql, type TenantId, type Transaction } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import type { CeasedFacts } from '@lethe/policy';
import type { Moment } from './room.ts';
import { StandingStore } from './store/standing.store.ts';

/** How a tenant stands: whether refusals hold, and what it has stopped collecting for. */
export interface Standing {
  readonly shadow: boolean;
  readonly ceased: CeasedFacts;
}

/** How long what is known of a tenant is believed where nothing is written, milliseconds of machine time. */
const BELIEVED_MS = 5_000;

/** What shadow mode never lets pass: not the policy's judgment, but what the store itself cannot do. */
const NEVER: ReadonlySet<RefusalCode> = new Set([
  'idempotency-key-reused',
  'basis-uncertain',
  'subject-unknown',
  'subject-erased',
  'subject-frozen',
  'tenant-unknown',
  'tenant-closed',
]);

/**
 * Shadow mode of a tenant that is just starting (everything is judged and recorded, nothing is refused, and nothing that
 * would have been refused is kept), and the end of a tenant or of one of its products.
 */
export class Standings {
  readonly #known = new Map<TenantId, { readonly standing: Standing; readonly until: number }>();

  constructor(private readonly context: ServiceContext) {}

  /** For questions: a moment old at most. An admission reads it in its own transaction. */
  async of(tenant: TenantId, machine: Date): Promise<Standing> {
    const known = this.#known.get(tenant);
    if (known !== undefined && known.until > machine.getTime()) return known.standing;
    const standing = await this.context.database.within(tenant, (sql) => this.read(sql, tenant));
    this.#known.set(tenant, { standing, until: machine.getTime() + BELIEVED_MS });
    return standing;
  }

  readonly read = (sql: Sql, tenant: TenantId): Promise<Standing> => new StandingStore(sql, tenant).standing();

  async setShadow(tenant: TenantId, isOn: boolean, by: string, at: Moment): Promise<void> {
    await this.context.database.within(tenant, (sql) => new StandingStore(sql, tenant).setShadow(isOn, by, at.machine));
    this.#known.delete(tenant);
  }

  /**
   * From `asked.at` on nothing is collected for the product, or for anything; an end can be brought forward, never put off.
   * @throws Fault `invalid` for a product the pack does not name
   */
  async cease(
    tenant: TenantId,
    asked: { readonly product?: string | undefined; readonly at?: string | undefined },
    by: string,
    at: Moment,
  ): Promise<Date> {
    const { products } = (await this.context.packs.pack(tenant)).scope;
    if (asked.product !== undefined && (products === undefined || !Object.hasOwn(products, asked.product)))
      throw new Fault('invalid', 'collection/undeclared-product', 'the pack has no such product', 'product');
    const from = asked.at === undefined ? at.legal : new Date(asked.at);
    const stops = await this.context.database.within(tenant, async (sql) => {
      const stopsAt = await new StandingStore(sql, tenant).cease(asked.product, from, by, at.legal);
      if (asked.product === undefined) await this.tell(sql, tenant, stopsAt, at.machine);
      return stopsAt;
    });
    this.#known.delete(tenant);
    return stops;
  }

  /** Says again from when on nothing is collected, to whoever missed it. */
  async stateAnew(sql: Transaction, tenant: TenantId, now: Date): Promise<void> {
    const { everything } = (await this.read(sql, tenant)).ceased;
    if (everything !== undefined) await this.tell(sql, tenant, everything, now);
  }

  /** Nobody agrees any more to what is not collected. */
  private tell(sql: Transaction, tenant: TenantId, at: Date, now: Date): Promise<string> {
    const about = { tenant, slot: TENANT_SLOT, now };
    return this.context.outbox.announce(sql, events.CollectingCeasedV1, about, { at: at.toISOString() });
  }

  /** Something else has written down how the tenant stands. */
  forget(tenant: TenantId): void {
    this.#known.delete(tenant);
  }

  readonly shadowCovers = (code: RefusalCode): boolean => !NEVER.has(code);
}
