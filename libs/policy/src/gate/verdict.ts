import type { GateRemarks, GateVerdict, Refusal } from '../facts.ts';
import type { ClauseId } from '../pack.ts';

export const no = (refusal: Refusal, remarks: GateRemarks = {}): GateVerdict => ({
  may: false,
  ...refusal,
  ...remarks,
});
export const yes = (clause: ClauseId, remarks: GateRemarks = {}): GateVerdict => ({ may: true, clause, ...remarks });
