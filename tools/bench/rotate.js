import { randomBytes, randomUUID } from 'node:crypto';
import { FLOOR } from './instance.js';
import { rounds, say, timed } from './rounds.js';

const TENANT = 'bench-rotate';
const BATCH = 1_000;

export const sizes = [100_000];

/** The end of a key epoch: every key wrapped anew and proved, the old epoch key destroyed; service goes on meanwhile. */
export async function rotate(instance, size) {
  await instance.open(TENANT);
  say(`rotate: making ${size.toLocaleString('en')} keys`);
  for (let from = 0; from < size; from += BATCH) await keys(instance.keyring, Math.min(BATCH, size - from));
  await instance.sql(
    'collection',
    `create table if not exists ${FLOOR}.rotate (tenant text, subject text, compartment text, generation integer, epoch integer not null, wrapped bytea not null, primary key (tenant, subject, compartment, generation))`,
  );
  await instance.sql('collection', `truncate ${FLOOR}.rotate`);
  await instance.sql(
    'collection',
    `insert into ${FLOOR}.rotate select $1, gen_random_uuid()::text, 'contract', 1, 1, decode(repeat('5a', 60), 'hex') from generate_series(1, $2::int)`,
    [TENANT, size],
  );
  return rounds({
    label: 'rotate',
    size,
    operations: size,
    repeats: size > 200_000 ? 1 : 3,
    notes: {
      rotate:
        'one epoch ended by the keyring itself, keys and names of the whole installation: new key in both slots, every row wrapped anew and proved, old key destroyed in both slots; floor: one UPDATE of as many rows of the same shape',
    },
    prepare: () => instance.quiet(),
    ours: async () => {
      const used = inUse(instance.keyring);
      const rotate = await timed(async () => {
        const ended = await instance.keyring.rotateEpoch();
        if (ended.keys < size) throw new Error(`${ended.keys} keys under the new epoch, of ${size}`);
      });
      const { times, median, slowest } = await used.stop();
      say(
        `rotate: ${times} times meanwhile something was sealed for somebody new and opened: median ${median} ms, slowest ${slowest} ms`,
      );
      return { rotate };
    },
    floor: () =>
      timed(() => instance.sql('collection', `update ${FLOOR}.rotate set epoch = epoch + 1, wrapped = wrapped`)),
  });
}

/**
 * The keyring in use while an epoch ends: a key made, something sealed, verified and opened under it, over and over.
 * What is refused, or does not open, ends the run.
 */
function inUse(keyring) {
  const took = [];
  let stopped = false;
  const using = (async () => {
    while (!stopped) {
      took.push(
        await timed(async () => {
          const [item] = await keys(keyring, 1);
          const [opened] = await keyring.sealer.open(TENANT, [item]);
          if (opened.reason !== undefined) throw new Error(`a part did not open during the rotation: ${opened.reason}`);
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  // Looked at when it is stopped.
  using.catch(() => undefined);
  return {
    stop: async () => {
      stopped = true;
      await using;
      took.sort((one, other) => one - other);
      return { times: took.length, median: Math.round(took[took.length >> 1]), slowest: Math.round(took.at(-1)) };
    },
  };
}

/** Keys are made as admission makes them: one for each person, by sealing something of theirs. */
async function keys(keyring, count) {
  const items = Array.from({ length: count }, () => ({
    part: randomUUID(),
    subject: randomBytes(16).toString('base64url'),
    compartment: 'contract',
    time: { kind: 'day', day: '2099-01-01', class: 'logs' },
    plaintext: Buffer.alloc(0),
  }));
  const outcomes = await keyring.sealer.seal(TENANT, items);
  const refused = outcomes.find(({ reason }) => reason !== undefined);
  if (refused !== undefined) throw new Error(`a key was not made: ${refused.reason}`);
  return items.map((item, at) => ({ ...item, sealed: outcomes[at].sealed }));
}
