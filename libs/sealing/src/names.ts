import { createHmac, randomBytes, type KeyObject } from 'node:crypto';
import type { Database, Sql, SubjectRef, TenantId } from '@lethe/kernel';
import { joined } from './bytes.ts';
import type { EpochKeys } from './epoch-keys.ts';
import { newWrappedKey, unwrapBytes, unwrapKey, wrapBytes, type WrapContext } from './wrap.ts';

export const indexContext = (version: number): WrapContext => ['index', String(version)];
export const nameContext = (tenant: string, ref: string): WrapContext => ['name', tenant, ref];

/** What a name is looked up by. A subject's own name has no subject; a matter's has. */
export interface Name {
  readonly subject: SubjectRef | undefined;
  readonly kind: string;
  readonly platformId: string;
}
export interface Named {
  readonly ref: string;
  readonly created: boolean;
}
interface IndexKey {
  readonly version: number;
  readonly key: KeyObject;
}
interface IndexRow {
  readonly version: number;
  readonly state: 'current' | 'next';
  readonly epoch: number;
  readonly wrapped: Buffer;
}

const SUBJECT = 'subject';
const newRef = (): string => randomBytes(16).toString('base64url');

/**
 * The one blind index: an HMAC of the platform's own id leads to the ref. The id itself lies beside it, wrapped by the epoch key,
 * for one purpose: to make the index anew under another key.
 */
export class Names {
  /** The index key last seen: enough to find a name, never to make one. */
  private known: (IndexKey & { readonly since: number }) | undefined;

  constructor(
    private readonly database: Database,
    private readonly epochs: EpochKeys,
    private readonly cacheFor: number,
  ) {}

  forget(): void {
    this.known = undefined;
  }

  /** Tells who has no key nothing: not even that two tenants, or two people, call something alike. */
  private tag(key: KeyObject, tenant: string, name: Name): Buffer {
    return createHmac('sha256', key)
      .update(joined('lethe/index/1', tenant, name.kind, name.subject ?? '', name.platformId))
      .digest();
  }

  async prepare(): Promise<void> {
    await this.epochs.within(async (epoch) => {
      const rows = await this.database.transaction((sql) => sql.query('select 1 from keyring.index_key'));
      if (rows.length > 0) return;
      const { wrapped } = newWrappedKey(epoch.key, indexContext(1));
      await this.database.transaction((sql) =>
        sql.query('select keyring.begin_index($1, 1, $2)', [epoch.number, wrapped]),
      );
    });
  }

  async find(tenant: TenantId, names: readonly Name[]): Promise<(string | undefined)[]> {
    if (names.length === 0) return [];
    const { known } = this;
    let found: (string | undefined)[] | undefined;
    if (known !== undefined && performance.now() - known.since < this.cacheFor) {
      found = await this.look(tenant, names, known);
      if (!found.includes(undefined)) return found;
    }
    const current = (await this.indexKeys())[0]!;
    // What was missing is new, unless the index has been made anew under another key meanwhile.
    return found !== undefined && current.version === known?.version ? found : this.look(tenant, names, current);
  }

  /** Undefined: the name is of a matter whose subject has been forgotten. */
  async findOrMake(tenant: TenantId, names: readonly Name[]): Promise<(Named | undefined)[]> {
    const found: (Named | undefined)[] = (await this.find(tenant, names)).map((ref) =>
      ref === undefined ? undefined : { ref, created: false },
    );
    const missing = new Map<string, { name: Name; at: number[] }>();
    for (const [at, name] of names.entries()) {
      if (found[at] !== undefined) continue;
      const known = joined(name.kind, name.subject ?? '', name.platformId).toString('latin1');
      const entry = missing.get(known) ?? { name, at: [] };
      entry.at.push(at);
      missing.set(known, entry);
    }
    if (missing.size === 0) return found;
    const wanted = [...missing.values()];
    const made = await this.make(
      tenant,
      wanted.map(({ name }) => name),
    );
    wanted.forEach(({ at }, nth) => {
      for (const [turn, where] of at.entries())
        found[where] = made[nth] && { ref: made[nth].ref, created: made[nth].created && turn === 0 };
    });
    return found;
  }

