import type { ServiceContext } from '@lethe/platform';
import type { TenantId } from '@lethe/kernel';
import type { RefusalCode } from '@lethe/contracts';
import { StaffStore } from './store/staff.store.ts';

/** How long what is known of a tenant's mode is believed, milliseconds of machine time. */
const BELIEVED_MS = 5_000;

/** What shadow mode never lets pass: not the policy's judgment, but what the store itself cannot do. */
const NEVER: ReadonlySet<RefusalCode> = new Set([
  'idempotency-key-reused',
  'basis-uncertain',
  'subject-erased',
  'subject-frozen',
  'tenant-unknown',
  'tenant-closed',
]);

/**
 * Shadow mode of a tenant that is just starting: everything is judged and recorded, nothing is refused, and nothing that
 * would have been refused is kept.
 */
export class Shadow {
  readonly #known = new Map<TenantId, { readonly isOn: boolean; readonly until: number }>();

  constructor(private readonly context: ServiceContext) {}

  async isOn(tenant: TenantId, machine: Date): Promise<boolean> {
    const known = this.#known.get(tenant);
    if (known !== undefined && known.until > machine.getTime()) return known.isOn;
    const isOn = await this.context.database.within(tenant, (sql) => new StaffStore(sql, tenant).shadow());
    this.#known.set(tenant, { isOn, until: machine.getTime() + BELIEVED_MS });
    return isOn;
  }

  async set(tenant: TenantId, isOn: boolean, by: string, machine: Date): Promise<void> {
    await this.context.database.within(tenant, (sql) => new StaffStore(sql, tenant).setShadow(isOn, by, machine));
    this.#known.delete(tenant);
  }

  readonly covers = (code: RefusalCode): boolean => !NEVER.has(code);
}
