import type { ClauseFile, PackFile } from './pack-file.ts';
import { acceptedShape } from './accept.ts';
import { mapOf, optional, sectionsFrom } from './compile-sections.ts';
import { statedFrom } from './language/words.ts';
import type { Basis, Clause, DisposalClass, Field, FieldRule, Pack, Purpose, Sources } from './pack.ts';
import type { RefusalCode } from './refusals.ts';
import { calendarFrom } from './working-days.ts';

type FilePurpose = PackFile['purposes'][string];
type FileClass = PackFile['classes'][string];
type FileField = PackFile['fields'][string];

/** A file in which nothing was found becomes the pack that rules read; what no question changes is worked out here, once. */
export function compilePack(file: PackFile, digest: string, register?: ClauseFile): Pack {
  const classes = mapOf(file.classes, (each, name) => classFrom(name, each, file.calendars));
  return {
    ...sectionsFrom(file),
    apiVersion: file.apiVersion,
    pack: file.pack,
    version: file.version,
    effectiveFrom: file.effectiveFrom,
    digest,
    title: file.title,
    zone: file.zone,
    controller: {
      names: file.controller.name,
      ...optional('address', file.controller.address),
      ...optional('country', file.controller.country),
      clause: file.controller.clause,
    },
    ...optional('deployer', file.deployer),
    notices: [...new Set([file.version, ...file.notices])],
    anchors: mapOf(file.anchors, ({ name, matter, clause }, key) => ({
      name: key,
      names: name,
      ...optional('matter', matter),
      clause,
    })),
    fields: mapOf(file.fields, (each, key) => fieldFrom(key, each)),
    purposes: purposesFrom(file, classes),
    classes,
    declarations: mapOf(file.declarations, ({ name, clause }) => ({ names: name, clause })),
    backups: { maxDays: statedFrom(file.backups.maxDays), clause: file.backups.clause },
    evidence: { period: statedFrom<string>(file.evidence.period), clause: file.evidence.clause },
    refusals: refusalsFrom(file.refusals),
    clauses: new Map(
      (register?.clauses ?? []).map((each): [string, Clause] => {
        const { name, service, merged, platform, ...rest } = each;
        return [
          each.id,
          {
            ...rest,
            names: name,
            ...optional('service', service),
            ...optional('merged', merged),
            ...optional('platform', platform),
          },
        ];
      }),
    ),
  };
}

const fieldFrom = (key: string, { name, permission, accept, mask, ...rest }: FileField): Field => ({
  name: key,
  names: name,
  ...optional('permission', permission),
  ...optional('accept', accept === undefined ? undefined : acceptedShape(accept)),
  ...optional('mask', mask),
  ...rest,
});

/** @throws RangeError for a class without a period, or whose floor ends by a calendar that nobody gives; the check has said so before */
export function classFrom(name: string, file: FileClass, calendars: PackFile['calendars']): DisposalClass {
  if (file.period === undefined) throw new RangeError(`class ${name} has no period`);
  return {
    name,
    names: file.name,
    anchor: file.anchor,
    period: statedFrom<string>(file.period),
    ...optional('limit', file.limit === undefined ? undefined : statedFrom<string>(file.limit)),
    ...optional('floor', floorFrom(file.floor, calendars)),
    ...optional('factor', file.factor),
    method: file.method,
    cohort: file.cohort,
    ...optional(
      'ladder',
      file.ladder === undefined
        ? undefined
        : {
            k: statedFrom(file.ladder.k),
            ...optional(
              'release',
              file.ladder.release === undefined
                ? undefined
                : { ...file.ladder.release, maximumRisk: statedFrom(file.ladder.release.maximumRisk) },
            ),
            dimensions: Object.entries(file.ladder.dimensions).map(([key, each]) => ({ name: key, ...each })),
            measures: Object.entries(file.ladder.measures).map(([key, { sum, decimals, p }]) => ({
              ...{ name: key, field: sum, decimals },
              p: statedFrom(p),
            })),
            steps: file.ladder.steps,
          },
    ),
    clause: file.clause,
  };
}

function floorFrom(file: FileClass['floor'], calendars: PackFile['calendars']): DisposalClass['floor'] {
  if (file?.end === undefined) return file as DisposalClass['floor'];
  const { end, ...floor } = file;
  const calendar = calendars?.[end.holidays];
  if (calendar === undefined) throw new RangeError(`nobody gives the calendar ${end.holidays}`);
  return { ...floor, end: { ...end, atMost: statedFrom(end.atMost), published: calendarFrom(calendar) } };
}

