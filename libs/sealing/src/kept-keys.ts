import type { KeyObject } from 'node:crypto';
import type { Database, PartId, TenantId } from '@lethe/kernel';
import { generationOf } from './envelope.ts';
import type { EpochKeys } from './epoch-keys.ts';
import type { Evictions } from './evictions.ts';
import { keptContext, type KeyringSealer } from './keyring-sealer.ts';
import type { OpenItem } from './seal-item.ts';
import { wrapKey } from './wrap.ts';

/** `everything`: a hold, stronger than the day and the subject key. `disposal`: an extended period; it goes with the subject. */
export type KeptAgainst = 'everything' | 'disposal';

/** Keys of single parts, set aside for a hold before a day or a subject key dies. */
export class KeptKeys {
  constructor(
    private readonly database: Database,
    private readonly epochs: EpochKeys,
    private readonly evictions: Evictions,
    private readonly sealer: KeyringSealer,
  ) {}

  async keep(tenant: TenantId, hold: string, items: readonly OpenItem[], against: KeptAgainst) {
    return this.evictions.use(() =>
      this.epochs.within(async (epoch): Promise<{ kept: number; lost: readonly PartId[] }> => {
        const opened = await this.sealer.opened(tenant, items, ({ key, plaintext }) => {
          plaintext.fill(0);
          return key;
        });
        const fitting: { item: OpenItem; key: KeyObject }[] = [];
        const lost: PartId[] = [];
        for (const [at, item] of items.entries()) {
          const each = opened[at]!;
          // A key that does not open the part would be found out only when it is too late.
          if (typeof each === 'string') lost.push(item.part);
          else fitting.push({ item, key: each });
        }
        if (fitting.length === 0) return { kept: 0, lost };
        const [row] = await this.database.transaction((sql) =>
          sql.query<{ parts: string[] }>(
            'select keyring.keep($1, $2, $3, $4, $5::text[], $6::text[], $7::text[], $8::integer[], $9::text[], $10::text[], $11::bytea[]) as parts',
            [
              tenant,
              epoch.number,
              hold,
              against,
              fitting.map(({ item }) => item.part),
              fitting.map(({ item }) => item.subject),
              fitting.map(({ item }) => item.compartment),
              fitting.map(({ item }) => generationOf(item.sealed)),
              fitting.map(({ item: { time } }) => (time.kind === 'day' ? `d ${time.day}` : `m ${time.matter}`)),
              fitting.map(({ item }) => item.time.class),
              fitting.map(({ item, key }) => wrapKey(epoch.key, keptContext(tenant, hold, item.part), key)),
            ],
          ),
        );
        const kept = new Set(row!.parts);
        for (const { item } of fitting) if (!kept.has(item.part)) lost.push(item.part);
        return { kept: kept.size, lost };
      }),
    );
  }

  /** Read along the key of the table, name by name: as many steps as there are names, however many parts. */
  async names(tenant: TenantId): Promise<string[]> {
    const rows = await this.database.transaction((sql) =>
      sql.query<{ hold: string }>(
        `with recursive name as (
           (select k.hold from keyring.kept_key k where k.tenant = $1 order by k.hold limit 1)
           union all
           select (select k.hold from keyring.kept_key k where k.tenant = $1 and k.hold > n.hold order by k.hold limit 1)
             from name n where n.hold is not null)
         select hold from name where hold is not null`,
        [tenant],
      ),
    );
    return rows.map(({ hold }) => hold);
  }

  async release(
    tenant: TenantId,
    hold: string,
    parts: readonly PartId[] | undefined,
  ): Promise<{ readonly keys: number; readonly at: Date }> {
    const [row] = await this.database.transaction((sql) =>
      sql.query<{ keys: number; at: Date }>('select * from keyring.release($1, $2, $3::text[])', [
        tenant,
        hold,
        parts ?? null,
      ]),
    );
    return row!;
  }
}
