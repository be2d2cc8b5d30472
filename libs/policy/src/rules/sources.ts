import { judgeBasis } from '../basis.ts';
import type { GateFacts, Refusal, SubmissionFacts } from '../facts.ts';
import type { Pack, Purpose } from '../pack.ts';
import { ruled } from './circumstances.ts';

/**
 * May it come from there? From the person or the log as the purpose says, from a party it names that has attested what
 * the purpose asks for before the data was collected, from public sources, or from another purpose that lends it.
 */
export function judgeSource(
  pack: Pack,
  facts: GateFacts,
  purpose: Purpose,
  submission: SubmissionFacts,
  sensitive: boolean,
  at: Date,
): Refusal | undefined {
  const { source } = submission;
  const declared = purpose.sources;
  const undeclared = (field: string, clause?: string): Refusal =>
    ruled(pack, 'source-not-declared', purpose, field, clause ?? purpose.clause);
  switch (source?.kind) {
    case undefined:
      return purpose.automatic || declared?.person !== false
        ? undefined
        : undeclared('source', declared.indirect?.clause);
    case 'person':
      return purpose.automatic || declared?.person === false ? undeclared('source.kind') : undefined;
    case 'automatic':
      return purpose.automatic ? undefined : undeclared('source.kind');
    case 'public':
      return declared?.public === undefined ? undeclared('source.kind') : undefined;
    case 'reused': {
      const lender = pack.purposes.get(source.purpose ?? '');
      return lender?.alsoUsedFor.includes(purpose.name) === true ? undefined : undeclared('source.purpose');
    }
    case 'indirect': {
      const rule = declared?.indirect;
      if (rule === undefined) return undeclared('source.kind');
      if (source.party === undefined || !rule.parties.has(source.party)) return undeclared('source.party', rule.clause);
      const asked = sensitive ? [...rule.attestations, ...rule.sensitiveAttestations] : rule.attestations;
      if (!asked.every((each) => source.attestations.includes(each)))
        return ruled(pack, 'attestation-required', purpose, 'source.attestations', rule.clause);
      if (source.since !== undefined && !(new Date(source.since) <= at))
        return ruled(pack, 'attestation-required', purpose, 'source.since', rule.clause);
      const needed = rule.consent === undefined ? undefined : pack.purposes.get(rule.consent);
      return needed && judgeBasis(pack, facts, needed, needed.basis, submission.subject);
    }
  }
}
