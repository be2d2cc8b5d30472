import type { RowDisposal } from '@lethe/platform';

const withRequest: RowDisposal = { how: 'with', table: 'request' };

/** How the rows of erasure's tables go. */
export const erasureEnds: Readonly<Record<string, RowDisposal>> = {
  request: { how: 'on', column: 'dispose_on', keptWhile: `r.progress not in ('final', 'refused')` },
  request_participant: withRequest,
  certificate: withRequest,
  certificate_backup: { how: 'with', table: 'certificate' },
  withdrawal: { how: 'on', column: 'dispose_on' },
  withdrawal_unsaid: { how: 'on', column: 'dispose_on' },
  withdrawal_participant: { how: 'with', table: 'withdrawal' },
  // What the platform was told about a request leaves with it; the rest when no proof of it is owed any more.
  out_item: {
    how: 'evidence',
    since: 'at',
    keptWhile: `exists (select 1 from request q where q.tenant = r.tenant and q.request::text = r.data ->> 'request')`,
  },
  ledger_record: { how: 'never', because: 'a hash that leads to nobody: no fact is written into the ledger twice' },
  hold_seen: { how: 'by', work: 'the end of the hold' },
};
