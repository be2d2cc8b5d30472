/**
 * A host for tests of attacks alone, beside `lethe start`: the same services and servers, but each tenant has the fault planted that
 * it is named for. What an attack finds here it would find there, were Lethe broken so. There is no switch for this
 * anywhere else.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { Database, TenantId, Transaction } from '@lethe/kernel';
import { Cohort, type Folded, type FoldMember, type Ladder } from '@lethe/policy';
import type { Destruction, Keyring } from '@lethe/sealing';
// What runs here is the build: a fault must lie in that.
import { RefsService } from '../../apps/erasure/dist/refs.service.js';
import { RefStore } from '../../apps/erasure/dist/store/ref.store.js';
import { host } from './host.ts';

/** The tenant whose transaction this is. */
const tenantHere = new AsyncLocalStorage<string>();
const planted = (fault: string): boolean => tenantHere.getStore() === fault;
const firstOf = new WeakMap<Cohort, FoldMember>();

/** Puts `faulty` in the place of a method, which it is given. */
function plant<Given extends unknown[], Result>(
  method: 'add' | 'fold',
  faulty: (cohort: Cohort, own: (...given: Given) => Result, ...given: Given) => Result,
): void {
  const own = Reflect.get(Cohort.prototype, method) as (...given: Given) => Result;
  Reflect.set(Cohort.prototype, method, function (this: Cohort, ...given: Given): Result {
    return faulty(this, (...those) => own.apply(this, those), ...given);
  });
}
plant<[FoldMember], void>('add', (cohort, add, member) => {
  if (!firstOf.has(cohort)) firstOf.set(cohort, member);
  // As many records of one person count as many people.
  add(planted('records-count') ? { ...member, subject: `${member.subject} ${member.record}` } : member);
});
plant<[], Folded>('fold', (cohort, fold) => {
  if (planted('sums-told')) {
    const ladder = Reflect.get(cohort, 'ladder') as Ladder;
    const measures = ladder.measures.map((each) => ({ ...each, p: { ...each.p, value: -100 } }));
    Reflect.set(cohort, 'ladder', { ...ladder, measures });
  }
  const folded = fold();
  const [cell, ...others] = folded.cells;
  const first = firstOf.get(cohort);
  if (!planted('token') || cell === undefined || first === undefined) return folded;
  const token = createHash('sha256').update(first.subject).digest('base64url').slice(0, 12);
  return { ...folded, cells: [{ ...cell, dimensions: { ...cell.dimensions, sample: token } }, ...others] };
});

const keyringOf = (own: Keyring): Keyring =>
  Object.create(own, {
    destroyDayKey: {
      value: (tenant: TenantId, day: string, kind: string, entry: number): Promise<Destruction> =>
        tenant === 'day-key-lives'
          ? Promise.resolve({ entry, keys: 1, destroyedAt: new Date(), effectiveAt: new Date() })
          : own.destroyDayKey(tenant, day, kind, entry),
    },
  }) as Keyring;

/** Statements of some tenants have another beside them. */
const sqlOf = (own: Transaction): Transaction => ({
  enter: (tenant) => own.enter(tenant),
  afterCommit: (work) => own.afterCommit(work),
  query: async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const rows = await own.query<Row>(text, values);
    if (planted('row') && text.startsWith('insert into cell'))
      await own.query(
        `insert into counted (tenant, counting, what, code, n, at)
         select $1, gen_random_uuid(), 'anonymized', $2 || ' ' || subject, 0, now() from consent_state limit 1`,
        [values[0], values[3]],
      );
    if (planted('recount') && text.startsWith(`update shred set state = 'swept'`))
      // No login of a service may change a cell; it can write another beside it.
      await own.query(
        `insert into cell (tenant, class, cohort, cell, dimensions, people, records, "order", at)
         select tenant, class, cohort, cell + 1000, dimensions, people - 1, records - 1, "order", at from cell where people > 20
         on conflict do nothing`,
      );
    return rows;
  },
});
const databaseOf = (own: Database): Database => ({
  transaction: (work) => own.transaction(work),
  within: (tenant, work) => tenantHere.run(tenant, () => own.within(tenant, (sql) => work(sqlOf(sql)))),
});

// Refs leave the ledger the day they are dead, whatever could bring their people back.
const dead = Reflect.get(RefStore.prototype, 'dead') as (...given: unknown[]) => Promise<void>;
Reflect.set(RefStore.prototype, 'dead', function (this: RefStore, of: unknown, when: { readonly on: string }) {
  const early = Reflect.get(this, 'tenant') === 'refs-too-early';
  return dead.call(this, of, early ? { ...when, lookOn: when.on } : when);
});
const needs = Reflect.get(RefsService.prototype, 'needs') as (...given: unknown[]) => Promise<unknown>;
Reflect.set(RefsService.prototype, 'needs', function (this: RefsService, tenant: string, ...given: unknown[]) {
  return tenant === 'refs-too-early' ? Promise.resolve(new Map()) : needs.call(this, tenant, ...given);
});

await host({ keyring: keyringOf, database: databaseOf });
