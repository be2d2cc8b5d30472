import type { Sql, TenantId } from '@lethe/kernel';
import type { Standing } from '../standing.ts';

/** Whether a tenant is in shadow mode, and what it has stopped collecting for. */
export class StandingStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  async standing(): Promise<Standing> {
    const rows = await this.sql.query<{ product: string | null; stops_at: Date | null }>(
      `select null as product, null::timestamptz as stops_at from shadow_mode where is_on
       union all select product, stops_at from cessation`,
    );
    const ended = rows.flatMap(({ product, stops_at: at }) =>
      product === null || at === null ? [] : [{ product, at }],
    );
    const all = ended.find(({ product }) => product === '');
    return {
      shadow: rows.some(({ product }) => product === null),
      ceased: {
        ...(all === undefined ? {} : { everything: all.at }),
        products: new Map(ended.filter(({ product }) => product !== '').map(({ product, at }) => [product, at])),
      },
    };
  }

  async setShadow(isOn: boolean, by: string, at: Date): Promise<void> {
    await this.sql.query(
      `insert into shadow_mode (tenant, is_on, changed_by, at) values ($1, $2, $3, $4)
       on conflict (tenant) do update set is_on = excluded.is_on, changed_by = excluded.changed_by, at = excluded.at`,
      [this.tenant, isOn, by, at],
    );
  }

  /** The instant that stands: the earlier one, where an end was declared already. */
  async cease(product: string | undefined, from: Date, by: string, at: Date): Promise<Date> {
    const [row] = await this.sql.query<{ stops_at: Date }>(
      `insert into cessation (tenant, product, stops_at, declared_by, at) values ($1, $2, $3, $4, $5)
       on conflict (tenant, product) do update set stops_at = least(cessation.stops_at, excluded.stops_at),
         declared_by = excluded.declared_by, at = excluded.at
       returning stops_at`,
      [this.tenant, product ?? '', from, by, at],
    );
    return row?.stops_at ?? from;
  }
}
