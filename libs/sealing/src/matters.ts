import { Fault, steady, type Day, type MatterId, type TenantId } from '@lethe/kernel';
import type { CurrentEpoch, EpochKeys } from './epoch-keys.ts';
import { classContext, datedContext, dayContext, matterContext } from './part-keys.ts';
import { newWrappedKey, unwrapBytes, unwrapKey, wrapBytes, wrapKey } from './wrap.ts';

/** The outcome of dating a matter. `closing`, `dead`: its day, old or new, takes part in nothing more; `unknown`: no part was ever sealed under it. */
export type MatterDated =
  { readonly outcome: 'dated'; readonly from?: Day } | { readonly outcome: 'closing' | 'dead' | 'unknown' };

/** A matter's parts of one class, and the day they are to go. */
export interface MatterDate {
  readonly matter: MatterId;
  readonly kind: string;
  readonly day: Day;
}

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

/** What one look offers: a key for a day that has none, or the matter's key wrapped anew in place of what it `was`. */
interface Offer extends MatterDate {
  readonly candidate: Buffer | null;
  readonly was: Buffer | null;
  readonly wrapped: Buffer | null;
}

const DATE = steady(`
  select d.* from unnest($3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[])
    with ordinality as w (matter, class, day, candidate, was, wrapped, ordinal)
  cross join lateral keyring.date_matter($1, $2, w.matter, w.class, w.day, w.candidate, w.was, w.wrapped) d
  order by w.ordinal`);

/** Two who date one matter at once, or an epoch that ends meanwhile, make the other read again. */
const ATTEMPTS = 10;

/**
 * Re-wraps the keys of matters, each from its class's key, or the key of its old day, to the key of its new day. The outcomes, in
 * the order asked; a matter of a class may stand in it once.
 */
export async function dateMatters(
  epochs: EpochKeys,
  tenant: TenantId,
  dates: readonly MatterDate[],
): Promise<readonly MatterDated[]> {
  const outcomes = new Map<MatterDate, MatterDated>();
  // In one order for everybody: two who date the same days at once wait for each other in turn.
  let left = [...dates].sort((a, b) => compare(keyOf(a), keyOf(b)));
  for (let attempt = 0; attempt < ATTEMPTS && left.length > 0; attempt++) {
    const asked = left;
    const settled = await epochs.within((epoch) => dateOnce(epochs, epoch, tenant, asked));
    asked.forEach((date, index) => {
      const outcome = settled[index];
      if (outcome !== undefined) outcomes.set(date, outcome);
    });
    left = asked.filter((date) => !outcomes.has(date));
  }
  if (left.length > 0)
    throw new Fault('conflict', 'sealing/matter-moves', 'the matter is being dated by others again and again');
  return dates.map((date) => outcomes.get(date)!);
}

/** Undefined for those that somebody else has moved meanwhile. */
async function dateOnce(
  epochs: EpochKeys,
  epoch: CurrentEpoch,
  tenant: TenantId,
  dates: readonly MatterDate[],
): Promise<(MatterDated | undefined)[]> {
  const ask = async (offers: readonly Offer[]): Promise<DatedRow[]> =>
    offers.length === 0
      ? []
      : epochs.transaction((sql) =>
          sql.query<DatedRow>(DATE, [
            ...[tenant, epoch.number],
            offers.map(({ matter }) => matter),
            offers.map(({ kind }) => kind),
            offers.map(({ day }) => day),
            offers.map(({ candidate }) => candidate),
            offers.map(({ was }) => was),
            offers.map(({ wrapped }) => wrapped),
          ]),
        );
  const candidates = new Map<string, Buffer>();
  const candidate = ({ kind, day }: MatterDate): Buffer => {
    const known = candidates.get(`${kind} ${day}`);
    if (known !== undefined) return known;
    const { wrapped } = newWrappedKey(epoch.key, dayContext(tenant, day, kind));
    candidates.set(`${kind} ${day}`, wrapped);
    return wrapped;
  };
  const read = await ask(dates.map((date) => ({ ...date, candidate: candidate(date), was: null, wrapped: null })));
  const moving: { readonly index: number; readonly offer: Offer }[] = [];
  for (const [index, date] of dates.entries()) {
    const row = read[index]!;
    if (row.outcome !== 'read') continue;
    const wrapped = await wrappedAnew(epochs, epoch, tenant, date, row);
    moving.push({ index, offer: { ...date, candidate: null, was: row.matter_wrapped, wrapped } });
  }
  const written = await ask(moving.map(({ offer }) => offer));
  const after = new Map(moving.map(({ index }, nth) => [index, written[nth]!.outcome]));
  return dates.map((_, index): MatterDated | undefined => {
    const { outcome, matter_day: from } = read[index]!;
    const last = after.get(index) ?? outcome;
    if (last === 'read') return undefined;
    if (last !== 'dated') return { outcome: last };
    return { outcome: 'dated', ...(from === null ? {} : { from }) };
  });
}

/** The matter's key under the key of its new day. */
async function wrappedAnew(
  epochs: EpochKeys,
  epoch: CurrentEpoch,
  tenant: TenantId,
  { matter, kind, day }: MatterDate,
  read: DatedRow,
): Promise<Buffer> {
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
  return wrapBytes(
    epoch.key,
    matterContext(tenant, matter, kind),
    wrapKey(dayKey, datedContext(tenant, matter, kind, day), key),
  );
}

const keyOf = ({ day, kind, matter }: MatterDate): string => `${day} ${kind} ${matter}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
