import { createHash } from 'node:crypto';
import pg from 'pg';

type Query = (this: Client, config: unknown, values?: unknown, callback?: unknown) => unknown;
interface Client {
  pipeline: boolean;
  /** Since its transaction began it has read, and locked nothing. */
  onlyRead?: boolean;
  readonly connection: { readonly stream: { cork(): void; uncork(): void } };
}

const BEGINS = /^start transaction(; select set_config\([^;]+\))?$/;
/** A statement that reads, and neither locks nor calls what may write. */
const READS = /^\s*select\b(?!.*(\bfor (update|share|no key)\b|\bpg_\w*lock|\bnextval\b|\w\.\w+\())/is;
/** A text with a value in it comes once, and is not worth remembering. */
const HAS_A_VALUE = /'lethe\.tenant', '/;

/** A statement and its name, where it has one; undefined: a stream of rows, which asks for itself. */
const statementOf = (given: unknown): { readonly text: string; readonly name?: string } | undefined =>
  typeof given === 'string'
    ? { text: given }
    : given !== null && typeof given === 'object' && 'text' in given && !('submit' in given || 'values' in given)
      ? (given as { readonly text: string; readonly name?: string })
      : undefined;

/**
 * The driver asks with fewer round trips, and the server plans each statement once a connection: a seed is some thousand short
 * statements, and most of its time went there. Statements, transactions and answers are the same.
 */
export function askCheaply(): void {
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const ask = prototype.query;
  const names = new Map<string, string>();
  const nameOf = (text: string): string => {
    let name = names.get(text);
    if (name === undefined)
      names.set(text, (name = createHash('sha256').update(text).digest('base64url').slice(0, 16)));
    return name;
  };
  const reads = new Map<string, boolean>();
  const isRead = (text: string): boolean => {
    let read = reads.get(text);
    if (read === undefined) {
      read = READS.test(text);
      if (!HAS_A_VALUE.test(text)) reads.set(text, read);
    }
    return read;
  };
  prototype.query = function (given, values, callback) {
    const statement = statementOf(given);
    if (statement === undefined || callback !== undefined) {
      this.onlyRead = false;
      // A stream of rows has its connection to itself.
      if (statement === undefined) this.pipeline = false;
      return ask.call(this, given, values, callback);
    }
    const { text } = statement;
    if (BEGINS.test(text)) {
      // Sent together with the first statement, which fails where this one does.
      this.onlyRead = true;
      this.pipeline = true;
      const { stream } = this.connection;
      stream.cork();
      process.nextTick(() => stream.uncork());
      (ask.call(this, text) as Promise<unknown>).catch(() => undefined);
      return Promise.resolve({ command: 'START TRANSACTION', rows: [] });
    }
    if (text === 'commit' && this.onlyRead === true) {
      // Nothing hangs on its answer, and what is asked next on this connection comes after it.
      (ask.call(this, text) as Promise<unknown>).catch(() => undefined);
      return Promise.resolve({ command: 'COMMIT', rows: [] });
    }
    const named = Array.isArray(values) && values.length > 0;
    const asked = named
      ? ask.call(this, { name: statement.name ?? nameOf(text), text, values })
      : ask.call(this, text, values);
    if (this.onlyRead !== true) return asked;
    this.onlyRead = isRead(text);
    return (asked as Promise<unknown>).catch((error: unknown) => {
      this.onlyRead = false;
      throw error;
    });
  };
}
