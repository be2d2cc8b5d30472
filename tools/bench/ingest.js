import { generateKeyPairSync } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { KafkaTransport } from '@lethe/client';
import { http, inTopic } from '@lethe/contracts';
import copyStreams from 'pg-copy-streams';
import { FLOOR, SLOTS } from './instance.js';
import { people, submission } from './records.js';
import { rounds, say, timed, until } from './rounds.js';

const TENANT = 'bench-ingest';
const PEOPLE = 200;
const APPEND = 250;

export const sizes = [2_000];

/** Submissions, sealed by the client, through the log into the vault, until the position of every slot has been committed. */
export async function ingest(instance, size) {
  await instance.open(TENANT);
  const subjects = await people(instance, TENANT, 'reader', PEOPLE);
  const platform = await Sealing.open(instance);
  await instance.sql(
    'collection',
    `create table if not exists ${FLOOR}.ingest (tenant text not null, part uuid not null, subject text not null, class text not null, disposal date not null, value text not null, primary key (tenant, part));
     create index if not exists ingest_subject on ${FLOOR}.ingest (tenant, subject);
     create index if not exists ingest_due on ${FLOOR}.ingest (tenant, class, disposal)`,
  );
  const prepare = async (repeat) => {
    const now = new Date().toISOString();
    const submissions = Array.from({ length: size }, (_, index) =>
      submission(`${size}-${repeat}-${index}`, subjects[index % subjects.length], now),
    );
    return platform.seal(submissions);
  };
  say('ingest: a round to warm up');
  const warm = await prepare('warm');
  await through(instance, warm);
  await copied(instance, warm, 'warm', subjects);
  try {
    return await rounds({
      label: 'ingest',
      size,
      operations: size,
      repeats: 5,
      notes: {
        ingest: `submissions of about 400 bytes, sealed beforehand by the client, appended to lethe.in.<tenant> of the embedded log in pieces of ${APPEND} a slot, until admitted, sealed and answered with every slot's position committed; floor: the same messages appended to another topic in the same way, COPYed by a reader into a table with the keys of part`,
      },
      prepare,
      ours: async (messages) => ({ ingest: await through(instance, messages) }),
      floor: (messages, repeat) => copied(instance, messages, `${size}-${repeat}`, subjects),
    });
  } finally {
    await platform.close();
  }
}

/** Appends as a producer does: each slot in its own order, side by side. */
async function append(instance, topic, messages) {
  await Promise.all(
    Array.from({ length: SLOTS }, async (_, slot) => {
      const records = messages
        .filter((one) => one.slot === slot)
        .map(({ id, value }) => ({ number: 0, incarnation: 'platform', id, value }));
      for (let from = 0; from < records.length; from += APPEND)
        await instance.log.append(topic, slot, records.slice(from, from + APPEND));
    }),
  );
}

const parts = async (instance) =>
  Number((await instance.sql('collection', 'select count(*) as n from part where tenant = $1', [TENANT]))[0].n);

async function through(instance, messages) {
  const topic = inTopic(TENANT);
  await instance.quiet();
  const before = await parts(instance);
  const milliseconds = await timed(async () => {
    await append(instance, topic, messages);
    const [{ end }] = await instance.sql('log', 'select sum(next) as end from event_log_end where topic = $1', [topic]);
    await until('the intake has read everything', async () => {
      const [{ read }] = await instance.sql(
        'collection',
        'select sum(next) as read from intake_position where tenant = $1 and topic = $2',
        [TENANT, topic],
      );
      return read === end;
    });
  });
  const admitted = (await parts(instance)) - before;
  if (admitted !== messages.length) throw new Error(`${messages.length} submitted, ${admitted} in the vault`);
  return milliseconds;
}

async function copied(instance, messages, name, subjects) {
  const topic = `bench.floor.${name}`;
  await instance.quiet();
  await instance.sql('collection', `truncate ${FLOOR}.ingest`);
  const pool = instance.pool('collection');
  const whose = new Map(messages.map(({ id }, index) => [id, subjects[index % subjects.length]]));
  let done = 0;
  let finish;
  const finished = new Promise((resolve) => (finish = resolve));
  const subscription = await instance.log.subscribe('bench.floor', [topic], {
    from: () => Promise.resolve(0n),
    read: async ({ records }) => {
      const client = await pool.connect();
      try {
        const lines = records.map(
          ({ id, value }) =>
            `${TENANT}\t${id}\t${whose.get(id)}\tlogs\t2027-05-22\t${value.replaceAll('\\', '\\\\')}\n`,
        );
        await pipeline([lines.join('')], client.query(copyStreams.from(`copy ${FLOOR}.ingest from stdin`)));
      } finally {
        client.release();
      }
      done += records.length;
      if (done >= messages.length) finish();
      return { kind: 'go-on', next: records.at(-1).offset + 1n };
    },
  });
  try {
    return await timed(async () => {
      await append(instance, topic, messages);
      await finished;
    });
  } finally {
    await subscription.stop();
  }
}

/** The client itself seals, into a log that only keeps what it is given. */
class Sealing {
  #taken;
  #transport;

  static async open(instance) {
    const sealing = new Sealing();
    const { privateKey } = generateKeyPairSync('ed25519');
    const topic = inTopic(TENANT);
    sealing.#transport = new KafkaTransport({
      tenant: TENANT,
      key: { kid: 'bench-1', privateKey },
      intakeKey: () => instance.ask(TENANT, 'backend', http.IntakeKey),
      register: (key) => instance.ask(TENANT, 'backend', http.RegisterPlatformKey, { body: key }),
      pending: Infinity,
      resendMs: 86_400_000,
      log: {
        slots: () => Promise.resolve(SLOTS),
        send: async (messages) => {
          // The opening of a session goes to the log at once; what is sealed under it is kept for the rounds.
          if (messages[0].value.includes('platform.session-opened.v1')) await append(instance, topic, messages);
          else sealing.#taken(messages);
        },
        hear: () => Promise.resolve({ stop: () => Promise.resolve() }),
        follow: () => Promise.reject(new Error('not here')),
        close: () => Promise.resolve(),
      },
    });
    return sealing;
  }

  seal(submissions) {
    return new Promise((resolve, reject) => {
      this.#taken = resolve;
      // Never answered here: it ends with the transport.
      this.#transport.collect(submissions).catch(reject);
    });
  }

  close() {
    return this.#transport.close();
  }
}
