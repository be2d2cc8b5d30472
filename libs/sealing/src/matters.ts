import { Fault, steady, type Day, type MatterId, type TenantId } from '@lethe/kernel';
import type { EpochKeys } from './epoch-keys.ts';
import { classContext, datedContext, dayContext, matterContext } from './part-keys.ts';
import { newWrappedKey, unwrapBytes, unwrapKey, wrapBytes, wrapKey } from './wrap.ts';

/** The outcome of dating a matter. `closing`, `dead`: its day, old or new, takes part in nothing more; `unknown`: no part was ever sealed under it. */
export type MatterDated =
  { readonly outcome: 'dated'; readonly from?: Day } | { readonly outcome: 'closing' | 'dead' | 'unknown' };

interface DatedRow {
  readonly outcome: 'read' | 'dated' | 'closing' | 'dead' | 'unknown';
  readonly day_epoch: number | null;
  readonly day_wrapped: Buffer | null;
  readonly matter_epoch: number | null;
  readonly matter_wrapped: Buffer | null;
  readonly matter_day: string | null;
  readonly by_epoch: number | null;
  readonly by_wrapped: Buffer | null;
}

const DATE = steady('select * from keyring.date_matter($1, $2, $3, $4, $5, $6, $7, $8)');

/** Two who date one matter at once, or an epoch that ends meanwhile, make the other read again. */
const ATTEMPTS = 10;

/** Re-wraps a matter's key from its class's key, or the key of its old day, to the key of its new day. */
export async function dateMatter(
  epochs: EpochKeys,
  tenant: TenantId,
  matter: MatterId,
  kind: string,
  day: Day,
): Promise<MatterDated> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const dated = await epochs.within(async (epoch): Promise<MatterDated | undefined> => {
      const ask = (candidate: Buffer | null, was: Buffer | null, wrapped: Buffer | null) =>
        epochs.transaction(async (sql) => {
          const [row] = await sql.query<DatedRow>(DATE, [
            tenant,
            epoch.number,
            matter,
            kind,
            day,
            candidate,
            was,
            wrapped,
          ]);
          return row!;
        });
      const read = await ask(newWrappedKey(epoch.key, dayContext(tenant, day, kind)).wrapped, null, null);
      if (read.outcome !== 'read') return { outcome: read.outcome };
      if (read.by_wrapped === null)
        throw new Fault('unavailable', 'sealing/key-lost', 'a matter waits under a key that is not there');
      const under = read.matter_day === null ? classContext(tenant, kind) : dayContext(tenant, read.matter_day, kind);
      const by = unwrapKey(await epochs.key(read.by_epoch!), under, read.by_wrapped);
      const inner = unwrapBytes(
        await epochs.key(read.matter_epoch!),
        matterContext(tenant, matter, kind),
        read.matter_wrapped!,
      );
      const key = unwrapKey(by, datedContext(tenant, matter, kind, read.matter_day), inner);
      const dayKey = unwrapKey(await epochs.key(read.day_epoch!), dayContext(tenant, day, kind), read.day_wrapped!);
      const dated = wrapKey(dayKey, datedContext(tenant, matter, kind, day), key);
      const written = await ask(
        null,
        read.matter_wrapped,
        wrapBytes(epoch.key, matterContext(tenant, matter, kind), dated),
      );
      if (written.outcome === 'read') return undefined;
      if (written.outcome !== 'dated') return { outcome: written.outcome };
      return { outcome: 'dated', ...(read.matter_day === null ? {} : { from: read.matter_day }) };
    });
    if (dated !== undefined) return dated;
  }
  throw new Fault('conflict', 'sealing/matter-moves', 'the matter is being dated by others again and again');
}
