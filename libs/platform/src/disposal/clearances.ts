import { events, TENANT_SLOT } from '@lethe/contracts';
import { dayOf, type Database, type Day, type TenantId } from '@lethe/kernel';
import { on, type Consumer, type Route } from '@lethe/messaging';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';

/** Why nothing goes by its date; `unheard`: something that retention has told of the tenant is parked here. */
export type Waits = 'stopped-by-officer' | 'days-skipped' | 'unheard';

/** What retention tells. */
interface Cleared {
  readonly through: Day | null;
  readonly stopped: boolean;
}

/** Why nothing goes by its date on a day of the machine's clock. @param through null: nothing was counted yet, and no sweep has come by */
export function waitsOn(today: Day, { through, stopped }: Cleared): Exclude<Waits, 'unheard'> | undefined {
  if (stopped) return 'stopped-by-officer';
  return through !== null && today > through ? 'days-skipped' : undefined;
}

/**
 * What goes by its date and outside an order (rows, floors, longer periods) goes by the word of retention, which holds the
 * breaker: while the machine's day is not past the one it told, and no officer has stopped disposal. A clock that jumped, here
 * alone or everywhere, destroys nothing (I21). Of a tenant of which nothing was told yet nothing waits. What is parked here may
 * be a hold, a longer period or a stop (I14): until it is applied, or a person has given it up, nothing of the tenant goes.
 */
export class Clearances {
  readonly #said = new Map<TenantId, Waits>();

  constructor(
    private readonly options: {
      readonly database: Database;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly consumer: () => Pick<Consumer, 'hasParked'>;
    },
  ) {}

  /**
   * What was told last stands. Of one life of retention nothing older is taken back: a database that was put back hears it to
   * the end before it serves, and then once more from where it stood.
   */
  routes(): Route[] {
    return [
      on(events.DisposalClearedV1, async (sql, batch, { slot, incarnation, numbers }) => {
        const [last, number] = [batch.at(-1), numbers.at(-1)];
        if (last === undefined || slot !== TENANT_SLOT) return;
        await sql.query(
          `insert into disposal_cleared (tenant, through, stopped, incarnation, number) values ($1, $2, $3, $4, $5)
           on conflict (tenant) do update set through = excluded.through, stopped = excluded.stopped,
             incarnation = excluded.incarnation, number = excluded.number
           where disposal_cleared.incarnation <> excluded.incarnation or disposal_cleared.number < excluded.number`,
          [last.tenant, last.data.through ?? null, last.data.stop !== undefined, incarnation, number],
        );
      }),
    ];
  }

  /** Why nothing of the tenant goes by its date now; undefined when it goes. */
  async waits(tenant: TenantId): Promise<Waits | undefined> {
    const { database, clock, consumer } = this.options;
    const { cleared, unheard } = await database.within(tenant, async (sql) => {
      const [told] = await sql.query<Cleared>(
        'select through::text as through, stopped from disposal_cleared where tenant = $1',
        [tenant],
      );
      return { cleared: told, unheard: await consumer().hasParked(sql, tenant, events.DisposalClearedV1.topic) };
    });
    const waits = cleared && waitsOn(dayOf(clock.machineNow(), await clock.zone(tenant)), cleared);
    return waits ?? (unheard ? 'unheard' : undefined);
  }

  /** The same for whoever is about to let it go; that it waits is logged once, until it goes. */
  async goesByDate(tenant: TenantId): Promise<boolean> {
    const waits = await this.waits(tenant);
    if (waits === undefined) this.#said.delete(tenant);
    else if (this.#said.get(tenant) !== waits) {
      this.#said.set(tenant, waits);
      this.options.logger.error(
        { tenant, code: `platform/${waits}` },
        'nothing goes by its date here: disposal was stopped, the clock is past the days that were swept, or something is parked',
      );
    }
    return waits === undefined;
  }
}