/** The purposes, each knowing what it may borrow from others and which others it cannot be served without. */
function purposesFrom(file: PackFile, classes: ReadonlyMap<string, DisposalClass>): ReadonlyMap<string, Purpose> {
  const purposes = mapOf(file.purposes, (each, name) => purposeFrom(name, each, classes));
  return mapOf(Object.fromEntries(purposes), (purpose) => {
    const borrowed = new Map<string, FieldRule>();
    for (const source of purposes.values()) {
      if (!source.alsoUsedFor.includes(purpose.name)) continue;
      for (const [field, rule] of source.fields)
        if (!borrowed.has(field)) borrowed.set(field, { ...rule, basis: purpose.basis });
    }
    const dependsOn = [...purposes.values()]
      .filter((each) => each.refusing.costs.includes(purpose.name))
      .map((each) => each.name);
    return { ...purpose, borrowed, dependsOn };
  });
}

function purposeFrom(name: string, file: FilePurpose, classes: ReadonlyMap<string, DisposalClass>): Purpose {
  const { others } = file;
  const basis = basisFrom(file.basis);
  const rule = (
    field: string,
    own: FilePurpose['fields'][string],
    otherwise: { basis: Basis; class: string; clause: string },
  ): FieldRule => {
    const chosen = own?.basis === undefined ? otherwise.basis : basisFrom(own.basis);
    const className = own?.class ?? otherwise.class;
    return {
      field,
      required: own?.required ?? false,
      basis: chosen,
      class: className,
      compartment:
        classes.get(className)?.floor !== undefined || chosen.kind === 'statute'
          ? 'statutory'
          : chosen.kind === 'consent'
            ? `consent.${name}`
            : 'contract',
      clause: own?.clause ?? otherwise.clause,
    };
  };
  const ownClass = file.class ?? '';
  return {
    name,
    names: file.name,
    kind: file.kind,
    basis,
    custody: file.custody,
    ...optional('whenAway', file.whenAway),
    fields: mapOf(file.fields, (own, field) => rule(field, own, { basis, class: ownClass, clause: file.clause })),
    borrowed: new Map(),
    undeclared: file.undeclared,
    ...optional(
      'others',
      others === undefined
        ? undefined
        : {
            declaration: others.declaration,
            clause: others.clause,
            fields: mapOf(others.fields, (own, field) =>
              rule(field, own, {
                basis: { kind: 'declared', clause: others.clause },
                class: others.class ?? ownClass,
                clause: others.clause,
              }),
            ),
          },
    ),
    ...optional('declarations', file.declarations),
    ...optional('moment', file.moment),
    automatic: file.automatic,
    ...optional('channels', file.channels === undefined ? undefined : new Set(file.channels)),
    ...optional('sources', sourcesFrom(file.sources)),
    ...optional('uses', file.uses === undefined ? undefined : new Set(file.uses)),
    ...optional(
      'forbid',
      file.forbid === undefined ? undefined : { uses: new Set(file.forbid.uses), clause: file.forbid.clause },
    ),
    ...optional('onlyMatter', file.onlyMatter),
    ...optional('deidentify', file.deidentify),
    variants: file.variants,
    noticeRequired: file.noticeRequired,
    ...optional('immutable', file.immutable),
    refusing: file.refusing,
    dependsOn: [],
    alsoUsedFor: file.alsoUsedFor,
    refusals: refusalsFrom(file.refusals),
    clause: file.clause,
  };
}

function sourcesFrom(file: FilePurpose['sources']): Sources | undefined {
  if (file === undefined) return undefined;
  const { indirect } = file;
  return {
    person: file.person,
    ...optional(
      'indirect',
      indirect === undefined
        ? undefined
        : {
            parties: new Set(indirect.parties),
            attestations: indirect.attestations,
            sensitiveAttestations: indirect.sensitiveAttestations,
            covers: new Set(indirect.covers),
            ...optional('consent', indirect.consent),
            clause: indirect.clause,
          },
    ),
    ...optional('public', file.public),
  };
}

const basisFrom = ({ kind, level, clause }: FilePurpose['basis']): Basis => ({
  kind,
  ...optional('level', level),
  clause,
});

const refusalsFrom = (file: Readonly<Record<string, string>>): ReadonlyMap<RefusalCode, string> =>
  new Map(Object.entries(file) as [RefusalCode, string][]);
