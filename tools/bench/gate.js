import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { http } from '@lethe/contracts';
import { FLOOR } from './instance.js';
import { rounds, say } from './rounds.js';

const PURPOSE = 'personalized-display';
const CONNECTIONS = 32;
const QUESTIONS = 4_000;
const ASKED_ABOUT = 5_000;

export const sizes = [1_000, 1_000_000];

/** One question a request, over HTTP with keep-alive, from a process of its own on the same cores. */
export async function gate(instance, size) {
  const tenant = `bench-gate-${size}`;
  await instance.open(tenant);
  await fill(instance, tenant, size);
  const subjects = await some(instance, tenant, size);
  const generator = new Generator();
  const asking = async (questions) => ({
    kind: 'gate',
    url: instance.url,
    token: await instance.token(tenant, 'backend'),
    purpose: PURPOSE,
    connections: CONNECTIONS,
    questions,
    subjects,
  });
  const selecting = (questions) => ({
    kind: 'select',
    address: instance.address('collection'),
    text: `select state from ${FLOOR}.gate where tenant = $1 and subject = $2 and purpose = $3`,
    values: [tenant, PURPOSE],
    connections: CONNECTIONS,
    questions,
    subjects,
  });
  try {
    say('gate: a round to warm up');
    await generator.run(await asking(1_000));
    await generator.run(selecting(1_000));
    return await rounds({
      label: 'gate',
      size,
      operations: QUESTIONS,
      repeats: 5,
      notes: {
        gate: `one question a request about a random subject, ${CONNECTIONS} keep-alive connections of autocannon on the same cores; each answered yes on an opt-in. Subjects are consent projections inserted into collection's store in one statement, not announced by consent; floor: one indexed SELECT of the consent a question (prepared), ${CONNECTIONS} connections of pg, from the same process`,
      },
      prepare: () => instance.quiet(),
      ours: async () => ({ gate: await generator.run(await asking(QUESTIONS)) }),
      floor: () => generator.run(selecting(QUESTIONS)),
    });
  } finally {
    generator.end();
  }
}

async function fill(instance, tenant, size) {
  say(`gate: ${size.toLocaleString('en')} subjects`);
  const { version } = await instance.ask(tenant, 'backend', http.CurrentNotice);
  await instance.sql(
    'collection',
    `insert into consent_state (tenant, subject, purpose, consent, version, state, level, notice, at)
     select $1, subject, $2, gen_random_uuid(), 1, 'given', 'opt-in', $3, now()
     from (select translate(left(encode(uuid_send(gen_random_uuid()), 'base64'), 22), '+/', '-_') as subject from generate_series(1, $4::int)) made order by subject`,
    [tenant, PURPOSE, version, size],
  );
  await instance.sql(
    'collection',
    `create table if not exists ${FLOOR}.gate (tenant text, subject text, purpose text, state text not null, primary key (tenant, subject, purpose))`,
  );
  await instance.sql(
    'collection',
    `insert into ${FLOOR}.gate select tenant, subject, purpose, state from consent_state where tenant = $1 order by subject`,
    [tenant],
  );
  await instance.sql('collection', 'vacuum (analyze) consent_state');
  await instance.sql('collection', `vacuum (analyze) ${FLOOR}.gate`);
}

/** Some of them, from all over the table. */
async function some(instance, tenant, size) {
  const share = Math.min(100, (ASKED_ABOUT / size) * 130);
  const rows = await instance.sql(
    'collection',
    `select subject from consent_state tablesample bernoulli (${share}) where tenant = $1 limit $2`,
    [tenant, ASKED_ABOUT],
  );
  return rows.map(({ subject }) => subject);
}

/** The load generator's process; one run at a time. */
class Generator {
  #child = fork(fileURLToPath(new URL('./gate-load.js', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });

  /** @returns {Promise<number>} milliseconds */
  async run(job) {
    const { milliseconds, wrong } = await new Promise((resolve, reject) => {
      const gone = () => reject(new Error('the load generator has ended'));
      this.#child.once('exit', gone);
      this.#child.once('message', (message) => {
        this.#child.off('exit', gone);
        resolve(message);
      });
      this.#child.send(job);
    });
    if (wrong > 0) throw new Error(`${wrong} of ${job.questions} questions were not answered with yes`);
    return milliseconds;
  }

  end() {
    this.#child.disconnect();
  }
}
