import type { http } from '@lethe/contracts';
import type { Pack } from '@lethe/policy';
import type { Circumstances } from '../store/part.store.ts';

/** How something came in, as far as the pack has names for it: what it does not declare is the platform's text, and not kept. */
export function circumstancesOf(
  pack: Pack,
  submission: http.Submission,
  region: string,
  sensitive: readonly string[],
): Circumstances {
  const { product, channel, collector, tracker, use, source, exception, abroad } = submission;
  const purpose = pack.purposes.get(submission.purpose);
  const indirect = purpose?.sources?.indirect;
  const known = (names: readonly string[], declared: Iterable<string> = []): string[] => {
    const some = new Set(declared);
    return names.filter((each) => some.has(each));
  };
  return {
    region,
    product,
    channel,
    collector,
    tracker,
    use,
    source: source && {
      kind: source.kind,
      party: source.party !== undefined && indirect?.parties.has(source.party) === true ? source.party : undefined,
      attestations: known(source.attestations, [
        ...(indirect?.attestations ?? []),
        ...(indirect?.sensitiveAttestations ?? []),
      ]),
      covers: known(source.covers, indirect?.covers),
      since: source.since,
      purpose: source.purpose !== undefined && pack.purposes.has(source.purpose) ? source.purpose : undefined,
    },
    exception: exception && {
      ground: exception.ground,
      evidence: known(exception.evidence, pack.exceptions.collection.get(exception.ground)?.needs),
    },
    abroad: abroad && {
      ground: abroad.ground,
      evidence: known(abroad.evidence, pack.territory.abroad?.grounds[abroad.ground]?.needs),
    },
    declarations: submission.declarations.filter(
      (each) =>
        pack.declarations.has(each) || (each.startsWith('permission.') && pack.permissions?.has(each.slice(11))),
    ),
    sensitive,
  };
}
