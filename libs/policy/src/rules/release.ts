import { refuse } from '../basis.ts';
import { classOf } from '../disposal.ts';
import type { Refusal } from '../facts.ts';
import type { Pack, Stated } from '../pack.ts';
import { riskOf, type Risk } from '../risk.ts';

/**
 * The greatest maximum prosecutor risk at which an anonymized result of a class may leave. Where the pack does not say, that of a
 * cell of k people, with the k of today: what was folded under a smaller one stays.
 * @throws RangeError for a class that is not anonymized
 */
export function releaseThreshold(pack: Pack, className: string): Stated<number> {
  const { ladder } = classOf(pack, className);
  if (ladder === undefined) throw new RangeError(`class ${className} has no ladder`);
  return ladder.release?.maximumRisk ?? { value: 1 / ladder.k.value, stated: false, source: 'decision' };
}

/**
 * May these cells leave? A cell is one class of people who cannot be told apart, so the risk is counted in people, never in records:
 * many records of few people hide nobody.
 */
export function judgeRelease(
  pack: Pack,
  className: string,
  cells: Iterable<{ readonly people: number }>,
): { readonly risk: Risk; readonly threshold: number; readonly refusal?: Refusal } {
  const risk = riskOf([...cells].map(({ people }) => people));
  const threshold = releaseThreshold(pack, className).value;
  if (risk.maximumProsecutorRisk <= threshold) return { risk, threshold };
  const { ladder, clause } = classOf(pack, className);
  return {
    risk,
    threshold,
    refusal: refuse(pack, 'release-too-risky', undefined, 'class', ladder?.release?.clause ?? clause),
  };
}
