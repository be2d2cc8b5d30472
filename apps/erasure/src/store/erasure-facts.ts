import type { LedgerFact } from '@lethe/ledger';
import type { Scope } from '../domain/request.ts';

/**
 * What the ledger says of an erasure: what went, and by class what stays. What else was in the compartment of something that
 * stays has gone, and must not come back; a hold has its own entry, and its end.
 */
export const erasureFacts = (
  about: Pick<LedgerFact, 'tenant' | 'subject' | 'erasure' | 'at'>,
  { shred, restrict }: Pick<Scope, 'shred' | 'restrict'>,
): LedgerFact[] => [
  { ...about, kind: 'erased', compartments: [...shred] },
  ...restrict
    .filter(({ basis }) => basis !== 'hold')
    .map(({ compartment, class: of, until }) => ({
      ...about,
      kind: 'restricted' as const,
      compartments: [compartment],
      class: of,
      ...(until === undefined ? {} : { day: until }),
    })),
];
