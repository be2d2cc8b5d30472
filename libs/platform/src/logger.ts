import { Fault } from '@lethe/kernel';
import pino, { type DestinationStream } from 'pino';
import { SqlFault, SqlMistake } from './database/sql-fault.ts';

/** What a log line may hold: references to things, never to people, and counts. */
export interface Logger {
  info(facts: LogFacts, message: string): void;
  warn(facts: LogFacts, message: string): void;
  error(facts: LogFacts, message: string): void;
}

/** `error` may be any caught value: its name, code and the places in the source are kept, its text is not. */
export type LogFacts = Readonly<Record<string, unknown>>;

/** The only keys that pass; everything else is dropped: a list of what to hide is never complete. */
const KEYS = [
  ...[
    'service',
    'services',
    'tenant',
    'topic',
    'slot',
    'number',
    'position',
    'event',
    'type',
    'kind',
    'code',
    'field',
    'name',
    'state',
  ],
  ...[
    'route',
    'method',
    'status',
    'milliseconds',
    'count',
    'rows',
    'keys',
    'tables',
    'bytes',
    'order',
    'erasure',
    'backup',
    'hold',
  ],
  ...[
    'restore',
    'entry',
    'epoch',
    'class',
    'day',
    'mode',
    'port',
    'version',
    'attempt',
    'incarnation',
    'sqlState',
    'constraint',
    'pack',
  ],
] as const;
const ALLOWED: ReadonlySet<string> = new Set(KEYS);
/** A reference or a code: no space, no letter beyond ASCII, no e-mail, no phone number of any length worth having. */
const REFERENCE = /^[A-Za-z0-9_.:/-]{0,96}$/;
const LONG_NUMBER = /(?<![0-9a-f-])\d{9,}(?![0-9a-f-])/i;

/** JSON lines on standard error, or where `to` says. */
export function createLogger(service: string, to?: DestinationStream): Logger {
  const lines = pino(
    { base: { service }, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
    to ?? pino.destination({ fd: 2, sync: true }),
  );
  return {
    info: (facts, message) => lines.info(allowed(facts), message),
    warn: (facts, message) => lines.warn(allowed(facts), message),
    error: (facts, message) => lines.error(allowed(facts), message),
  };
}

function allowed({ error, ...facts }: LogFacts): Record<string, unknown> {
  const line = error === undefined ? {} : ofError(error);
  for (const [key, value] of Object.entries(facts)) {
    if (!ALLOWED.has(key) || !isHarmless(value)) continue;
    // What happened has a code of its own, and so has what it was for.
    if (key === 'code' && line[key] !== undefined) line['cause'] = line[key];
    line[key] = value instanceof Date ? value.toISOString() : value;
  }
  return line;
}

const isHarmless = (value: unknown): boolean =>
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  value instanceof Date ||
  (typeof value === 'string' && REFERENCE.test(value) && !LONG_NUMBER.test(value)) ||
  (Array.isArray(value) && value.length <= 32 && value.every((one) => typeof one === 'string' && isHarmless(one)));

function ofError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = (error as { code?: unknown }).code;
  return {
    name: error.name,
    ...(typeof code === 'string' && isHarmless(code) ? { code } : {}),
    ...(error instanceof Fault && error.field !== undefined && isHarmless(error.field) ? { field: error.field } : {}),
    ...(error instanceof SqlFault || error instanceof SqlMistake
      ? { sqlState: error.sqlState, ...(error.constraint === undefined ? {} : { constraint: error.constraint }) }
      : {}),
    // A Fault says what happened; anything else is a mistake of ours, found by where it was made. The first line may hold a value.
    ...(error instanceof Fault ? {} : { at: frames(error) }),
  };
}

const frames = (error: Error): string[] =>
  (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 6)
    .map((line) => /([\w.-]+\/[\w.-]+\/[\w.-]+:\d+:\d+)\)?$/.exec(line)?.[1] ?? '')
    .filter((place) => place !== '');
