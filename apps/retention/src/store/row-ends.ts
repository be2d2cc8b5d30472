import type { RowDisposal } from '@lethe/platform';

const counted: RowDisposal = { how: 'by', work: 'counting: a matter that is dated or removed leaves' };

/** How the rows of retention's tables go. */
export const retentionEnds: Readonly<Record<string, RowDisposal>> = {
  waiting_tally: counted,
  hold: {
    how: 'evidence',
    since: 'placed_at',
    keptWhile: `r.state in ('placing', 'in-force') or (r.released_at is not null and r.released_at >= $3)`,
  },
  hold_told: { how: 'with', table: 'hold' },
  extension: {
    how: 'evidence',
    since: 'agreed_at',
    keptWhile: `r.state in ('placing', 'in-force', 'withdrawn') or (r.ended_at is not null and r.ended_at >= $3)`,
  },
  restore: {
    how: 'evidence',
    since: 'proposed_at',
    keptWhile: 'r.confirmed_at is not null and r.report is null and r.failed is null',
  },
  finding: { how: 'on', column: 'dispose_on' },
  matter: { how: 'by', work: 'the erasure of its person' },
  matter_anchor: { how: 'with', table: 'matter' },
  person: { how: 'by', work: 'the end of its erasure' },
};
