export * from './vocabulary.ts';
export * from './certificate.ts';
export * from './tenant-end.ts';
export * from './receipt.ts';
export {
  defineEvent,
  envelope,
  makeEvent,
  readEvent,
  type Envelope,
  type EventDefinition,
  type EventInput,
  TENANT_SLOT,
} from './event.ts';
export * from './edge.ts';
export { answerOf, requestOf, type Asking } from './asking.ts';
export { EVENT_REFS } from './declared-fields.ts';
export { defineRoute, type Problem, type Route } from './http.ts';
export { REFUSALS, type RefusalCode } from './refusals.ts';
export { stray } from './stray.ts';
export * as events from './events/index.ts';
export * as http from './http/index.ts';
