import type { Envelope } from '@lethe/contracts';
import { tenantId, type Transaction } from '@lethe/kernel';
import type { Blocked } from './blocked.ts';
import { groupEvents } from './group.ts';
import type { Incoming } from './plan.ts';
import { Refused, SubjectErased, type Route } from './route.ts';
import { codeOf, isUnavailable } from './unavailable.ts';

/** One event to be applied. */
export interface Item {
  readonly record: Incoming;
  readonly event: Envelope;
  readonly routes: readonly Route[];
}

/** What became of one message. `behind`: it was not tried, something of its person is parked. */
export type Verdict =
  { readonly kind: 'applied' | 'dropped' | 'behind' } | { readonly kind: 'refused' | 'parked'; readonly code: string };

/** Applies events inside one transaction. */
export class Applying {
  #entered: string | undefined;

  constructor(
    private readonly sql: Transaction,
    private readonly topic: string,
    private readonly slot: number,
  ) {}

  /** Group by group, nothing set aside. @throws the first failure; the transaction is then to be rolled back */
  async all(items: readonly Item[]): Promise<void> {
    for (const group of groupEvents(items)) await this.#apply(group.items);
  }

  /**
   * Each failure alone: what fails is undone to its savepoint, and its person is blocked.
   * @throws only when something needed is down
   */
  async each(items: readonly Item[], blocked: Blocked): Promise<Map<Incoming, Verdict>> {
    const verdicts = new Map<Incoming, Verdict>();
    for (const group of groupEvents(items)) {
      const open = group.items.filter(({ event }) => !blocked.has(event.tenant, event.subject));
      const whole = open.length > 1 && (await this.#tried(open)).kind === 'applied';
      for (const item of group.items) {
        const { tenant, subject } = item.event;
        let verdict: Verdict = { kind: 'behind' };
        if (whole && open.includes(item)) verdict = { kind: 'applied' };
        else if (!blocked.has(tenant, subject)) verdict = await this.#tried([item]);
        if (verdict.kind === 'parked') blocked.add(tenant, subject);
        verdicts.set(item.record, verdict);
      }
    }
    return verdicts;
  }

  async #tried(items: readonly Item[]): Promise<Verdict> {
    await this.sql.query('savepoint message');
    try {
      await this.#apply(items);
      await this.sql.query('release savepoint message');
      return { kind: 'applied' };
    } catch (error) {
      if (isUnavailable(error)) throw error;
      await this.sql.query('rollback to savepoint message');
      this.#entered = undefined;
      if (error instanceof SubjectErased) return { kind: 'dropped' };
      if (error instanceof Refused) return { kind: 'refused', code: error.code };
      return { kind: 'parked', code: codeOf(error) };
    }
  }

  async #apply(items: readonly Item[]): Promise<void> {
    const { event, record, routes } = items[0]!;
    if (this.#entered !== event.tenant) {
      await this.sql.enter(tenantId(event.tenant));
      this.#entered = event.tenant;
    }
    const place = {
      topic: this.topic,
      slot: this.slot,
      incarnation: record.incarnation,
      numbers: items.map((item) => item.record.number),
    };
    const batch = items.map((item) => item.event);
    for (const route of routes) await route.apply(this.sql, batch, place);
  }
}
