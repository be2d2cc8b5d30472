import { http } from '@lethe/contracts';
import { FLOOR } from './instance.js';
import { load, people } from './records.js';
import { rounds, timed, until } from './rounds.js';

const TENANT = 'bench-erase';

export const sizes = [10, 1_000, 100_000, 1_000_000];

/** One person with so many records: from the verified request until no key opens any of them, and until no row is left. */
export async function erase(instance, size) {
  await instance.open(TENANT);
  await instance.sql('collection', `create table if not exists ${FLOOR}.erase (like part including indexes)`);
  return rounds({
    label: 'erase',
    size,
    operations: size,
    repeats: size > 10_000 ? 1 : size > 100 ? 3 : 5,
    notes: {
      erase:
        'verified → effective by the times of the request: freeze, acks of three services, order, ledger, keys dead; floor: one DELETE of the same rows in a table like part, committed. Beyond 1,000 the records are copied rows in the vault',
      'erase-swept': 'verified → every row gone and a rescan zero; the same floor',
    },
    prepare: async (repeat) => {
      const [subject] = await people(instance, TENANT, `leaver-${size}-${repeat}`, 1);
      await load(instance, TENANT, [subject], size, new Date().toISOString(), `erase-${size}-${repeat}`);
      const [{ n }] = await instance.sql(
        'collection',
        `with filled as (insert into ${FLOOR}.erase select * from part where tenant = $1 and subject = $2 returning 1) select count(*)::int as n from filled`,
        [TENANT, subject],
      );
      if (n !== size) throw new Error(`${n} records instead of ${size}`);
      return subject;
    },
    ours: async (subject, repeat) => {
      const { request } = await instance.ask(TENANT, 'backend', http.AskErasure, {
        body: {
          subject,
          kind: 'erasure',
          identity: { method: 'login-and-code', verifiedAt: new Date().toISOString() },
          idempotencyKey: `bench-erase-${size}-${repeat}`,
        },
      });
      const told = await until('the erasure is swept', async () => {
        const state = await instance.ask(TENANT, 'backend', http.RequestState, {
          params: { request },
          query: { until: 'swept', waitMs: 10_000 },
        });
        return state.sweptAt === undefined ? undefined : state;
      });
      const since = (instant) => Date.parse(instant) - Date.parse(told.verifiedAt);
      await instance.quiet();
      return { erase: since(told.effectiveAt), 'erase-swept': since(told.sweptAt) };
    },
    floor: (subject) =>
      timed(() =>
        instance.sql('collection', `delete from ${FLOOR}.erase where tenant = $1 and subject = $2`, [TENANT, subject]),
      ),
  });
}
