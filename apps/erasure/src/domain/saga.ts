import { http } from '@lethe/contracts';
import { assertNever } from '@lethe/kernel';
import {
  disbelief,
  type ErasureRequest,
  type Participant,
  type Progress,
  type RequestState,
  type SagaFacts,
} from './request.ts';

/** The one thing to do next about a request. Every step can be repeated. */
export type Step =
  /** Ask what is held and draw the scope. */
  | { readonly do: 'scope' }
  /** Fix the participants and announce the freeze. */
  | { readonly do: 'freeze' }
  /** Ask the relay for the number of the freeze: no position counts before it. */
  | { readonly do: 'number-the-freeze' }
  /** Draw the scope again behind the freeze, and give the order. */
  | { readonly do: 'order' }
  /** Write the ledger, then order the keys to be destroyed. */
  | { readonly do: 'record' }
  | { readonly do: 'certify' }
  | { readonly do: 'finish' }
  /** The deadline has passed: say so, once. */
  | { readonly do: 'escalate'; readonly waitingFor: readonly string[] }
  | { readonly do: 'wait'; readonly waitingFor: readonly string[] }
  | { readonly do: 'nothing' };

/**
 * The saga's only decision. A participant that is silent, lies, or speaks from before the freeze keeps a request where it
 * is: there is no way to `certify` around it, and time only adds an escalation.
 */
export function next(request: ErasureRequest, facts: SagaFacts): Step {
  const step = regular(request, facts);
  const late = facts.today > request.deadline && !request.escalated && isOpen(request.progress);
  return late ? { do: 'escalate', waitingFor: 'waitingFor' in step ? step.waitingFor : [] } : step;
}

function regular(request: ErasureRequest, facts: SagaFacts): Step {
  switch (request.progress) {
    case 'received':
      return { do: 'wait', waitingFor: ['identity'] };
    case 'verified':
      return { do: 'scope' };
    case 'scoped': {
      if (!request.freezing) return { do: 'freeze' };
      const { freezeNumber } = request;
      if (freezeNumber === undefined) return { do: 'number-the-freeze' };
      return wait(request.participants.filter((one) => !isFrozen(one, freezeNumber))) ?? { do: 'order' };
    }
    case 'frozen':
      return { do: 'order' };
    case 'ordered':
      return wait(request.participants.filter((one) => !isDone(one, request.freezeNumber))) ?? { do: 'record' };
    case 'shredding':
    case 'effective':
      return { do: 'wait', waitingFor: ['collection'] };
    case 'swept':
      return { do: 'certify' };
    case 'certified':
      return facts.stillOpens.length > 0 ? { do: 'wait', waitingFor: facts.stillOpens } : { do: 'finish' };
    case 'final':
    case 'refused':
      return { do: 'nothing' };
    default:
      return assertNever(request.progress);
  }
}

const wait = (missing: readonly Participant[]): Step | undefined =>
  missing.length === 0 ? undefined : { do: 'wait', waitingFor: missing.map(({ participant }) => participant) };

/** Platforms have no position: what reaches them comes through Lethe, which is frozen. */
const isFrozen = (one: Participant, freezeNumber: number): boolean =>
  one.kind === 'platform' || (one.frozenPosition !== undefined && one.frozenPosition >= freezeNumber);

/** Or nobody waits for it: it has left, and two persons have said so. */
const isDone = ({ kind, done, closed }: Participant, freezeNumber: number | undefined): boolean =>
  closed !== undefined ||
  (done !== undefined &&
    disbelief(done) === undefined &&
    (kind === 'platform' || (freezeNumber !== undefined && done.position >= freezeNumber)));

/** Nobody's deadline counts any more. */
export const CLOSED: readonly Progress[] = ['certified', 'final', 'refused'];
/** Not yet certified and not refused: its deadline counts. */
export const isOpen = (progress: Progress): boolean => !CLOSED.includes(progress);

/** A request that is late here is `restricted`. */
const RESTRICTABLE: readonly Progress[] = ['verified', 'scoped', 'frozen', 'ordered'];

/** What callers are told: a late request is `restricted` until its keys are being destroyed after all. */
export function stateOf(request: Pick<ErasureRequest, 'progress' | 'escalated'>): RequestState {
  return request.escalated && RESTRICTABLE.includes(request.progress) ? 'restricted' : request.progress;
}

/** Where a request stands of which `stateOf` says `state`; without `escalated`, late or not. */
export function standsAt(state: RequestState): StandsAt {
  if (state === 'restricted') return { progress: RESTRICTABLE, escalated: true };
  return { progress: [state], ...(RESTRICTABLE.includes(state) ? { escalated: false } : {}) };
}

export interface StandsAt {
  readonly progress: readonly Progress[];
  readonly escalated?: boolean;
}

/** Whether a request that stands at `state` has got to `wanted`, for a long poll. Refused and restricted end the waiting. */
export function hasReached(state: RequestState, wanted: RequestState): boolean {
  if (state === wanted || state === 'refused' || state === 'restricted') return true;
  if (wanted === 'refused' || wanted === 'restricted') return state === 'final';
  const order = http.requestState.options;
  return order.indexOf(state) >= order.indexOf(wanted);
}
