export { Lethe } from './lethe.ts';
export type {
  ConsentAct,
  ConsentHistory,
  ConsentsOfPerson,
  Copy,
  NoticeOutcome,
  NoticeShown,
  Receipt,
  ConsentOutcome,
  DisposalOrder,
  ErasureOrder,
  GateAnswer,
  GateQuestion,
  LetheOptions,
  Opened,
  Statement,
  Submission,
  SubmissionAnswer,
  LetheOverKafka,
  WithdrawalOrder,
} from './lethe.ts';
export type {
  BackupOrder,
  BackupRegistered,
  BackupStatement,
  BackupTaken,
  HoldTold,
  OutItem,
  RestoreVerdict,
} from './told.ts';
export { confirmRestore } from './restoring.ts';
export { HttpTransport, type Addresses, type TokenSource } from './transport.ts';
export {
  overEventLog,
  type EdgeHandler,
  type EdgeLog,
  type EdgeMessage,
  type Following,
  type LogInProcess,
} from './edge-log.ts';
export { platformKeyOf, publicHalf, type PlatformKey } from './edge-session.ts';
export { KafkaEdgeLog, type KafkaEdgeOptions } from './kafka-edge-log.ts';
export { KafkaTransport, type KafkaTransportOptions } from './kafka-transport.ts';
