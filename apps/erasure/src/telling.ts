import type { http } from '@lethe/contracts';
import { Fault } from '@lethe/kernel';
import type { AnswerOf } from '@lethe/platform';
import type { RequestState } from './domain/request.ts';
import { stateOf } from './domain/saga.ts';
import type { StoredRequest } from './store/erasure.store.ts';
import type { RequestRow } from './store/rows.ts';

export const noSuchRequest = (): Fault => new Fault('missing', 'erasure/no-such-request', 'no such request');

export const stateOfRow = (row: RequestRow): RequestState =>
  stateOf({ progress: row.progress, escalated: row.escalated_at !== null });

/** What whoever asks is told: the same of a person who is known and of one who is not. */
export const answerOf = (row: RequestRow): AnswerOf<typeof http.AskErasure> => ({
  request: row.request,
  state: stateOfRow(row),
  deadline: row.deadline,
  receipt: row.receipt,
});

export function describe(
  one: StoredRequest,
  waitingFor: readonly string[],
): AnswerOf<typeof http.RequestState> & { state: RequestState } {
  const { row } = one;
  const at = (name: string, value: Date | null): Record<string, string> =>
    value === null ? {} : { [name]: value.toISOString() };
  const { refused_code: code, refused_clause: clause } = row;
  return {
    request: one.request,
    state: stateOf(one),
    deadline: one.deadline,
    receivedAt: row.received_at.toISOString(),
    ...at('verifiedAt', row.verified_at),
    ...at('effectiveAt', row.effective_at),
    ...at('sweptAt', row.swept_at),
    ...at('finalAt', row.final_at),
    ...(row.certificate === null ? {} : { certificate: row.certificate }),
    ...(code === null ? {} : { refusal: { code, ...(clause === null ? {} : { clause }) } }),
    restricted: (one.scope?.restrict ?? []).map((each) => ({ ...each })),
    waitingFor: [...waitingFor],
  };
}
