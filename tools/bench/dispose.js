import { http } from '@lethe/contracts';
import { FLOOR } from './instance.js';
import { CLASS, load, people } from './records.js';
import { rounds, timed, until } from './rounds.js';

const PEOPLE = 50;
const DAY_MS = 86_400_000;

export const sizes = [1_000, 100_000, 1_000_000];

/** A day of one class with so many parts: from the order until its day key is dead, and until no row is left. */
export async function dispose(instance, size) {
  const tenant = `bench-dispose-${size}`;
  await instance.open(tenant);
  await instance.sql('collection', `create table if not exists ${FLOOR}.dispose (like part including indexes)`);
  const repeats = size > 10_000 ? 1 : 3;
  const subjects = await people(instance, tenant, 'visitor', PEOPLE);
  return rounds({
    label: 'dispose',
    size,
    operations: size,
    repeats,
    notes: {
      dispose:
        'ordered by the sweep → day key dead: signed order, ledger, day closed under all slot locks, key destroyed; floor: one DELETE of the same rows in a table like part, committed. Beyond 1,000 the parts are copied rows in the vault',
      'dispose-swept': 'ordered → every row gone; the same floor',
    },
    // One day later each time: days fall due one after the other.
    prepare: async (repeat) => {
      const collectedAt = new Date(Date.now() - (repeats - repeat) * DAY_MS).toISOString();
      await load(instance, tenant, subjects, size, collectedAt, `dispose-${size}-${repeat}`);
      const rows = await instance.sql(
        'collection',
        'select disposal::text as day, count(*)::int as n from part where tenant = $1 group by 1',
        [tenant],
      );
      if (rows.length !== 1 || rows[0].n !== size) throw new Error('not one day with all the parts');
      const { day } = rows[0];
      await instance.sql('collection', `insert into ${FLOOR}.dispose select * from part where tenant = $1`, [tenant]);
      await instance.ask(tenant, 'operator', http.MoveClock, { body: { to: `${day}T12:00:00+08:00` } });
      await instance.quiet();
      return day;
    },
    ours: async (day) => {
      const { outstanding } = await instance.ask(tenant, 'operator', http.Sweep, { body: { waitMs: 30_000 } });
      if (outstanding > 0) throw new Error('what the sweep ordered is not effective');
      const values = [tenant, CLASS, day];
      const [{ ordered_at: orderedAt }] = await instance.sql(
        'retention',
        'select ordered_at from disposal_order where tenant = $1 and class = $2 and day = $3',
        values,
      );
      const [{ effective_at: effectiveAt, swept_at: sweptAt }] = await until('the day is swept', async () => {
        const rows = await instance.sql(
          'collection',
          'select effective_at, swept_at from disposal where tenant = $1 and class = $2 and day = $3 and swept_at is not null',
          values,
        );
        return rows.length > 0 && rows;
      });
      await instance.quiet();
      return { dispose: effectiveAt - orderedAt, 'dispose-swept': sweptAt - orderedAt };
    },
    floor: (day) =>
      timed(() =>
        instance.sql('collection', `delete from ${FLOOR}.dispose where tenant = $1 and class = $2 and disposal = $3`, [
          tenant,
          CLASS,
          day,
        ]),
      ),
  });
}
