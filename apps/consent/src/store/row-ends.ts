import type { RowDisposal } from '@lethe/platform';

/** What came after it, by an act whose own evidence is over. The last act is no mere evidence: it is what stands. */
const followed = (table: string, same: string): string =>
  `exists (select 1 from ${table} n where n.tenant = r.tenant and n.subject = r.subject and ${same}
     and n.version > r.version and n.dispose_on <= $2::date)`;
/** The person was erased, and what is kept as evidence of it is over. */
const gone = `exists (select 1 from person p where p.tenant = r.tenant and p.subject = r.subject and p.restricted_at < $3)`;
const evidenceOf = (table: string): string =>
  `exists (select 1 from ${table} e where e.tenant = r.tenant and e.subject = r.subject)`;

/** How the rows of consent's tables go: children before the person they are about. */
export const consentEnds: Readonly<Record<string, RowDisposal>> = {
  consent_history: {
    how: 'on',
    column: 'dispose_on',
    keptWhile: `not (${gone} or ${followed('consent_history', 'n.purpose = r.purpose')})`,
  },
  guardian_history: {
    how: 'on',
    column: 'dispose_on',
    keptWhile: `not (${gone} or ${followed('guardian_history', 'true')})`,
  },
  notice_shown: {
    how: 'on',
    column: 'dispose_on',
    keptWhile: `exists (select 1 from consent_history h where h.tenant = r.tenant and h.subject = r.subject and h.shown = r.notice)`,
  },
  person: {
    how: 'evidence',
    since: 'restricted_at',
    keptWhile: ['consent_history', 'guardian_history', 'notice_shown'].map(evidenceOf).join(' or '),
  },
};
