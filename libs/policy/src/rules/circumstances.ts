import { refuse } from '../basis.ts';
import type { CeasedFacts, Refusal, SubjectFacts } from '../facts.ts';
import type { AnyOf, ClauseId, Pack, Purpose } from '../pack.ts';
import type { RefusalCode } from '../refusals.ts';

/** A refusal by a rule that has a clause of its own; a purpose may still name another. */
export const ruled = (
  pack: Pack,
  code: RefusalCode,
  purpose: Purpose | undefined,
  field: string | undefined,
  clause: ClauseId | undefined,
): Refusal => refuse(pack, code, purpose, field, purpose?.refusals.get(code) ?? clause);

/** What a question or a submission says about where it happens. */
export interface Where {
  readonly product?: string | undefined;
  readonly channel?: string | undefined;
  readonly collector?: string | undefined;
}

/** The product is one this pack judges, the channel one it names, the collector one that is registered. */
export function judgeWhere(pack: Pack, purpose: Purpose | undefined, where: Where): Refusal | undefined {
  const { product, channel, collector } = where;
  const { products, channels, collectors } = pack.scope;
  if (product !== undefined && products !== undefined) {
    const known = Object.hasOwn(products, product) ? products[product] : undefined;
    if (known?.judgedBy !== 'this-pack') return ruled(pack, 'product-not-covered', purpose, 'product', known?.clause);
  }
  if (channel !== undefined && channels !== undefined && !Object.hasOwn(channels, channel))
    return ruled(pack, 'channel-undeclared', purpose, 'channel', undefined);
  if (purpose?.channels !== undefined && (channel === undefined || !purpose.channels.has(channel)))
    return ruled(pack, 'channel-undeclared', purpose, 'channel', purpose.clause);
  if (collector !== undefined && !Object.hasOwn(collectors ?? {}, collector))
    return ruled(pack, 'collector-unregistered', purpose, 'collector', undefined);
  return undefined;
}

export const isDeclared = (asked: AnyOf, declared: readonly string[]): boolean =>
  asked.anyOf.some((each) => declared.includes(each));

/** Only while the function that needs it is in use. */
export function judgeMoment(pack: Pack, purpose: Purpose, declared: readonly string[]): Refusal | undefined {
  const { moment } = purpose;
  if (moment === undefined || isDeclared(moment, declared)) return undefined;
  return ruled(pack, 'moment-not-declared', purpose, 'moment', moment.clause);
}

/** One of the uses the purpose is for, and none it is never for. */
export function judgeUse(pack: Pack, purpose: Purpose, use: string | undefined): Refusal | undefined {
  if (use === undefined) return undefined;
  if (purpose.forbid?.uses.has(use) === true)
    return ruled(pack, 'use-forbidden', purpose, 'use', purpose.forbid.clause);
  const declared = purpose.uses === undefined ? use === purpose.name : purpose.uses.has(use);
  return declared ? undefined : ruled(pack, 'use-not-declared', purpose, 'use', purpose.clause);
}

/** Collection stops at once when a product or the whole service does, whenever it was collected. */
export function judgeCeased(
  pack: Pack,
  purpose: Purpose | undefined,
  ceased: CeasedFacts | undefined,
  product: string | undefined,
  now: Date,
): Refusal | undefined {
  const ended = [ceased?.everything, product === undefined ? undefined : ceased?.products.get(product)];
  if (!ended.some((each) => each !== undefined && each <= now)) return undefined;
  return ruled(pack, 'tenant-closed', purpose, undefined, pack.cessation?.clause);
}

/** A device permission that stands: granted, as declared now, or on from the start because the pack says so. */
export const isGranted = (pack: Pack, permission: string, declared: readonly string[]): boolean =>
  declared.includes(`permission.${permission}`) || pack.permissions?.get(permission)?.default === 'on';

/** What a person has said about something that is no purpose: a permission, a switch, a kind of message. */
export const saidNo = (person: SubjectFacts | undefined, name: string): boolean => {
  const said = person !== undefined && Object.hasOwn(person.consents, name) ? person.consents[name] : undefined;
  return said !== undefined && said.state !== 'given';
};
export const saidYes = (person: SubjectFacts | undefined, name: string): boolean =>
  person !== undefined && Object.hasOwn(person.consents, name) && person.consents[name]?.state === 'given';

/** A purpose that cannot be served without another ends with the other's refusal; the answer names which. */
export function judgeDependence(pack: Pack, purpose: Purpose, person: SubjectFacts): Refusal | undefined {
  for (const name of purpose.dependsOn) {
    if (!saidNo(person, name)) continue;
    return refuse(pack, 'consent-refused', purpose, `purposes.${name}`, pack.purposes.get(name)?.refusing.clause);
  }
  return undefined;
}
