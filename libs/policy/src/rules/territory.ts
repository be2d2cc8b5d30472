import { refuse, subjectFacts } from '../basis.ts';
import type { CitedGround, GateFacts, Refusal } from '../facts.ts';
import type { Pack, Purpose } from '../pack.ts';
import { ruled, saidYes } from './circumstances.ts';
import { isRegion } from './regions.ts';

/** Places that ISO 3166-2 names otherwise since 2017; registers still have the number, and it is the same place. */
const NAMED_NOW: Readonly<Record<string, string>> = { 'CN-71': 'CN-TW', 'CN-91': 'CN-HK', 'CN-92': 'CN-MO' };

/** `CN-SH` lies in `CN`, and each in itself. */
const liesIn = (region: string, other: string): boolean => region === other || region.startsWith(`${other}-`);

/** A region of the pack's list (`CN` covers `CN-SH`) and none of those it takes out. */
function isWithin(pack: Pack, region: string): boolean {
  const { regions, except } = pack.territory;
  return regions.some((each) => liesIn(region, each)) && !except.includes(NAMED_NOW[region] ?? region);
}

/**
 * Where something is kept: the narrower of what the platform and the deployment say. The deployment speaks of what it seals
 * itself; of what the platform holds, the platform alone. Empty where nobody has said.
 */
export function regionOf(purpose: Purpose, stated = '', deployment?: string): string {
  if (purpose.custody === 'platform' || deployment === undefined) return stated;
  return stated === '' || liesIn(deployment, stated) ? deployment : stated;
}

/** What the deployment seals lies where it stores: as lying elsewhere it would be a false record, whatever the policy lets. */
export function judgeStored(
  pack: Pack,
  purpose: Purpose,
  region: string,
  deployment: string | undefined,
): Refusal | undefined {
  if (purpose.custody === 'platform' || deployment === undefined) return undefined;
  if (liesIn(NAMED_NOW[region] ?? region, NAMED_NOW[deployment] ?? deployment)) return undefined;
  return ruled(pack, 'region-elsewhere', purpose, 'region', pack.territory.clause);
}

/** May it be kept there? Nowhere that nobody names or ISO 3166 does not know; within the list; elsewhere by a ground that is shown, or by the person's own consent to it. */
export function judgeRegion(
  pack: Pack,
  facts: GateFacts,
  purpose: Purpose | undefined,
  region: string,
  subject?: string,
  cited?: CitedGround,
): Refusal | undefined {
  // Of what is nowhere nobody can say that it lies within.
  if (!isRegion(region)) return ruled(pack, 'region-unknown', purpose, 'region', pack.territory.clause);
  if (isWithin(pack, region)) return undefined;
  const { abroad } = pack.territory;
  const no = (field: string, clause: string): Refusal =>
    refuse(pack, 'territory-not-allowed', purpose, field, purpose?.refusals.get('territory-not-allowed') ?? clause);
  if (abroad === undefined) return no('region', pack.territory.clause);
  const ground = cited && Object.hasOwn(abroad.grounds, cited.ground) ? abroad.grounds[cited.ground] : undefined;
  if (cited !== undefined && ground === undefined) return no('abroad.ground', abroad.clause);
  const carried = ground?.purposes;
  if (ground !== undefined && carried !== undefined && (purpose === undefined || !carried.includes(purpose.name)))
    return no('abroad.ground', ground.clause);
  if (ground !== undefined && cited !== undefined)
    return ground.needs.every((each) => cited.evidence.includes(each))
      ? undefined
      : refuse(pack, 'exception-evidence-missing', purpose, 'abroad.evidence', ground.clause);
  const person = subject === undefined ? undefined : subjectFacts(facts, subject);
  if (saidYes(person, 'abroad') || (abroad.consent !== undefined && saidYes(person, abroad.consent))) {
    return facts.lease === 'stale' || person?.unsettled === true ? refuse(pack, 'basis-uncertain', purpose) : undefined;
  }
  return no('region', abroad.clause);
}
