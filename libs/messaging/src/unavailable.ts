import { Fault } from '@lethe/kernel';

/** Connection lost, server stopping, resources short, deadlock, serialization, timeouts, input/output. */
const SQL_STATES = /^(08|53|58|57P0|40001|40P01|55P03|57014|25P0[34])/;
const SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EMFILE',
  'ENOSPC',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);
const SENTENCES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after calling end|Query read timeout|Connection is not established|Driver not Connected)/i;

/** Whether something needed is down: wait and try again, whatever the message was. Looks through causes and driver wrappers. */
export function isUnavailable(error: unknown): boolean {
  for (let depth = 0, at = error; depth < 5 && at instanceof Error; depth += 1) {
    if (at instanceof Fault) return at.kind === 'unavailable';
    const code = 'code' in at && typeof at.code === 'string' ? at.code : '';
    if (SQL_STATES.test(code) || SYSTEM.has(code) || SENTENCES.test(at.message)) return true;
    at = ('driverError' in at ? at.driverError : undefined) ?? at.cause;
  }
  return false;
}

/** A code for a failure that is safe to store and to log: never a message, which may repeat a value. */
export function codeOf(error: unknown): string {
  if (error instanceof Fault) return error.code;
  if (!(error instanceof Error)) return 'unknown';
  if ('sqlState' in error && typeof error.sqlState === 'string') return `sql/${error.sqlState}`;
  const inner = 'driverError' in error && error.driverError instanceof Error ? error.driverError : error;
  const state =
    'code' in inner && typeof inner.code === 'string' && /^[0-9A-Z_]{5,30}$/.test(inner.code) ? inner.code : undefined;
  return state ? `sql/${state}` : `error/${inner.name}`;
}
