import { Fault } from '@lethe/kernel';
import type { Discarded, PlaceOfMessage, ProposedDiscard } from './consumer-options.ts';
import { forgetParked, PARKED_COLUMNS, recordOf, type ParkedMessage, type Parking } from './parking.ts';
import { noFates, PositionStore } from './position-store.ts';
import type { SlotWorkContext } from './slot-context.ts';
import { evidence } from './slot-transaction.ts';
import { uuidv7 } from './uuid.ts';

const REASON = /^[a-z][a-z0-9-]{0,63}$/;
const GIVEN_UP = 'discarded/';

/** A parked message is given up: proposed by one person, which stands with the message and goes with it, and confirmed by another. */
export class Discarding {
  readonly #context: SlotWorkContext;
  readonly #consumer: string;

  constructor(
    context: SlotWorkContext,
    private readonly parking: Parking,
  ) {
    this.#context = context;
    this.#consumer = context.options.service;
  }

  /**
   * A proposal made anew takes the place of the one before.
   * @param reason a code, never free text @param by `iss#sub`
   * @returns its id
   * @throws Fault `missing` when nothing of the tenant is parked there; `conflict` for what only waits behind another; `invalid`
   */
  async propose(tenant: string, place: PlaceOfMessage, reason: string, by: string): Promise<string> {
    if (!REASON.test(reason))
      throw new Fault('invalid', 'messaging/discard-reason', 'the reason is a code in kebab-case', 'reason');
    const now = this.#context.now();
    const discard = uuidv7(now);
    await this.#context.options.database.transaction(async (sql) => {
      const [row] = await sql.query<{ code: string }>(
        `update parked set discard = $7, discard_reason = $8, discard_by = $9, discard_at = $10
         where consumer = $1 and topic = $2 and slot = $3 and incarnation = $4 and number = $5 and tenant = $6 returning code`,
        [
          ...[this.#consumer, place.topic, place.slot, place.incarnation, place.number, tenant],
          ...[discard, reason, by, now],
        ],
      );
      if (!row) throw new Fault('missing', 'messaging/not-parked', 'nothing is parked there');
      if (row.code === 'behind')
        throw new Fault('conflict', 'messaging/not-tried', 'it waits behind another message, which comes first');
    });
    return discard;
  }

  /**
   * Gives the message up, and tries what waited behind it: where that fails for now, it is tried again by itself.
   * @param may throws where this person may not confirm the proposal, or not any more
   * @throws Fault `missing` when there is no such proposal: the message may have been applied
   */
  async confirm(
    tenant: string,
    discard: string,
    by: string,
    may: (proposed: ProposedDiscard) => void,
  ): Promise<Discarded> {
    const { database, onError } = this.#context.options;
    const now = this.#context.now();
    const given = await database.transaction(async (sql): Promise<Discarded> => {
      const find = () =>
        sql.query<ParkedMessage>(
          `select ${PARKED_COLUMNS} from parked where consumer = $1 and tenant = $2 and discard = $3`,
          [this.#consumer, tenant, discard],
        );
      const [seen] = await find();
      if (!seen) throw noSuchDiscard();
      const store = new PositionStore(this.#consumer, seen.topic, seen.slot);
      await store.lock(sql);
      // Whoever was before us in the slot may have applied it.
      const [row] = await find();
      if (!row) throw noSuchDiscard();
      const { topic, slot, incarnation, type } = row;
      const reason = row.discard_reason!;
      may({ discard, reason, by: row.discard_by!, at: row.discard_at! });
      const deciders = [row.discard_by!, by];
      await forgetParked(sql, this.#consumer, [row]);
      await store.refuse(
        sql,
        [{ ...evidence(recordOf(row), `${GIVEN_UP}${reason}`), discarded: { by: deciders, tenant, type } }],
        now,
      );
      await store.unpark(sql, { ...noFates(), parked: -1, passedOver: 1 });
      return { topic, slot, incarnation, number: Number(row.number), type, reason, by: deciders, at: now };
    });
    const slot = { topic: given.topic, slot: given.slot };
    this.parking.unfinished(slot);
    await this.parking.retry(slot, true).catch((error: unknown) => onError?.(error));
    return given;
  }

  /** What of a tenant was given up, the last 1,000, newest first. */
  async list(tenant: string): Promise<Discarded[]> {
    const rows = await this.#context.options.database.transaction((sql) =>
      sql.query<Omit<Discarded, 'number' | 'reason'> & { number: string; code: string }>(
        `select topic, slot, incarnation, number, type, code, decided_by as by, at from refused_message
         where consumer = $1 and tenant = $2 and decided_by is not null order by at desc, id desc limit 1000`,
        [this.#consumer, tenant],
      ),
    );
    return rows.map(({ code, number, ...row }) => ({
      ...row,
      number: Number(number),
      reason: code.slice(GIVEN_UP.length),
    }));
  }
}

const noSuchDiscard = (): Fault =>
  new Fault('missing', 'messaging/no-such-discard', 'no such proposal: the message may have been applied', 'discard');
