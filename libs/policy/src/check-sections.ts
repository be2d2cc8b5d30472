import type { Finding } from './finding.ts';
import type { PackFile } from './pack-file.ts';
import type { Path, YamlDocument } from './yaml-document.ts';

type At = YamlDocument<unknown>['at'];
type Known = Readonly<Record<string, unknown>> | undefined;

/** References of the sections beside fields and classes that lead nowhere, and what such a section may not leave open. */
export function checkSections(pack: PackFile, at: At): Finding[] {
  const look = new Lookup(pack, at);
  checkPurposes(pack, look);
  checkConsent(pack, look);
  checkDevices(pack, look);
  checkClasses(pack, look);
  checkGrounds(pack, look);
  checkRecipients(pack, look);
  checkRequests(pack, look);
  return look.findings;
}

/** Looks names up and keeps what was not found. A section that is absent closes no list. */
class Lookup {
  readonly findings: Finding[] = [];

  constructor(
    private readonly pack: PackFile,
    private readonly at: At,
  ) {}

  each(what: string, known: Known, names: readonly string[] | undefined, path: Path): void {
    for (const [index, name] of (names ?? []).entries()) this.one(what, known, name, [...path, index]);
  }

  one(what: string, known: Known, name: string | undefined, path: Path): void {
    if (name === undefined || known === undefined || Object.hasOwn(known, name)) return;
    this.say(path, `undeclared-${what}`, `${what} \`${name}\` is not declared`, Object.keys(known));
  }

  say(path: Path, code: string, message: string, allowed?: readonly string[], atKey = false): void {
    this.findings.push(this.at(path, code, message, allowed, atKey));
  }

  purposes(names: readonly string[] | undefined, path: Path): void {
    this.each('purpose', this.pack.purposes, names, path);
  }
  fields(names: readonly string[] | undefined, path: Path): void {
    this.each('field', this.pack.fields, names, path);
  }
  declarations(names: readonly string[] | undefined, path: Path): void {
    this.each('declaration', this.pack.declarations, names, path);
  }
}

function checkPurposes(pack: PackFile, look: Lookup): void {
  const matters = Object.fromEntries(
    Object.values(pack.anchors).flatMap(({ matter }) => (matter ? [[matter, 1]] : [])),
  );
  for (const [name, purpose] of Object.entries(pack.purposes)) {
    const path = ['purposes', name];
    look.declarations(purpose.moment?.anyOf, [...path, 'moment', 'anyOf']);
    look.each('channel', pack.scope?.channels, purpose.channels, [...path, 'channels']);
    look.one('purpose', pack.purposes, purpose.sources?.indirect?.consent, [...path, 'sources', 'indirect', 'consent']);
    look.one('matter', matters, purpose.onlyMatter?.kind, [...path, 'onlyMatter', 'kind']);
    if (purpose.immutable !== undefined && purpose.immutable.after !== 'submission')
      look.one('declaration', pack.declarations, purpose.immutable.after, [...path, 'immutable', 'after']);
    look.purposes(purpose.refusing.costs, [...path, 'refusing', 'costs']);
    for (const [index, cost] of purpose.refusing.costs.entries())
      if (purpose.kind === 'additional' && pack.purposes[cost]?.kind === 'basic')
        look.say(
          [...path, 'refusing', 'costs', index],
          'costs-a-basic-function',
          `refusing \`${name}\`, which is additional, may not cost the basic purpose \`${cost}\``,
          Object.keys(pack.purposes).filter((each) => pack.purposes[each]?.kind === 'additional'),
        );
  }
  for (const [name, use] of Object.entries(pack.uses ?? {}))
    look.each('category', pack.categories, use.categories, ['uses', name, 'categories']);
}

export const restsOnConsent = ({ basis, fields }: PackFile['purposes'][string]): boolean =>
  [basis, ...Object.values(fields).map((rule) => rule?.basis)].some((each) => each?.kind === 'consent');

/** Whoever can say no is not asked again every day: for how long, somebody says. */
function checkConsent(pack: PackFile, look: Lookup): void {
  const { consent, messages, permissions, sdks, trackers } = pack;
  const rests = Object.values(pack.purposes).some(restsOnConsent);
  if (consent?.noNagging !== undefined || !(rests || consent || messages || permissions || sdks || trackers)) return;
  look.say(
    ['consent'],
    'no-pause-after-no',
    'for how long a person who has said no is not asked again is not said',
    ['consent.noNagging: { period: P30D, clause: … }'],
    true,
  );
}

/** A period rests on a ground that the policy names, where it names any; and it ends as the policy says that periods end. */
function checkClasses(pack: PackFile, look: Lookup): void {
  const factors = pack.retention?.factors ?? {};
  for (const [name, each] of Object.entries(pack.classes)) {
    look.one('factor', factors, each.factor, ['classes', name, 'factor']);
    if (each.factor === undefined && Object.keys(factors).length > 0)
      look.say(['classes', name], 'period-without-factor', `\`${name}\` names no ground`, Object.keys(factors), true);
    for (const promised of [pack.retention?.onExpiry?.methods, pack.cessation?.disposal.methods])
      if (promised !== undefined && !promised.includes(each.method))
        look.say(['classes', name, 'method'], 'method-not-promised', `nothing promises to ${each.method}`, promised);
  }
}