  /** Which of these refs have neither a name nor a tombstone. */
  async strangers(tenant: TenantId, refs: readonly SubjectRef[]): Promise<ReadonlySet<SubjectRef>> {
    if (refs.length === 0) return new Set();
    const rows = await this.database.transaction((sql) =>
      sql.query<{ ref: SubjectRef }>(
        `select w.ref from unnest($2::text[]) as w (ref)
         left join lateral (select 1 as made from keyring.name n
           where n.tenant = $1 and n.ref = w.ref and n.kind = $3 offset 0) n on true
         left join lateral (select 1 as dead from keyring.subject_death d
           where d.tenant = $1 and d.subject = w.ref and d.compartment = '*' offset 0) d on true
         where n.made is null and d.dead is null`,
        [tenant, refs, SUBJECT],
      ),
    );
    return new Set(rows.map(({ ref }) => ref));
  }

  /** Tags under the next key are written too, while the index is being rebuilt. */
  private async make(tenant: TenantId, names: readonly Name[]): Promise<(Named | undefined)[]> {
    return this.epochs.within(async (epoch) => {
      const [current, next] = await this.indexKeys();
      const refs = names.map(newRef);
      const rows = await this.database.transaction((sql) =>
        sql.query<{ ordinal: number; ref: string; created: boolean }>(
          `select * from keyring.make_names($1, $2, $3, $4, $5::bytea[], $6::bytea[], $7::text[], $8::text[], $9::text[], $10::bytea[])`,
          [
            tenant,
            epoch.number,
            current!.version,
            next?.version ?? null,
            names.map((name) => this.tag(current!.key, tenant, name)),
            next === undefined ? [] : names.map((name) => this.tag(next.key, tenant, name)),
            refs,
            names.map((name, at) => name.subject ?? refs[at]!),
            names.map((name) => name.kind),
            names.map((name, at) => wrapBytes(epoch.key, nameContext(tenant, refs[at]!), Buffer.from(name.platformId))),
          ],
        ),
      );
      const made: (Named | undefined)[] = names.map(() => undefined);
      for (const { ordinal, ref, created } of rows) made[ordinal - 1] ??= { ref, created };
      return made;
    });
  }

  private async look(tenant: TenantId, names: readonly Name[], index: IndexKey): Promise<(string | undefined)[]> {
    const tags = names.map((name) => this.tag(index.key, tenant, name));
    const rows = await this.database.transaction((sql) =>
      sql.query<{ ordinal: number; ref: string }>(
        `select w.ordinal::integer, t.ref from unnest($3::bytea[]) with ordinality as w (tag, ordinal)
         join keyring.name_tag t on t.tenant = $1 and t.version = $2 and t.tag = w.tag`,
        [tenant, index.version, tags],
      ),
    );
    const found: (string | undefined)[] = tags.map(() => undefined);
    for (const { ordinal, ref } of rows) found[ordinal - 1] = ref;
    return found;
  }

  /** The current index key, and the next one while the index is being rebuilt. */
  private async indexKeys(): Promise<IndexKey[]> {
    return this.epochs.within(async () => {
      const since = performance.now();
      const rows = await this.database.transaction((sql) =>
        sql.query<IndexRow>('select version, state, epoch, wrapped from keyring.index_key order by state, version'),
      );
      const keys: IndexKey[] = [];
      for (const row of rows) {
        keys.push({
          version: row.version,
          key: unwrapKey(await this.epochs.key(row.epoch), indexContext(row.version), row.wrapped),
        });
      }
      this.known = keys[0] && { ...keys[0], since };
      return keys;
    });
  }

