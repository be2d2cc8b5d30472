import type { CitedGround, Refusal } from '../facts.ts';
import type { Pack, Purpose } from '../pack.ts';
import { ruled } from './circumstances.ts';

/** Processing without consent: a ground that is listed for collecting, shown as it must be, and reaches this. */
export function judgeException(
  pack: Pack,
  purpose: Purpose,
  cited: CitedGround,
  sensitive: boolean,
): Refusal | undefined {
  const ground = pack.exceptions.collection.get(cited.ground);
  if (ground?.enabled !== true) return ruled(pack, 'exception-not-listed', purpose, 'exception.ground', ground?.clause);
  if (!ground.needs.every((each) => cited.evidence.includes(each)))
    return ruled(pack, 'exception-evidence-missing', purpose, 'exception.evidence', ground.clause);
  const reaches =
    (!ground.basicOnly || purpose.kind === 'basic') &&
    (ground.purposes === undefined || ground.purposes.includes(purpose.name)) &&
    (ground.sensitive || !sensitive);
  return reaches ? undefined : ruled(pack, 'exception-not-applicable', purpose, 'exception.ground', ground.clause);
}
