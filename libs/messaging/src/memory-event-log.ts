import type { EventLog, LogRecord, SlotReader, Subscription } from './event-log.ts';

export class MemoryEventLog implements EventLog {
  constructor(readonly slots: number) {}
  async ensureTopics(topics: readonly string[]): Promise<void> { void topics; }
  append(topic: string, slot: number, records: readonly LogRecord[]): Promise<void> { throw new Error(`not yet: ${topic} ${slot} ${records.length}`); }
  subscribe(group: string, topics: readonly string[], reader: SlotReader): Promise<Subscription> { throw new Error(`not yet: ${group} ${topics.length} ${typeof reader}`); }
  async close(): Promise<void> {}
}