  async ages(): Promise<{ readonly epochMs: number; readonly indexMs: number }> {
    const [row] = await this.database.transaction((sql) =>
      sql.query<{ epochMs: number; indexMs: number }>(
        `select (select extract(epoch from clock_timestamp() - started_at)::float8 * 1000 from keyring.epoch where state = 'current') as "epochMs",
                (select extract(epoch from clock_timestamp() - made_at)::float8 * 1000 from keyring.index_key where state = 'current') as "indexMs"`,
      ),
    );
    return row!;
  }

  /** Interrupted anywhere, the next call goes on. */
  async rebuild(batch = 1000): Promise<{ readonly names: number }> {
    let [current, next] = await this.indexKeys();
    if (next === undefined) {
      const version = current!.version + 1;
      await this.epochs.transaction((sql, epoch) =>
        sql.query('select keyring.begin_index($1, $2, $3)', [
          epoch.number,
          version,
          newWrappedKey(epoch.key, indexContext(version)).wrapped,
        ]),
      );
      [current, next] = await this.indexKeys();
    }
    let names = 0;
    if (next !== undefined) {
      const { version, key } = next;
      do {
        for (let after: readonly [string, string] | undefined = ['', '']; after !== undefined;) {
          const step: { count: number; last: readonly [string, string] | undefined } = await this.tagBatch(
            version,
            key,
            after,
            batch,
          );
          names += step.count;
          after = step.last;
        }
      } while (!(await this.finished()));
    }
    while ((await this.sweep(batch)) > 0);
    return { names };
  }

  private async tagBatch(version: number, key: KeyObject, after: readonly [string, string], batch: number) {
    return this.epochs.within(() =>
      this.database.transaction(async (sql) => {
        // The lock keeps a name from being forgotten between its being read and its being tagged.
        const rows = await sql.query<{
          tenant: string;
          ref: string;
          subject: string;
          kind: string;
          epoch: number;
          wrapped: Buffer;
        }>(
          `select tenant, ref, subject, kind, epoch, wrapped from keyring.name
           where (tenant, ref) > ($1, $2) order by tenant, ref limit $3 for share`,
          [...after, batch],
        );
        const tags: Buffer[] = [];
        for (const row of rows) {
          const platformId = unwrapBytes(
            await this.epochs.key(row.epoch),
            nameContext(row.tenant, row.ref),
            row.wrapped,
          ).toString();
          const subject = row.kind === SUBJECT ? undefined : (row.subject as SubjectRef);
          tags.push(this.tag(key, row.tenant, { kind: row.kind, subject, platformId }));
        }
        await sql.query(
          `insert into keyring.name_tag (tenant, version, tag, ref)
           select w.tenant, $1, w.tag, w.ref from unnest($2::text[], $3::bytea[], $4::text[]) as w (tenant, tag, ref)
           on conflict do nothing`,
          [version, rows.map((row) => row.tenant), tags, rows.map((row) => row.ref)],
        );
        const last = rows.at(-1);
        return { count: rows.length, last: last === undefined ? undefined : ([last.tenant, last.ref] as const) };
      }),
    );
  }

  private finished = async (): Promise<boolean> => single(this.database, 'select keyring.finish_index() as value', []);
  private sweep = async (limit: number): Promise<number> =>
    single(this.database, 'select keyring.sweep_tags($1) as value', [limit]);
}

export const subjectName = (userId: string): Name => ({ subject: undefined, kind: SUBJECT, platformId: userId });
export const matterName = (subject: SubjectRef, kind: string, platformId: string): Name => ({
  subject,
  kind: `matter.${kind}`,
  platformId,
});

/** One value, named `value`. */
export async function single<Value>(database: Database, text: string, values: readonly unknown[]): Promise<Value> {
  const [row] = await database.transaction((sql: Sql) => sql.query<{ value: Value }>(text, values));
  return row!.value;
}
