import { http } from '@lethe/contracts';
import { say } from './rounds.js';

/** The purpose of the records: a contract, dated from the collection, deleted on its day. */
export const PURPOSE = 'display-and-logs';
export const CLASS = 'logs';
/** Records sent one by one through the door; more are copies of them in the vault. */
const THROUGH_THE_DOOR = 1_000;
const BATCH = 500;

/** One usage record of a ticketing platform, about 400 bytes. */
export function submission(key, subject, collectedAt) {
  return {
    idempotencyKey: `bench-${key}`,
    subject,
    purpose: PURPOSE,
    collectedAt,
    channel: 'app',
    fields: {
      'viewed-content': `演唱会 ${key} 场次与票档`,
      'browsed-pages': `/detail/${key}?from=home&city=上海`,
      'ip-address': '10.24.31.7',
      'device-model': 'HUAWEI Mate 60 Pro',
      'os-version': 'HarmonyOS 4.0',
      'browser-type': 'Damai/8.7.1',
      'interface-language': 'zh-CN',
      'accessed-at': collectedAt,
    },
  };
}

/** Subject refs of so many people. */
export async function people(instance, tenant, name, count) {
  const refs = [];
  for (let from = 0; from < count; from += 20) {
    const some = Array.from({ length: Math.min(20, count - from) }, (_, index) => `${name}-${from + index}`);
    refs.push(
      ...(await Promise.all(
        some.map((userId) => instance.ask(tenant, 'backend', http.SubjectOf, { body: { userId } })),
      )),
    );
  }
  return refs.map(({ subject }) => subject);
}

/**
 * Brings `count` records of these people into the vault. The first thousand go through the door; beyond, their rows are copied under
 * new part ids and the tally of their day is raised, because keys belong to (person, compartment) and (day, class), never to a part.
 */
export async function load(instance, tenant, subjects, count, collectedAt, name) {
  const through = Math.min(count, THROUGH_THE_DOOR);
  for (let from = 0; from < through; from += BATCH) {
    const submissions = Array.from({ length: Math.min(BATCH, through - from) }, (_, index) =>
      submission(`${name}-${from + index}`, subjects[(from + index) % subjects.length], collectedAt),
    );
    const { answers } = await instance.ask(tenant, 'backend', http.Collect, { body: { submissions } });
    const refused = answers.find(({ outcome }) => outcome !== 'admitted');
    if (refused !== undefined) throw new Error(`a record was refused: ${refused.refusal.code}`);
  }
  await instance.quiet();
  if (count > through) {
    say(`copying ${(count - through).toLocaleString('en')} rows in the vault`);
    const columns = await instance.sql(
      'collection',
      `select column_name as name from information_schema.columns where table_name = 'part' and table_schema = 'public' and column_name <> 'part' order by ordinal_position`,
    );
    const list = columns.map((column) => `"${column.name}"`).join(', ');
    const copied = await instance.sql(
      'collection',
      `with copied as (
         insert into part (part, ${list}) select gen_random_uuid(), ${list}
         from (select p.* from part p cross join generate_series(1, $3::int) where p.tenant = $1 and p.subject = any($2::text[]) limit $4) p
         returning class, disposal, custody)
       select class, disposal::text as day, custody, count(*)::int as n from copied group by 1, 2, 3`,
      [tenant, subjects, Math.ceil(count / through), count - through],
    );
    for (const { class: partClass, day, custody, n } of copied) {
      await instance.sql(
        'retention',
        'update day_tally set parts = parts + $5 where tenant = $1 and class = $2 and day = $3 and custody = $4',
        [tenant, partClass, day, custody, n],
      );
    }
    // What copying left behind is not part of what is measured next.
    await instance.sql('collection', 'vacuum (analyze) part');
    await instance.sql('collection', 'checkpoint');
  }
}
