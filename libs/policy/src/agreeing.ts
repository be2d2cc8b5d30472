import { type ClauseId, CONSENT_LEVELS, type ConsentLevel, type Pack, type Purpose } from './pack.ts';

/** The policy as a whole, as if it were a purpose: what a person does about it is recorded like any other consent. */
export const POLICY = 'policy';
/** The guardian's yes to the rules about children. */
export const CHILD_RULES = 'child-rules';
/** Which trackers run, as one choice of the policy's levels. */
export const TRACKERS = 'trackers';

/** What is not a purpose and can still be agreed to or refused: `recipient.<id>`, `tracker.<purpose>` and so on. */
const KINDS: Readonly<Record<string, ConsentLevel>> = {
  [POLICY]: 'acceptance',
  [TRACKERS]: 'acceptance',
  [CHILD_RULES]: 'guardian',
  abroad: 'separate',
  recipient: 'explicit',
  tracker: 'acceptance',
  sdk: 'opt-in',
  permission: 'device-permission',
  message: 'opt-in',
};
const ALONE = new Set([POLICY, TRACKERS, CHILD_RULES, 'abroad']);

/** Whoever takes the platform over, as a recipient. */
export const SUCCESSOR = 'successor';

/** A recipient by its id; a company that the policy names as an affiliate is the affiliate it speaks of. */
export function recipientOf(pack: Pack, id: string) {
  const known = pack.recipients.get(id);
  if (known !== undefined || !Object.hasOwn(pack.scope.affiliates?.members ?? {}, id)) return known;
  return [...pack.recipients.values()].find(({ kind }) => kind === 'affiliate');
}

export interface Agreeable {
  /** The weakest yes that is enough. */
  readonly level: ConsentLevel;
  readonly clause: ClauseId;
  readonly purpose?: Purpose;
}

/** What can be agreed to under this name; `declared`: it is named, but rests on no consent. Undefined: the pack knows no such thing. */
export function agreeable(pack: Pack, about: string): Agreeable | 'declared' | undefined {
  const purpose = pack.purposes.get(about);
  if (purpose !== undefined) {
    if (purpose.basis.kind !== 'consent') return 'declared';
    return { level: purpose.basis.level ?? 'acceptance', clause: purpose.basis.clause, purpose };
  }
  const [kind = '', ...rest] = about.split('.');
  const id = rest.join('.');
  // What belongs to a service is no message of its own to refuse: it ends with the service.
  if (kind === 'message' && pack.messages.get(id)?.marketing === false) return 'declared';
  const level = kind === 'recipient' ? recipientLevel(pack, id) : KINDS[kind];
  if (level === undefined || (rest.length === 0) !== ALONE.has(kind)) return undefined;
  const clause = clauseOfKind(pack, kind, id);
  return clause === undefined ? undefined : { level, clause };
}

/** As strong as its ground asks for, and as handing on sensitive data does; explicit where the pack says neither. */
function recipientLevel(pack: Pack, id: string): ConsentLevel {
  const ground = pack.sharing?.grounds[recipientIn(pack, id)?.ground ?? ''];
  const asked = [ground?.level, pack.sharing?.sensitive?.level].filter((each) => each !== undefined);
  return asked.sort((a, b) => CONSENT_LEVELS.indexOf(b) - CONSENT_LEVELS.indexOf(a))[0] ?? 'explicit';
}

/** The clause behind a name; undefined where the pack declares no such thing. */
function clauseOfKind(pack: Pack, kind: string, id: string): ClauseId | undefined {
  const { consent, minors, territory, trackers } = pack;
  switch (kind) {
    case POLICY:
      return consent.acceptance?.clause ?? pack.controller.clause;
    case CHILD_RULES:
      return minors.guardian?.rules?.clause ?? minors.clause;
    case 'abroad':
      return territory.abroad?.clause;
    case TRACKERS:
      return trackers?.levels?.clause;
    case 'tracker':
      return trackers?.purposes[id]?.clause;
    case 'sdk':
      return pack.sdks.get(id)?.clause;
    case 'permission':
      return pack.permissions === undefined
        ? [...pack.fields.values()].find(({ permission }) => permission === id)?.clause
        : pack.permissions.get(id)?.clause;
    case 'message':
      return pack.messages.get(id)?.clause;
    case 'recipient':
      return id === SUCCESSOR ? pack.controllerChange?.clause : recipientIn(pack, id)?.clause;
    default:
      return undefined;
  }
}

/** `alipay`, or `alipay.advertising`: a recipient for a purpose that is not one of its own. */
function recipientIn(pack: Pack, id: string) {
  const known = recipientOf(pack, id);
  if (known !== undefined) return known;
  const at = id.lastIndexOf('.');
  return at < 0 ? undefined : recipientOf(pack, id.slice(0, at));
}
