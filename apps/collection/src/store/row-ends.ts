import type { RowDisposal } from '@lethe/platform';

const disposal: RowDisposal = { how: 'by', work: 'the disposal of its day, or the erasure of its person' };
const erasure: RowDisposal = { how: 'by', work: 'the erasure of its person' };
const intake: RowDisposal = { how: 'by', work: 'the intake, which forgets what no key opens any more' };
const dated: RowDisposal = { how: 'on', column: 'dispose_on' };

/** How the rows of collection's tables go. */
export const collectionEnds: Readonly<Record<string, RowDisposal>> = {
  part: disposal,
  holding: disposal,
  matter_date: {
    how: 'by',
    work: 'pruning: no part is of it, and its day has come, and that of every class of its kind, or its person is erased',
  },
  matter_anchor: { how: 'by', work: 'the erasure of its person, once no part of the matter is left' },
  submission: { how: 'by', work: 'pruning, after 30 days' },
  refusal: dated,
  opening: dated,
  staff_approval: dated,
  control_evidence: dated,
  consent_state: erasure,
  guardian_state: erasure,
  subject_state: { how: 'never', because: 'the fence of an erasure: a ref that is gone is never taken in again' },
  shred: { how: 'evidence', since: 'swept_at', time: 'machine', keptWhile: `r.state <> 'swept'` },
  hold: {
    how: 'evidence',
    since: 'at',
    time: 'machine',
    keptWhile: `r.state = 'in-force' or (r.lifted_at is not null and r.lifted_at >= $4)`,
  },
  restored: { how: 'evidence', since: 'at', time: 'machine' },
  extension: {
    how: 'evidence',
    since: 'at',
    time: 'machine',
    keptWhile: `r.state = 'in-force' or (r.ended_at is not null and r.ended_at >= $4)`,
  },
  intake_session: intake,
  intake_waiting: intake,
  intake_refusal: dated,
};
