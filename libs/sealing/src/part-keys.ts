import type { KeyObject } from 'node:crypto';
import { Fault, type Database, type Sql, type TenantId } from '@lethe/kernel';
import type { CurrentEpoch, EpochKeys } from './epoch-keys.ts';
import type { KeyCache } from './key-cache.ts';
import type { PartTime } from './seal-item.ts';
import { newWrappedKey, unwrapBytes, unwrapKey, wrapBytes, type WrapContext } from './wrap.ts';

/** The keys a part asks for; generation 0 is the youngest living one. */
export interface WantedKeys {
  readonly subject: string;
  readonly compartment: string;
  readonly generation: number;
  readonly time: PartTime;
}

export type Verdict = 'open' | 'closing' | 'dead' | 'unknown';

/** One key of a batch, as far as it is known. */
export interface Wanted {
  readonly kind: 's' | 'd' | 'm';
  /** Subject and compartment; day and class; matter and class. */
  readonly first: string;
  readonly second: string;
  generation: number;
  readonly youngest: boolean;
  verdict: Verdict;
  key: KeyObject | undefined;
  candidate: { readonly key: KeyObject; readonly wrapped: Buffer } | undefined;
}

interface Row {
  readonly kind: 's' | 'd' | 'm';
  readonly ordinal: number;
  readonly verdict: Verdict;
  readonly generation: number | null;
  readonly epoch: number | null;
  readonly wrapped: Buffer | null;
  readonly day: string | null;
  readonly by_epoch: number | null;
  readonly by_wrapped: Buffer | null;
}

export const subjectContext = (tenant: string, subject: string, compartment: string): WrapContext => [
  'subject',
  tenant,
  subject,
  compartment,
];
export const dayContext = (tenant: string, day: string, kind: string): WrapContext => ['day', tenant, day, kind];
export const classContext = (tenant: string, kind: string): WrapContext => ['class', tenant, kind];
/** Outside, under the epoch key. */
export const matterContext = (tenant: string, matter: string, kind: string): WrapContext => [
  'matter',
  tenant,
  matter,
  kind,
];
/** Inside, under the key of its day (or of its class, while it waits). */
export const datedContext = (tenant: string, matter: string, kind: string, day: string | null): WrapContext => [
  'dated',
  tenant,
  matter,
  kind,
  day ?? '',
];

/** The distinct keys of a batch, so that each is asked for once. */
export class KeyBatch {
  readonly s: Wanted[] = [];
  readonly d: Wanted[] = [];
  readonly m: Wanted[] = [];
  private readonly all = new Map<string, Wanted>();
  private readonly ofItems: (readonly [Wanted, Wanted])[];

  constructor(items: readonly WantedKeys[]) {
    let last: { readonly time: PartTime; readonly wanted: Wanted } | undefined;
    this.ofItems = items.map(({ subject, compartment, generation, time }) => {
      // Parts of one day often share the very object that says so.
      if (last?.time !== time)
        last = {
          time,
          wanted:
            time.kind === 'day' ? this.want('d', time.day, time.class, 0) : this.want('m', time.matter, time.class, 0),
        };
      return [this.want('s', subject, compartment, generation), last.wanted];
    });
  }

  /** The subject key and the time key of an item. */
  of(item: number): readonly [Wanted, Wanted] {
    return this.ofItems[item]!;
  }
  get missing(): Wanted[] {
    return [...this.all.values()].filter((wanted) => wanted.key === undefined);
  }

  private want(kind: Wanted['kind'], first: string, second: string, generation: number): Wanted {
    const name = `${kind}|${first}|${second}|${generation}`;
    const known = this.all.get(name);
    if (known !== undefined) return known;
    const made: Wanted = {
      kind,
      first,
      second,
      generation,
      youngest: generation === 0,
      verdict: 'unknown',
      key: undefined,
      candidate: undefined,
    };
    this.all.set(name, made);
    this[kind].push(made);
    return made;
  }
}

/** Finds, checks and makes the keys of parts, a batch at a time. */
export class PartKeys {
  constructor(
    private readonly database: Database,
    private readonly epochs: EpochKeys,
    private readonly cache: KeyCache,
  ) {}

