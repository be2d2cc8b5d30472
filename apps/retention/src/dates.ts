import type { Day, Sql, TenantId } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import { goesOn, type Pack } from '@lethe/policy';
import { dueDays, goingOn, orderedOn, type DayTally, type DueDay } from './domain/disposal.ts';
import { TallyStore } from './store/tally.store.ts';

/** When is asked: the last day that may go, which is today unless the tenant has ended. Machine time. */
interface Due {
  readonly tenant: TenantId;
  readonly today: Day;
  readonly through: Day;
  readonly now: Date;
}

type Counted = Pick<DayTally, 'class' | 'day' | 'floor'>;

/** What is counted for a day, and on which day it goes under the version in force. Everybody who asks what is due asks here. */
export class Dates {
  constructor(private readonly context: ServiceContext) {}

  /** What no order in force covers and what goes up to a day; counted up to now. */
  async unordered(sql: Sql, tenant: TenantId, through: Day): Promise<DayTally[]> {
    const pack = await this.context.packs.pack(tenant);
    const shortened = [...pack.classes.values()].filter(({ later }) => later !== undefined).map(({ name }) => name);
    const tallies = await new TallyStore(sql, tenant).unordered(through, shortened);
    return tallies
      .map((tally) => ({ ...tally, ...going(pack, tally) }))
      .filter(({ day, goes }) => (goes ?? day) <= through);
  }

  /** The days that must be ordered now, however many. */
  async due(sql: Sql, { tenant, today, through, now }: Due): Promise<DueDay[]> {
    return dueDays(await this.unordered(sql, tenant, through), today, now, through);
  }

  /** On which day what is counted for a day goes, and on which a sweep orders what is not ordered of it. */
  async goingOf({ tenant, today, through }: Due): Promise<(tally: Counted) => { goes: Day; ordered: Day }> {
    const pack = await this.context.packs.pack(tenant);
    return (counted) => {
      const tally = { ...counted, ...going(pack, counted) };
      return { goes: goingOn(tally), ordered: orderedOn(tally, today, through > today) };
    };
  }
}

function going(pack: Pack, { class: of, day }: { readonly class: string; readonly day: Day }): { goes?: Day } {
  const disposalClass = pack.classes.get(of);
  const goes = disposalClass === undefined ? day : goesOn(disposalClass, day);
  return goes === day ? {} : { goes };
}
