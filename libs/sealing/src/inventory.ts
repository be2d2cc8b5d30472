import { Fault, type Database, type TenantId } from '@lethe/kernel';
import type { Root } from './root.ts';
import type { Slots } from './slots.ts';

/** What the keyring has of one tenant, and where the keys lie under which it is wrapped. */
export interface Inventory {
  readonly epoch: { readonly number: number; readonly since: Date };
  /** Code of the fault with which a process that starts now would end, for the root or the slots; undefined: it starts. */
  readonly restart: string | undefined;
  /** The root lies where it belongs, or answers. */
  readonly root: boolean;
  /** Which slot has a copy of the present epoch's key that the root opens; undefined while the root does not answer. */
  readonly slots: readonly [boolean, boolean] | undefined;
  /** Parts that open by a kept key. */
  readonly keptParts: number;
  /** Backups whose key lives, in the keyring or, isolated, beside it. */
  readonly backups: number;
  /** Of the isolated ones, those under whose key of its own neither slot has a copy any more. */
  readonly isolatedLost: number;
  /** Of the isolated ones, those whose key of its own lies in the first slot alone, and in the second alone. */
  readonly isolatedIn: readonly [number, number];
}

interface Row {
  readonly number: number;
  readonly key_name: string;
  readonly started_at: Date;
  readonly kept: number;
  readonly backups: number;
  readonly slot_keys: readonly string[];
}

/** @throws Fault `unavailable` when the keyring has no epoch */
export async function inventoryOf(
  { database, root }: { readonly database: Database; readonly root: Root },
  slots: Slots,
  tenant: TenantId,
): Promise<Inventory> {
  const [row] = await database.transaction((sql) =>
    sql.query<Row>(
      `select e.number, e.key_name, e.started_at,
         (select count(distinct part)::int from keyring.kept_key where tenant = $1) as kept,
         (select count(*)::int from keyring.backup_key where tenant = $1 and state <> 'destroyed') as backups,
         coalesce((select array_agg(slot_key) from keyring.backup_key where tenant = $1 and state = 'isolated'), '{}') as slot_keys
       from keyring.epoch e where e.state = 'current'`,
      [tenant],
    ),
  );
  if (row === undefined) throw new Fault('unavailable', 'sealing/no-epoch', 'the keyring has no epoch');
  const held = await slots.holding(row.key_name).catch(unanswered);
  // A root that was read at the start opens the slots though it lies nowhere any more: that is asked apart.
  const noRoot = await root.startsAgain().then(
    () => undefined,
    (error: unknown) => (error instanceof Fault ? error.code : 'sealing/root-unavailable'),
  );
  const isolated = await Promise.all(row.slot_keys.map((name) => slots.holding(name).catch(unanswered)));
  const lyingIn = (first: boolean, second: boolean) =>
    isolated.filter((each) => each?.[0] === first && each[1] === second).length;
  return {
    epoch: { number: row.number, since: row.started_at },
    restart: noRoot ?? (held?.includes(true) === false ? 'sealing/epoch-gone' : undefined),
    root: noRoot === undefined,
    slots: held,
    keptParts: row.kept,
    backups: row.backups,
    isolatedLost: lyingIn(false, false),
    isolatedIn: [lyingIn(true, false), lyingIn(false, true)],
  };
}

/** The root does not answer: nothing can be said about the slots. */
const unanswered = (): undefined => undefined;