  /** Every key of the batch, made where missing; every state asked of the keyring, whatever the cache says. */
  async make(tenant: TenantId, batch: KeyBatch): Promise<void> {
    this.fromCache(tenant, batch);
    const cached = batch.s.filter((wanted) => wanted.youngest && wanted.key !== undefined);
    await this.makeOnce(tenant, batch);
    // What was the youngest generation when it was cached has been shredded since: there is a younger one, or will be.
    const outlived = cached.filter((wanted) => wanted.verdict === 'dead');
    if (outlived.length === 0) return;
    for (const wanted of outlived) wanted.generation = 0;
    await this.makeOnce(tenant, batch);
  }

  private async makeOnce(tenant: TenantId, batch: KeyBatch): Promise<void> {
    await this.epochs.within(async (epoch) => {
      const version = this.cache.version;
      const rows = await this.database.transaction(async (sql) => {
        const classes = await this.classKeys(sql, tenant, batch, epoch);
        for (const wanted of batch.missing) wanted.candidate = this.candidate(tenant, wanted, epoch, classes);
        return resolve(sql, tenant, batch, batch.missing.length > 0 ? epoch.number : 0);
      });
      await this.take(tenant, batch, rows, version);
    });
  }

  /** Every key of the batch that is alive; those in memory are not asked for. */
  async find(tenant: TenantId, batch: KeyBatch): Promise<void> {
    this.fromCache(tenant, batch);
    if (batch.missing.length === 0) return;
    await this.epochs.within(async () => {
      const version = this.cache.version;
      const rows = await this.database.transaction((sql) => resolve(sql, tenant, batch, 0));
      await this.take(tenant, batch, rows, version);
    });
  }

  /** How every key of the batch stands, without reading any. */
  async states(tenant: TenantId, batch: KeyBatch, sql?: Sql): Promise<void> {
    const rows =
      sql === undefined
        ? await this.database.transaction((own) => resolve(own, tenant, batch, 0))
        : await resolve(sql, tenant, batch, 0);
    for (const row of rows) {
      const wanted = batch[row.kind][row.ordinal - 1]!;
      wanted.verdict = row.verdict;
      wanted.generation = row.generation ?? wanted.generation;
    }
  }

  private fromCache(tenant: TenantId, batch: KeyBatch): void {
    for (const wanted of batch.missing) {
      const { kind, first, second } = wanted;
      if (kind === 's') {
        const known = this.cache.subject(tenant, first, second, wanted.generation);
        wanted.key = known?.key;
        wanted.generation = known?.generation ?? wanted.generation;
      } else {
        wanted.key = kind === 'd' ? this.cache.day(tenant, first, second) : this.cache.matter(tenant, first, second);
      }
      if (wanted.key !== undefined) wanted.verdict = 'open';
    }
  }

  private candidate(tenant: TenantId, wanted: Wanted, epoch: CurrentEpoch, classes: ReadonlyMap<string, KeyObject>) {
    const { kind, first, second } = wanted;
    if (kind === 's') return newWrappedKey(epoch.key, subjectContext(tenant, first, second));
    if (kind === 'd') return newWrappedKey(epoch.key, dayContext(tenant, first, second));
    const { key, wrapped } = newWrappedKey(classes.get(second)!, datedContext(tenant, first, second, null));
    return { key, wrapped: wrapBytes(epoch.key, matterContext(tenant, first, second), wrapped) };
  }

  /** The keys under which matters of a class wait; made on first use. */
  private async classKeys(
    sql: Sql,
    tenant: TenantId,
    batch: KeyBatch,
    epoch: CurrentEpoch,
  ): Promise<Map<string, KeyObject>> {
    const keys = new Map<string, KeyObject>();
    const missing: string[] = [];
    for (const kind of new Set(batch.missing.flatMap((wanted) => (wanted.kind === 'm' ? [wanted.second] : [])))) {
      const known = this.cache.class(tenant, kind);
      if (known === undefined) missing.push(kind);
      else keys.set(kind, known);
    }
    if (missing.length === 0) return keys;
    const version = this.cache.version;
    const candidates = missing.map((kind) => newWrappedKey(epoch.key, classContext(tenant, kind)).wrapped);
    const rows = await sql.query<{ class: string; epoch: number; wrapped: Buffer }>(
      'select * from keyring.class_keys($1, $2, $3::text[], $4::bytea[])',
      [tenant, epoch.number, missing, candidates],
    );
    for (const row of rows) {
      // While an epoch is ending, a row may still be under the one before, whose key is in memory or in the slots.
      const under = row.epoch === epoch.number ? epoch.key : await this.epochs.key(row.epoch);
      const key = unwrapKey(under, classContext(tenant, row.class), row.wrapped);
      keys.set(row.class, key);
      this.cache.storeClass(version, tenant, row.class, key);
    }
    return keys;
  }

