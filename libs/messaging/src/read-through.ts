import { randomUUID } from 'node:crypto';
import type { EventLog, SlotBatch, StoredRecord } from './event-log.ts';

/**
 * Reads topics from `from` (undefined: from the oldest the log keeps) to where they end now, each slot in order, with no
 * group's position moved. Resolves when every slot has been read to its end.
 * @throws what `each` throws, once reading has stopped
 */
export async function readThrough(
  log: EventLog,
  topics: readonly string[],
  from: (topic: string, slot: number, end: bigint) => bigint | undefined,
  each: (batch: SlotBatch) => Promise<void>,
): Promise<void> {
  await log.ensureTopics(topics);
  const open = new Map<string, bigint>();
  for (const topic of topics) {
    for (const [slot, end] of await log.ends(topic))
      if (end > 0n && (from(topic, slot, end) ?? 0n) < end) open.set(`${topic}/${slot}`, end);
  }
  if (open.size === 0) return;
  let failed: { readonly error: unknown } | undefined;
  await new Promise<void>((resolve, reject) => {
    let subscription: Awaited<ReturnType<EventLog['subscribe']>> | undefined;
    let done = false;
    const finish = (): void => {
      done = true;
      // Not from inside `read`: it ends only when no read runs any more.
      if (subscription) setImmediate(() => void subscription!.stop().then(resolve, reject));
    };
    const read = async ({ topic, slot, records }: SlotBatch) => {
      const next = records.at(-1)!.offset + 1n;
      const key = `${topic}/${slot}`;
      const end = open.get(key);
      if (done || end === undefined) return { kind: 'stop' as const, next };
      try {
        const wanted = records.filter(({ offset }) => offset < end);
        if (wanted.length > 0) await each({ topic, slot, records: wanted });
      } catch (error) {
        failed = { error };
        open.clear();
      }
      if (next >= end) open.delete(key);
      if (open.size === 0 && !done) finish();
      return { kind: next >= end || failed ? ('stop' as const) : ('go-on' as const), next };
    };
    log
      .subscribe(`looks-${randomUUID()}`, topics, {
        from: (topic, slot) => Promise.resolve(from(topic, slot, open.get(`${topic}/${slot}`) ?? 0n)),
        read,
      })
      .then((opened) => {
        subscription = opened;
        if (done) finish();
      }, reject);
  });
  if (failed) throw failed.error;
}

/** The last record of every slot of these topics that has one. */
export async function lastRecords(
  log: EventLog,
  topics: readonly string[],
): Promise<{ readonly topic: string; readonly slot: number; readonly record: StoredRecord }[]> {
  const last = new Map<string, { topic: string; slot: number; record: StoredRecord }>();
  await readThrough(
    log,
    topics,
    (_topic, _slot, end) => (end > 0n ? end - 1n : undefined),
    ({ topic, slot, records }) => {
      last.set(`${topic}/${slot}`, { topic, slot, record: records.at(-1)! });
      return Promise.resolve();
    },
  );
  return [...last.values()];
}
