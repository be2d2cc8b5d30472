export { assertNever } from './assert-never.ts';
export type { Database, Sql, Transaction } from './database.ts';
export { Fault, type FaultKind } from './fault.ts';
export { isRef, isTenantId, subjectRef, tenantId } from './ids.ts';
export type { Branded, MatterId, PartId, RecordId, SubjectRef, TenantId } from './ids.ts';
export { slotOf } from './slot.ts';
export { steady, steadyName } from './steady.ts';
export {
  addPeriod,
  dayBefore,
  dayOf,
  disposalDay,
  endOfDay,
  isDay,
  isPeriod,
  isZone,
  nextDay,
  PERIOD_AT_MOST_DAYS,
  startOfDay,
  weekdayOf,
} from './calendar.ts';
export type { Day, Period, Zone } from './calendar.ts';