  private async take(tenant: TenantId, batch: KeyBatch, rows: readonly Row[], version: number): Promise<void> {
    const loaded: { readonly wanted: Wanted; readonly row: Row }[] = [];
    for (const row of rows) {
      const wanted = batch[row.kind][row.ordinal - 1]!;
      wanted.verdict = row.verdict;
      if (row.generation !== null) wanted.generation = row.generation;
      if (row.verdict === 'dead' || row.verdict === 'unknown' || row.wrapped === null) wanted.key = undefined;
      else if (wanted.key === undefined) loaded.push({ wanted, row });
    }
    const epochs = await this.epochKeys(loaded.map(({ row }) => row));
    for (const { wanted, row } of loaded) {
      wanted.key = unwrapped(tenant, wanted, row, epochs);
      this.store(version, tenant, wanted);
    }
  }

  /** The epoch keys these rows lie under: one or two, however many rows. */
  private async epochKeys(rows: readonly Row[]): Promise<ReadonlyMap<number, KeyObject>> {
    const keys = new Map<number, KeyObject>();
    for (const { epoch, by_epoch: by } of rows)
      for (const number of [epoch, by])
        if (number !== null && !keys.has(number)) keys.set(number, await this.epochs.key(number));
    return keys;
  }

  private store(version: number, tenant: TenantId, { kind, first, second, generation, youngest, key }: Wanted): void {
    if (kind === 's')
      this.cache.storeSubject(version, tenant, first, second, { generation, current: youngest, key: key! });
    else if (kind === 'd') this.cache.storeDay(version, tenant, first, second, key!);
    else this.cache.storeMatter(version, tenant, first, second, key!);
  }
}

function unwrapped(tenant: TenantId, wanted: Wanted, row: Row, epochs: ReadonlyMap<number, KeyObject>): KeyObject {
  const { kind, first, second, candidate } = wanted;
  if (candidate?.wrapped.equals(row.wrapped!) === true) return candidate.key;
  const epoch = epochs.get(row.epoch!)!;
  if (kind === 's') return unwrapKey(epoch, subjectContext(tenant, first, second), row.wrapped!);
  if (kind === 'd') return unwrapKey(epoch, dayContext(tenant, first, second), row.wrapped!);
  if (row.by_wrapped === null)
    throw new Fault('unavailable', 'sealing/key-lost', 'a matter waits under a key that is not there');
  const context = row.day === null ? classContext(tenant, second) : dayContext(tenant, row.day, second);
  const by = unwrapKey(epochs.get(row.by_epoch!)!, context, row.by_wrapped);
  const inner = unwrapBytes(epoch, matterContext(tenant, first, second), row.wrapped!);
  return unwrapKey(by, datedContext(tenant, first, second, row.day), inner);
}

/** One statement for the whole batch; `epoch` 0 makes nothing. */
function resolve(sql: Sql, tenant: TenantId, batch: KeyBatch, epoch: number): Promise<Row[]> {
  const { s, d, m } = batch;
  const candidates = (of: readonly Wanted[]) =>
    of.map((wanted) => (epoch > 0 && wanted.key === undefined ? (wanted.candidate?.wrapped ?? null) : null));
  return sql.query<Row>(
    `select * from keyring.resolve($1, $2, $3::text[], $4::text[], $5::integer[], $6::bytea[],
       $7::text[], $8::text[], $9::bytea[], $10::text[], $11::text[], $12::bytea[])`,
    [
      tenant,
      epoch,
      s.map((one) => one.first),
      s.map((one) => one.second),
      s.map((one) => one.generation),
      candidates(s),
      d.map((one) => one.first),
      d.map((one) => one.second),
      candidates(d),
      m.map((one) => one.first),
      m.map((one) => one.second),
      candidates(m),
    ],
  );
}
