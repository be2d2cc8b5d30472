import { service as services } from '@lethe/contracts';
import { Fault, type TenantId } from '@lethe/kernel';
import type { Outbox } from '@lethe/messaging';
import { restateRoute } from './http/platform.controllers.ts';
import type { PackShelf } from './packs.ts';
import { LETHE, type Peers } from './peers.ts';
import type { StateSlot } from './service.ts';

/** How long the relay may take to number the end of a statement. Machine milliseconds. */
const NUMBERED_WITHIN_MS = 30_000;
/** How long a consumer waits for a statement before it asks again; it then joins the one under way. Machine milliseconds. */
const STATED_WITHIN_MS = 60_000;

/** What a service can state anew: its facts, and the orders it has given. */
export interface Stated {
  readonly restate?: StateSlot | undefined;
  readonly restateOrders?: StateSlot | undefined;
}

/** Of every tenant in turn; the id of the last event that was told, of any. */
export async function ofEveryTenant(
  packs: Pick<PackShelf, 'tenants'>,
  state: (tenant: TenantId) => Promise<string | undefined>,
): Promise<string | undefined> {
  let last: string | undefined;
  for (const { tenant } of await packs.tenants()) last = (await state(tenant)) ?? last;
  return last;
}

/** How long a statement serves others who ask for one. Machine milliseconds. */
const SERVES_MS = 10 * 60_000;

/** A statement of a slot: under way, or made. */
interface Statement {
  /** The slot's last number before it began. */
  readonly since: Promise<number>;
  /** The number it ends with. */
  readonly through: Promise<number>;
  /** When it was made, by a clock that only counts; undefined while it is under way. */
  madeAt?: number;
}

/**
 * One statement of a topic's slot at a time. Whoever asks meanwhile, or soon after, is given that one if all of it stands beyond what
 * they have gone through: who is slower than a statement is long would else make another each time they ask again.
 */
export class Restatements {
  /** By topic and slot. */
  readonly #statements = new Map<string, Statement>();

  constructor(
    private readonly outbox: Pick<Outbox, 'service' | 'slots' | 'numberOf' | 'head'>,
    private readonly stated: Stated,
  ) {}

  /**
   * The number of the last event of the statement.
   * @param beyond absent: a statement that begins now
   * @throws Fault `missing` for a topic whose events cannot be stated anew; `invalid` for a slot there is not
   */
  async state(topic: string, slot: number, beyond?: number): Promise<number> {
    const stateSlot = this.#of(topic);
    if (stateSlot === undefined)
      throw new Fault('missing', 'messaging/not-stated', `${this.outbox.service} cannot state ${topic} anew`, 'topic');
    if (slot >= this.outbox.slots)
      throw new Fault('invalid', 'messaging/no-such-slot', `there are ${String(this.outbox.slots)} slots`, 'slot');
    const place = `${topic}/${String(slot)}`;
    for (;;) {
      const present = this.#statements.get(place);
      if (present === undefined) return this.#begin(stateSlot, topic, slot).through;
      if (beyond !== undefined && serves(present) && (await present.since) >= beyond) return present.through;
      await present.through.catch(() => undefined);
      if (this.#statements.get(place) === present) this.#statements.delete(place);
    }
  }

  #of(topic: string): StateSlot | undefined {
    const { service } = this.outbox;
    if (topic === `lethe.${service}`) return this.stated.restate;
    return topic === `lethe.${service}.order` ? this.stated.restateOrders : undefined;
  }

  #begin(stateSlot: StateSlot, topic: string, slot: number): Statement {
    const since = this.outbox.head(topic, slot);
    const through = since
      .then(() => stateSlot(slot))
      // Where there was nothing to say, all that had been said before the question is the statement.
      .then((event) => (event === undefined ? since : this.#numbered(event)));
    const statement: Statement = { since, through };
    const place = `${topic}/${String(slot)}`;
    this.#statements.set(place, statement);
    through.then(
      () => (statement.madeAt = performance.now()),
      () => this.#statements.get(place) === statement && this.#statements.delete(place),
    );
    return statement;
  }

  async #numbered(event: string): Promise<number> {
    return (await this.outbox.numberOf(event, NUMBERED_WITHIN_MS)).number;
  }
}

const serves = ({ madeAt }: Statement): boolean => madeAt === undefined || performance.now() - madeAt < SERVES_MS;

/** Asks a producer to state a slot anew; a service that missed its own asks itself. */
export const restateFrom =
  (self: string, own: Restatements, peers: Peers) =>
  async (producer: string, topic: string, slot: number, beyond: number): Promise<number> => {
    if (producer === self) return own.state(topic, slot, beyond);
    const { through } = await peers.ask(restateRoute(services.parse(producer)), {
      tenant: LETHE,
      body: { topic, slot, beyond },
      timeoutMs: STATED_WITHIN_MS,
    });
    return through;
  };
