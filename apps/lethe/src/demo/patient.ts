import { Fault } from '@lethe/kernel';
import pRetry from 'p-retry';

/** About two minutes in all: what is started anew is back by then, on a busy machine too. */
const RETRIES = 45;

/**
 * Asks again for as long as what is asked does not answer: a service may be started anew in the middle.
 * @param ask safe to repeat; told how often it was asked before
 */
export const patient = <Answer>(ask: (before: number) => Promise<Answer>): Promise<Answer> =>
  pRetry((attempt) => ask(attempt - 1), {
    retries: RETRIES,
    minTimeout: 200,
    maxTimeout: 3_000,
    shouldRetry: ({ error }) => error instanceof Fault && error.kind === 'unavailable',
  });
