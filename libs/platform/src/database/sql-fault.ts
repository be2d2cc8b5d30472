import { Fault, type FaultKind } from '@lethe/kernel';
import { QueryFailedError } from 'typeorm';

/**
 * A statement failed. Of what the driver says only the SQLSTATE and the constraint's name are kept: `query`, `parameters`,
 * `detail` and `message` hold values, so neither they nor the driver's error go further.
 */
export class SqlFault extends Fault {
  constructor(
    kind: FaultKind,
    code: string,
    readonly sqlState: string,
    readonly constraint?: string,
  ) {
    super(kind, code, constraint === undefined ? `SQLSTATE ${sqlState}` : `SQLSTATE ${sqlState} (${constraint})`);
  }
}

/** A statement that should never have been sent: a mistake in Lethe, no one's fault outside. Holds no values either. */
export class SqlMistake extends Error {
  override readonly name = 'SqlMistake';
  constructor(
    readonly sqlState: string,
    readonly constraint?: string,
  ) {
    super(constraint === undefined ? `SQLSTATE ${sqlState}` : `SQLSTATE ${sqlState} (${constraint})`);
  }
}

const text = (from: unknown, key: string): string | undefined => {
  const value = typeof from === 'object' && from !== null ? (from as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : undefined;
};

const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN']);

/** What a driver's error becomes; anything that is not one passes unchanged. */
export function sqlFault(error: unknown): unknown {
  if (error instanceof Fault || error instanceof SqlMistake) return error;
  const from: unknown = error instanceof QueryFailedError ? error.driverError : error;
  const state = text(from, 'code');
  const constraint = text(from, 'constraint');
  if (state !== undefined && NETWORK.has(state))
    return new SqlFault('unavailable', 'platform/database-unavailable', state);
  if (state !== undefined && /^[0-9A-Z]{5}$/.test(state)) return byState(state, constraint);
  if (error instanceof QueryFailedError || isConnectionLoss(error)) {
    return new SqlFault('unavailable', 'platform/database-unavailable', 'none');
  }
  return error;
}

function byState(state: string, constraint: string | undefined): Error {
  if (state === '23505' || state === '23P01') return new SqlFault('conflict', 'platform/conflict', state, constraint);
  if (state === '42501') return new SqlFault('forbidden', 'platform/forbidden-row', state, constraint);
  if (state === '40001' || state === '40P01' || state === '55P03' || state === '57014') {
    return new SqlFault('unavailable', 'platform/try-again', state, constraint);
  }
  if (/^(08|53|57P)/.test(state) || state === '25P03' || state === '3D000' || state === '28P01') {
    return new SqlFault('unavailable', 'platform/database-unavailable', state, constraint);
  }
  return new SqlMistake(state, constraint);
}

/** Said by pg and its pool without a code. */
const isConnectionLoss = (error: unknown): boolean =>
  error instanceof Error &&
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after calling end)/.test(
    error.message,
  );
