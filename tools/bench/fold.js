import { http } from '@lethe/contracts';
import { FLOOR } from './instance.js';
import { people } from './records.js';
import { rounds, timed } from './rounds.js';

const PURPOSE = 'personalized-display';
const CLASS = 'personalization';
const GENRES = ['concert', 'opera', 'drama', 'musical', 'sports'];
const GROUPS = ['family', 'student', 'enthusiast'];
const BATCH = 500;

export const sizes = [20_000];

/** A month's cohort folded into cells: from its order until the cells are committed, the rows gone and the day key dead. */
export async function fold(instance, size) {
  return [
    ...(await folded(instance, 'fold', size, 20)),
    ...(await folded(instance, 'fold-one-each', Math.ceil(size * 0.75), 1)),
  ];
}

async function folded(instance, label, size, each) {
  const tenant = `bench-${label}-${size}`;
  await instance.open(tenant);
  await instance.sql('collection', `create table if not exists ${FLOOR}.fold (like part including indexes)`);
  const { version } = await instance.ask(tenant, 'backend', http.CurrentNotice);
  const repeats = 3;
  return rounds({
    label,
    size,
    operations: size,
    repeats,
    notes: {
      [label]: `ordered by the sweep → day key dead, ${each} record${each === 1 ? '' : 's'} a person, all through the door: signed order, ledger, every part opened, cells of k people or more and the deletion in one transaction, key destroyed; floor: one UPDATE of the same rows in a table like part, committed`,
    },
    // A month later each time: cohorts fall due one after the other.
    prepare: async (repeat) => {
      const at = monthsAgo(repeats - repeat).toISOString();
      const subjects = await consenting(
        instance,
        tenant,
        `${label}-${size}-${repeat}`,
        Math.ceil(size / each),
        version,
      );
      await load(instance, tenant, subjects, size, at, `${label}-${size}-${repeat}`);
      const [{ day }] = await instance.sql(
        'collection',
        'select max(disposal)::text as day from part where tenant = $1',
        [tenant],
      );
      const [{ n }] = await instance.sql(
        'collection',
        `with filled as (insert into ${FLOOR}.fold select * from part where tenant = $1 and disposal = $2 returning 1) select count(*)::int as n from filled`,
        [tenant, day],
      );
      if (n !== size) throw new Error(`${n} parts are due on one day instead of ${size}`);
      await instance.sql('collection', 'analyze part');
      await instance.ask(tenant, 'operator', http.MoveClock, { body: { to: `${day}T12:00:00+08:00` } });
      await instance.quiet();
      return day;
    },
    ours: async (day) => {
      const { outstanding } = await instance.ask(tenant, 'operator', http.Sweep, { body: { waitMs: 30_000 } });
      if (outstanding > 0) throw new Error('what the sweep ordered is not effective');
      await instance.quiet();
      const values = [tenant, CLASS, day];
      const [{ ordered_at: orderedAt }] = await instance.sql(
        'retention',
        'select ordered_at from disposal_order where tenant = $1 and class = $2 and day = $3',
        values,
      );
      const [{ effective_at: effectiveAt, anonymized }] = await instance.sql(
        'collection',
        'select effective_at, anonymized from disposal where tenant = $1 and class = $2 and day = $3',
        values,
      );
      if (anonymized !== size) throw new Error(`${anonymized} records live on in cells, of ${size}`);
      return { [label]: effectiveAt - orderedAt };
    },
    floor: (day) =>
      timed(() =>
        instance.sql(
          'collection',
          `update ${FLOOR}.fold set restricted = true where tenant = $1 and class = $2 and disposal = $3`,
          [tenant, CLASS, day],
        ),
      ),
  });
}

function monthsAgo(months) {
  const at = new Date();
  at.setUTCDate(15);
  at.setUTCMonth(at.getUTCMonth() - months);
  return at;
}

/** New people who have opted in, as collection knows it from consent. */
async function consenting(instance, tenant, name, count, notice) {
  const subjects = await people(instance, tenant, name, count);
  await instance.sql(
    'collection',
    `insert into consent_state (tenant, subject, purpose, consent, version, state, level, notice, at)
     select $1, subject, $2, gen_random_uuid(), 1, 'given', 'opt-in', $3, now() - interval '1 year' from unnest($4::text[]) as subject`,
    [tenant, PURPOSE, notice, subjects],
  );
  return subjects;
}

async function load(instance, tenant, subjects, count, collectedAt, name) {
  for (let from = 0; from < count; from += BATCH) {
    const submissions = Array.from({ length: Math.min(BATCH, count - from) }, (_, at) => {
      const index = from + at;
      return {
        idempotencyKey: `bench-${name}-${index}`,
        subject: subjects[index % subjects.length],
        purpose: PURPOSE,
        collectedAt,
        channel: 'app',
        fields: {
          'observed-on': collectedAt.slice(0, 10),
          'preferred-genre': GENRES[index % GENRES.length],
          'group-profile': GROUPS[index % GROUPS.length],
        },
      };
    });
    const { answers } = await instance.ask(tenant, 'backend', http.Collect, { body: { submissions } });
    const refused = answers.find(({ outcome }) => outcome !== 'admitted');
    if (refused !== undefined) throw new Error(`a record was refused: ${refused.refusal.code}`);
  }
  await instance.quiet();
}