function checkDevices(pack: PackFile, look: Lookup): void {
  const { permissions, trackers } = pack;
  for (const [name, field] of Object.entries(pack.fields))
    look.one('permission', permissions, field.permission, ['fields', name, 'permission']);
  for (const [name, permission] of Object.entries(permissions ?? {})) {
    look.purposes(permission.for, ['permissions', name, 'for']);
    look.declarations(permission.moment?.anyOf, ['permissions', name, 'moment', 'anyOf']);
  }
  for (const [name, kind] of Object.entries(trackers?.kinds ?? {}))
    look.fields(kind.fields, ['trackers', 'kinds', name, 'fields']);
  for (const [name, purpose] of Object.entries(trackers?.purposes ?? {})) {
    const path = ['trackers', 'purposes', name];
    look.each('kind', trackers?.kinds, purpose.kinds, [...path, 'kinds']);
    look.one('purpose', pack.purposes, purpose.consent, [...path, 'consent']);
  }
  for (const level of ['all', 'reduced', 'none'] as const)
    look.each('tracker', trackers?.purposes, trackers?.levels?.[level], ['trackers', 'levels', level]);
  for (const [name, sdk] of Object.entries(pack.sdks ?? {})) {
    const path = ['sdks', name];
    look.one('purpose', pack.purposes, sdk.purpose, [...path, 'purpose']);
    for (const [index, flow] of sdk.flows.entries()) {
      look.fields(flow.fields, [...path, 'flows', index, 'fields']);
      look.one('declaration', pack.declarations, flow.when, [...path, 'flows', index, 'when']);
    }
    for (const kind of ['required', 'optional'] as const)
      look.each('permission', permissions, sdk.permissions?.[kind], [...path, 'permissions', kind]);
  }
  for (const [name, message] of Object.entries(pack.messages ?? {}))
    look.one('purpose', pack.purposes, message.purpose, ['messages', name, 'purpose']);
}

/** An exception that is used stands in its list, and each list keeps to itself. */
function checkGrounds(pack: PackFile, look: Lookup): void {
  const listed = pack.exceptions?.collection ?? {};
  for (const list of ['collection', 'disclosure'] as const)
    for (const [name, ground] of Object.entries(pack.exceptions?.[list] ?? {}))
      look.purposes(ground.purposes, ['exceptions', list, name, 'purposes']);
  for (const [index, ground] of (pack.joining?.unless ?? []).entries())
    if (ground !== 'consent' && !Object.hasOwn(listed, ground))
      look.say(
        ['joining', 'unless', index],
        'exception-not-listed',
        `the exception \`${ground}\` is used, and no list has it`,
        ['consent', ...Object.keys(listed)],
      );
  look.one('purpose', pack.purposes, pack.territory.abroad?.consent, ['territory', 'abroad', 'consent']);
  for (const [name, ground] of Object.entries(pack.territory.abroad?.grounds ?? {}))
    look.purposes(ground.purposes, ['territory', 'abroad', 'grounds', name, 'purposes']);
}

function checkRecipients(pack: PackFile, look: Lookup): void {
  const grounds = { ...pack.sharing?.grounds, ...pack.transfer?.grounds, ...pack.publication?.grounds };
  for (const [name, recipient] of Object.entries(pack.recipients ?? {})) {
    const path = ['recipients', name];
    if (recipient.ground === undefined)
      look.say(path, 'recipient-without-ground', `\`${name}\` gets data by no ground`, Object.keys(grounds), true);
    else look.one('ground', grounds, recipient.ground, [...path, 'ground']);
    look.purposes(recipient.purposes, [...path, 'purposes']);
    look.fields(recipient.fields, [...path, 'fields']);
    look.fields(recipient.except, [...path, 'except']);
  }
}

function checkRequests(pack: PackFile, look: Lookup): void {
  const { requests } = pack;
  const deadlines: [Path, typeof requests.deadline | undefined][] = [
    [['requests', 'deadline'], requests.deadline],
    ...Object.entries(requests.types ?? {}).map(([name, type]): [Path, typeof requests.deadline | undefined] => [
      ['requests', 'types', name, 'deadline'],
      type.deadline,
    ]),
  ];
  for (const [path, deadline] of deadlines) {
    if (deadline === undefined) continue;
    if (deadline.calendar === undefined)
      look.say(path, 'deadline-without-calendar', 'days of what?', ['calendar-days', 'working-days'], true);
    else if (deadline.calendar === 'working-days' && deadline.holidays === undefined)
      look.say(path, 'deadline-without-calendar', 'working days of which calendar?', ['holidays'], true);
    else if (deadline.holidays !== undefined && !Object.hasOwn(pack.calendars ?? {}, deadline.holidays))
      look.say(
        [...path, 'holidays'],
        'deadline-without-calendar',
        `nobody says which days \`${deadline.holidays}\` works`,
        [...Object.keys(pack.calendars ?? {}), `calendars.${deadline.holidays} in deployer.yaml`],
      );
  }
  look.each('type', requests.types, requests.refusals?.never, ['requests', 'refusals', 'never']);
  for (const [name, defer] of Object.entries(requests.defer ?? {}))
    look.each('type', requests.types, defer.types, ['requests', 'defer', name, 'types']);
}
