import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '@lethe/kernel';

const FIRST_MS = 250;
const LONGEST_MS = 3_000;

/**
 * Tries again for as long as something needed (a database, a broker) is not there yet, and says what it waits for, once a reason.
 * Undefined when it was told to end before it came.
 */
export async function patiently<T>(attempt: () => Promise<T>, end: AbortSignal): Promise<T | undefined> {
  let said = '';
  for (let wait = FIRST_MS; !end.aborted; wait = Math.min(2 * wait, LONGEST_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== 'unavailable') throw error;
      const reason = `${error.code}: ${error.message}`;
      if (reason !== said) process.stderr.write(`lethe: waiting (${reason})\n`);
      said = reason;
    }
    await sleep(wait, undefined, { signal: end }).catch(() => undefined);
  }
  return undefined;
}
