import type { EventLog, LogRecord, SlotReader, Subscription } from './event-log.ts';

/** A log that does to appends what a broken broker might. */
export class LossyLog implements EventLog {
  constructor(
    private readonly log: EventLog,
    private readonly change: (records: readonly LogRecord[]) => readonly LogRecord[],
  ) {}
  ensureTopics(topics: readonly string[]): Promise<void> {
    return this.log.ensureTopics(topics);
  }
  async append(topic: string, slot: number, records: readonly LogRecord[]): Promise<void> {
    const changed = this.change(records);
    if (changed.length > 0) await this.log.append(topic, slot, changed);
  }
  subscribe(group: string, topics: readonly string[], reader: SlotReader): Promise<Subscription> {
    return this.log.subscribe(group, topics, reader);
  }
  ends(topic: string): Promise<ReadonlyMap<number, bigint>> {
    return this.log.ends(topic);
  }
  close(): Promise<void> {
    return this.log.close();
  }
}
