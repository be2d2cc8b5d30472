import { dayOf } from '@lethe/kernel';
import { retentionClasses } from './disposal.ts';
import type { EraseScope, Holding } from './facts.ts';
import type { CompartmentName, Pack } from './pack.ts';

/**
 * What an erasure makes go and what has to stay. Everything goes but what a hold, a floor or the duty to keep evidence
 * keeps: that is restricted, and said until when. A compartment is shredded by its key when nothing in it stays by law;
 * what a hold keeps there has keys of the hold's own. `contract` and every consent's compartment are named even where
 * nothing is held, so that what arrives between the scope and the freeze goes with them. Where the law keeps something in
 * a compartment, the rest of it goes row by row; where it does in every one, `shred` is empty.
 */
export function eraseScope(pack: Pack, holdings: readonly Holding[], now: Date): EraseScope {
  const live = holdings.filter((holding) => holding.parts > 0);
  const today = dayOf(now, pack.zone);
  const restrict = live.flatMap((holding): EraseScope['restrict'] => {
    const { compartment } = holding;
    const about = { compartment, class: holding.class };
    if (compartment === 'evidence') return [{ ...about, basis: 'evidence' }];
    const floor = pack.classes.get(holding.class)?.floor;
    if (floor !== undefined && (holding.waiting || (holding.floor !== undefined && holding.floor > today))) {
      return [{ ...about, ...(holding.floor === undefined ? {} : { until: holding.floor }), basis: floor.basis }];
    }
    return holding.held > 0 ? [{ ...about, basis: 'hold' }] : [];
  });
  const stays = new Set(restrict.filter(({ basis }) => basis !== 'hold').map((each) => each.compartment));
  const shred = [...new Set([...compartmentsOf(pack), ...live.map((holding) => holding.compartment)])]
    .filter((each) => !stays.has(each))
    .sort();
  return { shred, restrict };
}

/** What can be erased whatever is held: `contract`, and one compartment for each purpose that rests on consent. */
export const compartmentsOf = (pack: Pack): readonly CompartmentName[] => [
  'contract',
  ...[...pack.purposes.values()]
    .filter((purpose) => purpose.basis.kind === 'consent')
    .map((purpose) => `consent.${purpose.name}`),
];

/** The classes a platform's store has to answer for. */
export const platformClasses = (pack: Pack): readonly string[] => {
  const held = new Set(
    [...pack.purposes.values()]
      .filter((purpose) => purpose.custody === 'platform')
      .flatMap((purpose) => [...purpose.fields.values()].map((rule) => rule.class)),
  );
  return retentionClasses(pack)
    .filter(({ name, later }) => held.has(name) || later?.some((each) => held.has(each.name)))
    .map((each) => each.name);
};
