import { clauseOf } from '../basis.ts';
import type { FieldValue, Refusal, SubjectFacts } from '../facts.ts';
import type { Field, Pack, Purpose } from '../pack.ts';
import { ruled } from './circumstances.ts';

/** One person of the platform's staff who wants to see data, through the platform's backend. */
export interface StaffFacts {
  /** An approval of another person that reaches this person, purpose and fields, now. */
  readonly approved: boolean;
  /** To be taken away: an export, a download, a print. */
  readonly copy: boolean;
}

/** Staff reach a child's data by approval only, and take nothing away, where the pack says so. */
export function judgeStaff(
  pack: Pack,
  purpose: Purpose | undefined,
  person: SubjectFacts,
  staff: StaffFacts,
): Refusal | undefined {
  const rule = pack.minors.staff;
  if (rule === undefined || (person.guardian === 'not-needed' && person.sensitive !== true)) return undefined;
  if (rule.copying === 'forbidden' && staff.copy)
    return ruled(pack, 'copying-forbidden', purpose, 'staff.copy', rule.clause);
  if (rule.approval && !staff.approved)
    return ruled(pack, 'staff-approval-required', purpose, 'staff.approval', rule.clause);
  return undefined;
}

/** What staff see of a value: some characters at either end, and never all of it. */
export function maskValue({ mask }: Field, value: FieldValue): FieldValue {
  if (mask === undefined) return value;
  if (typeof value !== 'string') return '****';
  const letters = [...value];
  if (letters.length <= mask.start + mask.end) return '****';
  return `${letters.slice(0, mask.start).join('')}****${mask.end === 0 ? '' : letters.slice(-mask.end).join('')}`;
}

/** Whoever passed it on was authorized to let it be used so, where the purpose asks. */
export function judgeCover(
  pack: Pack,
  purpose: Purpose | undefined,
  use: string | undefined,
  covers: readonly string[] | undefined,
): Refusal | undefined {
  const asked = purpose?.sources?.indirect;
  if (use === undefined || covers === undefined || asked?.covers.has(use) !== true || covers.includes(use))
    return undefined;
  return ruled(pack, 'source-scope-exceeded', purpose, 'use', asked.clause ?? clauseOf(pack, 'source-scope-exceeded'));
}
