/** One message of a platform, already sealed. */
export interface EdgeMessage {
  readonly slot: number;
  readonly id: string;
  readonly value: string;
}

/** Called with what the `out` topic holds, in the order of each slot. If it rejects, the same message is given again. */
export type EdgeHandler = (value: string) => Promise<void>;

/**
 * What a platform needs of the log: its own `in` topic to write and its own `out` topic to read. `KafkaEdgeLog` is one;
 * `overEventLog` makes one of an event log in the same process.
 */
export interface EdgeLog {
  /** How many slots the `in` topic has. @throws Fault `unavailable` */
  slots(): Promise<number>;
  /** Durable when it resolves. @throws Fault `unavailable`; then some of it may have been written */
  send(messages: readonly EdgeMessage[]): Promise<void>;
  /** Everything written after this resolves; each reader hears all of it. */
  hear(handle: EdgeHandler): Promise<Following>;
  /** Everything from the oldest on, each once for the group, which remembers where it is; what was being handled when it ended comes again. */
  follow(group: string, handle: EdgeHandler): Promise<Following>;
  close(): Promise<void>;
}

export interface Following {
  /** Resolves when nothing is handled any more. */
  stop(): Promise<void>;
}

interface LogRecord {
  readonly number: number;
  readonly incarnation: string;
  readonly id: string;
  readonly value: string;
}
/** The event log of Lethe itself, as far as the edge uses it. */
export interface LogInProcess {
  append(topic: string, slot: number, records: readonly LogRecord[]): Promise<void>;
  subscribe(
    group: string,
    topics: readonly string[],
    reader: {
      from(topic: string, slot: number): Promise<bigint | undefined>;
      read(batch: {
        readonly records: readonly (LogRecord & { readonly offset: bigint })[];
      }): Promise<{ kind: 'go-on'; next: bigint } | { kind: 'pause'; next: bigint; milliseconds: number }>;
    },
  ): Promise<Following>;
}

const AGAIN_MS = 500;
let readers = 0;

/** The edge over an event log in the same process (embedded, in memory): the same messages, without a broker between. */
export function overEventLog(log: LogInProcess, tenant: string, slots: number): EdgeLog {
  const following = new Set<Following>();
  const subscribe = async (group: string, handle: EdgeHandler): Promise<Following> => {
    const subscription = await log.subscribe(group, [`lethe.out.${tenant}`], {
      from: () => Promise.resolve(undefined),
      read: async ({ records }) => {
        for (const { offset, value } of records) {
          try {
            await handle(value);
          } catch {
            return { kind: 'pause', next: offset, milliseconds: AGAIN_MS };
          }
        }
        return { kind: 'go-on', next: records.at(-1)!.offset + 1n };
      },
    });
    following.add(subscription);
    return subscription;
  };
  return {
    slots: () => Promise.resolve(slots),
    send: async (messages) => {
      for (const { slot, id, value } of messages)
        await log.append(`lethe.in.${tenant}`, slot, [{ number: 0, incarnation: 'platform', id, value }]);
    },
    // From the oldest: an answer that nobody waits for says nothing.
    hear: (handle) => subscribe(`platform.${tenant}.${String((readers += 1))}`, handle),
    follow: (group, handle) => subscribe(`platform.${tenant}.${group}`, handle),
    close: async () => {
      await Promise.all([...following].map((each) => each.stop()));
      following.clear();
    },
  };
}
