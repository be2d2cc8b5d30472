export type {
  EventLog,
  LogRecord,
  ReadOutcome,
  SlotBatch,
  SlotReader,
  StoredRecord,
  Subscription,
} from './event-log.ts';
export type { Connection, ConnectionSource } from './connection.ts';
export { messagingTableNames, messagingTables } from './tables.ts';
export {
  MISSED_AT_MOST,
  Outbox,
  type Announcement,
  type Heads,
  type Missed,
  type Numbered,
  type OutboxOptions,
} from './outbox.ts';
export { Relay, type RelayOptions, type RelayPoint } from './relay.ts';
export { on, Refused, SubjectErased, type Place, type Route } from './route.ts';
export { Consumer } from './consumer.ts';
export type {
  Account,
  ConsumerAlarm,
  ConsumerOptions,
  ConsumerPoint,
  Discarded,
  Parked,
  PlaceOfMessage,
  ProposedDiscard,
  Retried,
  Stopped,
  StopReason,
  WhichParked,
} from './consumer-options.ts';
export { MemoryEventLog, type MemoryEventLogOptions } from './memory-event-log.ts';
export {
  EmbeddedEventLog,
  embeddedLogTables,
  type EmbeddedEventLogOptions,
  type Statements,
} from './embedded-event-log.ts';
export { MemoryMarks, type Mark, type Marks } from './marks.ts';
export { knowsLess, STANDING, type KnowsLess, type Standing } from './standing.ts';
export { lastRecords, readThrough } from './read-through.ts';
export { within } from './signal.ts';
export { uuidv7 } from './uuid.ts';
export { embeddedLogDeclarations, messagingDeclarations } from './declarations.ts';
export { KafkaEventLog, type KafkaEventLogOptions } from './kafka-event-log.ts';
export { KafkaLogins, type KafkaLoginsOptions, type KafkaRight } from './kafka-logins.ts';
