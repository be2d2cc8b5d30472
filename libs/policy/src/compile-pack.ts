import type { ClauseFile, PackFile } from './pack-file.ts';
import type { Basis, Clause, DisposalClass, Field, FieldRule, Pack, Purpose, Source, Stated } from './pack.ts';
import type { RefusalCode } from './refusals.ts';

type FilePurpose = PackFile['purposes'][string];
type FileClass = PackFile['classes'][string];
type FileStated<Value> = Value | { readonly notStated: true; readonly use: Value; readonly source: Source };

/** A file in which nothing was found becomes the pack that rules read. */
export function compilePack(file: PackFile, digest: string, register?: ClauseFile): Pack {
  const classes = mapOf(file.classes, (each, name) => classFrom(name, each));
  return {
    apiVersion: file.apiVersion,
    pack: file.pack,
    version: file.version,
    effectiveFrom: file.effectiveFrom,
    digest,
    title: file.title,
    zone: file.zone,
    controller: { names: file.controller.name, clause: file.controller.clause },
    notices: [...new Set([file.version, ...file.notices])],
    anchors: mapOf(file.anchors, ({ name, matter, clause }, key) => ({
      name: key,
      names: name,
      ...optional('matter', matter),
      clause,
    })),
    fields: mapOf(file.fields, ({ name, permission, ...rest }, key): Field => ({
      name: key,
      names: name,
      ...optional('permission', permission),
      ...rest,
    })),
    purposes: mapOf(file.purposes, (each, name) => purposeFrom(name, each, classes)),
    classes,
    declarations: mapOf(file.declarations, ({ name, clause }) => ({ names: name, clause })),
    minors: {
      childBelow: file.minors.childBelow,
      ...optional('sensitiveUpTo', file.minors.sensitiveUpTo),
      clause: file.minors.clause,
    },
    territory: file.territory,
    backups: { maxDays: statedFrom(file.backups.maxDays), clause: file.backups.clause },
    evidence: { period: statedFrom(file.evidence.period), clause: file.evidence.clause },
    requests: {
      deadline: { ...file.requests.deadline, days: statedFrom(file.requests.deadline.days) },
      identity: file.requests.identity,
      grounds: mapOf(file.requests.grounds, ({ name, clause }) => ({ names: name, clause })),
    },
    refusals: refusalsFrom(file.refusals),
    clauses: new Map(
      (register?.clauses ?? []).map((each): [string, Clause] => {
        const { name, service, ...rest } = each;
        return [each.id, { ...rest, names: name, ...optional('service', service) }];
      }),
    ),
  };
}

/** @throws RangeError for a class without a period; the check has said so before */
export function classFrom(name: string, file: FileClass): DisposalClass {
  if (file.period === undefined) throw new RangeError(`class ${name} has no period`);
  return {
    name,
    names: file.name,
    anchor: file.anchor,
    period: statedFrom<string>(file.period),
    ...optional('limit', file.limit === undefined ? undefined : statedFrom<string>(file.limit)),
    ...optional('floor', file.floor),
    method: file.method,
    cohort: file.cohort,
    ...optional(
      'ladder',
      file.ladder === undefined
        ? undefined
        : {
            k: statedFrom(file.ladder.k),
            dimensions: Object.entries(file.ladder.dimensions).map(([key, each]) => ({ name: key, ...each })),
            steps: file.ladder.steps,
          },
    ),
    clause: file.clause,
  };
}

function purposeFrom(name: string, file: FilePurpose, classes: ReadonlyMap<string, DisposalClass>): Purpose {
  const { custody, others, declarations, immutable } = file;
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
  return {
    name,
    names: file.name,
    kind: file.kind,
    basis,
    custody,
    fields: mapOf(file.fields, (own, field) => rule(field, own, { basis, class: file.class, clause: file.clause })),
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
                class: others.class ?? file.class,
                clause: others.clause,
              }),
            ),
          },
    ),
    ...optional('declarations', declarations),
    variants: file.variants,
    noticeRequired: file.noticeRequired,
    ...optional('immutable', immutable),
    refusing: file.refusing,
    alsoUsedFor: file.alsoUsedFor,
    refusals: refusalsFrom(file.refusals),
    clause: file.clause,
  };
}

const basisFrom = ({ kind, level, clause }: FilePurpose['basis']): Basis => ({
  kind,
  ...optional('level', level),
  clause,
});

const statedFrom = <Value extends string | number>(value: FileStated<Value>): Stated<Value> =>
  typeof value === 'object'
    ? { value: value.use, stated: false, source: value.source }
    : { value, stated: true, source: 'policy' };

const refusalsFrom = (file: Readonly<Record<string, string>>): ReadonlyMap<RefusalCode, string> =>
  new Map(Object.entries(file) as [RefusalCode, string][]);

const mapOf = <From, To>(
  record: Readonly<Record<string, From>>,
  to: (value: From, key: string) => To,
): ReadonlyMap<string, To> => new Map(Object.entries(record).map(([key, value]) => [key, to(value, key)]));

const optional = <Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value });
