export type { EventLog, LogRecord, ReadOutcome, SlotBatch, SlotReader, StoredRecord, Subscription } from './event-log.ts';
export type { Connection, ConnectionSource } from './connection.ts';
export { messagingTableNames, messagingTables } from './tables.ts';
export { MISSED_AT_MOST, Outbox, type Announcement, type Missed, type Numbered, type OutboxOptions } from './outbox.ts';
export { Relay, type RelayOptions, type RelayPoint } from './relay.ts';
export { on, Refused, SubjectErased, type Place, type Route } from './route.ts';
export { Consumer, type Account, type ConsumerOptions, type ConsumerPoint, type Parked, type StopReason, type Stopped } from './consumer.ts';
export { MemoryEventLog } from './memory-event-log.ts';
export { uuidv7 } from './uuid.ts';
