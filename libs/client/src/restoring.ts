import { http } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import type { z } from 'zod';
import type { HttpTransport } from './transport.ts';

const WAIT_MS = 20_000;

/**
 * Confirms a restore that another person proposed, and waits for its end, however long it takes.
 * @throws Fault of the door; `conflict` with the code of the fault for which it was given up
 */
export async function confirmRestore(
  officer: HttpTransport,
  restore: string,
): Promise<z.output<typeof http.restoreReport>> {
  const params = { restore };
  let answer = await officer.ask(http.ConfirmRestore, { params }).catch((error: unknown) => {
    // An answer that was lost: only its end is left to wait for.
    if (error instanceof Fault && error.code === 'retention/already-confirmed') return { state: 'running' as const };
    throw error;
  });
  while (answer.state === 'running')
    answer = await officer.ask(http.RestoreState, { params, query: { waitMs: WAIT_MS } });
  if (answer.state === 'restored') return answer;
  const code = answer.state === 'failed' ? answer.code : 'client/not-restored';
  throw new Fault('conflict', code, 'the backup could not be restored', 'restore');
}
