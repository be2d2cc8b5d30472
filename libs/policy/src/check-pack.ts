import { dispose, cohortOf } from './disposal.ts';
import { addPeriod, disposalDay } from '@lethe/kernel';
import type { Finding } from './finding.ts';
import type { ClauseFile, PackFile } from './pack-file.ts';
import type { DisposalClass } from './pack.ts';
import { checkSections, restsOnConsent } from './check-sections.ts';
import { REFUSALS, RULED_REFUSALS } from './refusals.ts';
import type { Path, YamlDocument } from './yaml-document.ts';
import { classFrom } from './compile-pack.ts';
import { statedFrom } from './language/words.ts';
import { calendarFrom, longestRest } from './working-days.ts';

type At = YamlDocument<unknown>['at'];

/** What a schema cannot see: references that lead nowhere, and promises that cannot be kept together. */
export function checkPack(pack: PackFile, at: At, register?: ClauseFile): Finding[] {
  return [
    ...checkClauses(pack, at, register),
    ...checkFields(pack, at),
    ...checkClasses(pack, at),
    ...Object.keys(pack.purposes).flatMap((name) => checkPurpose(pack, name, at)),
    ...checkRefusals(pack, at),
    ...checkSections(pack, at),
  ];
}

/** Every `clause:` of the file stands in the register, or names a silence of the text. */
function checkClauses(pack: PackFile, at: At, register: ClauseFile | undefined): Finding[] {
  if (register === undefined) return [];
  const known = new Set([
    ...register.clauses.map((each) => each.id),
    ...Object.values(pack.silent ?? {}).map((each) => each.clause),
  ]);
  return clausesIn(pack, [])
    .filter(({ clause }) => !known.has(clause))
    .map(({ path, clause }) =>
      at(path, 'unknown-clause', `${clause} is not in the register of clauses`, [
        'an entry in clauses.yaml',
        ...(/-SIL-/.test(clause) ? ['a section under `silent`'] : []),
      ]),
    );
}

/** Every clause the file names, and where. */
export function clausesIn(value: unknown, path: Path): { readonly path: Path; readonly clause: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const isClause = typeof each === 'string' && (key === 'clause' || path.at(-1) === 'refusals');
    return isClause ? [{ path: [...path, key], clause: each }] : clausesIn(each, [...path, key]);
  });
}

const oneOf = (
  at: At,
  path: Path,
  name: string,
  known: Readonly<Record<string, unknown>>,
  what: string,
  atKey = false,
): Finding[] =>
  Object.hasOwn(known, name)
    ? []
    : [at(path, `undeclared-${what}`, `${what} \`${name}\` is not declared`, Object.keys(known), atKey)];

function checkFields(pack: PackFile, at: At): Finding[] {
  return Object.entries(pack.fields).flatMap(([name, field]) =>
    oneOf(at, ['fields', name, 'category'], field.category, pack.categories, 'category'),
  );
}

function checkClasses(pack: PackFile, at: At): Finding[] {
  return Object.entries(pack.classes).flatMap(([name, each]) => {
    const path = ['classes', name];
    const findings = oneOf(at, [...path, 'anchor'], each.anchor, pack.anchors, 'anchor');
    if (each.period === undefined)
      return [...findings, at(path, 'no-retention', `class \`${name}\` does not say how long`, ['period'], true)];
    const anchor = pack.anchors[each.anchor];
    // Counted from the collection, it would go too early; and nobody could say that the event has come.
    if (anchor !== undefined && anchor.matter === undefined && each.anchor !== 'collection')
      findings.push(
        at(
          [...path, 'anchor'],
          'anchor-without-matter',
          `\`${each.anchor}\` is an event of its own, and what it happens to is not said`,
          [`anchors.${each.anchor}.matter: order (or what else it happens to)`, 'anchor: collection'],
        ),
      );
    if (anchor?.matter !== undefined && each.limit === undefined) {
      findings.push(
        at(
          path,
          'no-limit',
          `class \`${name}\` waits for \`${each.anchor}\` and does not say for how long`,
          ['limit'],
          true,
        ),
      );
    }
    if (each.method === 'anonymize' && each.ladder === undefined)
      findings.push(
        at([...path, 'method'], 'no-ladder', `class \`${name}\` anonymizes without a ladder`, [
          'ladder',
          'method: delete',
        ]),
      );
    if (each.method === 'delete' && each.ladder !== undefined)
      findings.push(
        at(
          [...path, 'ladder'],
          'idle-ladder',
          `class \`${name}\` deletes and has a ladder`,
          ['method: anonymize'],
          true,
        ),
      );
    const unknownEnd = checkEnd(pack, each.floor?.end, [...path, 'floor', 'end'], at);
    return [
      ...findings,
      ...unknownEnd,
      ...(unknownEnd.length > 0 ? [] : checkPeriods(classFrom(name, each, pack.calendars), path, at)),
      ...checkLadder(pack, name, at),
    ];
  });
}

/** A floor that ends on a working day: by a calendar that somebody gives, and by no fewer days than a rest has lasted. */
function checkEnd(
  pack: PackFile,
  end: NonNullable<PackFile['classes'][string]['floor']>['end'],
  path: Path,
  at: At,
): Finding[] {
  if (end === undefined) return [];
  const calendar = Object.hasOwn(pack.calendars ?? {}, end.holidays) ? pack.calendars?.[end.holidays] : undefined;
  if (calendar === undefined)
    return [
      at([...path, 'holidays'], 'end-without-calendar', `nobody says which days \`${end.holidays}\` works`, [
        ...Object.keys(pack.calendars ?? {}),
        `calendars.${end.holidays} in deployer.yaml`,
      ]),
    ];
  const rest = longestRest(calendarFrom(calendar));
  return rest <= statedFrom(end.atMost).value
    ? []
    : [
        at([...path, 'atMost'], 'end-too-early', `${end.holidays} has rested for ${String(rest)} days on end`, [
          `${String(rest)} or more`,
        ]),
      ];
}

/** Days on which periods are tried: the ends of months, around leap days, over four years. */
const TRIALS = [
  '2023-01-31',
  '2023-05-20',
  '2023-12-31',
  '2024-02-01',
  '2024-02-29',
  '2024-03-31',
  '2024-08-31',
  '2025-02-28',
  '2026-04-30',
];

function checkPeriods(disposalClass: DisposalClass, path: Path, at: At): Finding[] {
  const { cohort, floor, period } = disposalClass;
  const findings: Finding[] = [];
  if (TRIALS.some((day) => disposalDay(cohortOf(cohort, day).first, period.value) <= cohortOf(cohort, day).last)) {
    findings.push(
      at([...path, 'cohort'], 'cohort-longer-than-period', `a ${cohort} would be due before it is over`, [
        'a shorter cohort',
        'a longer period',
      ]),
    );
  }
  const moves = floor?.end?.atMost.value ?? 0;
  const beyond =
    floor !== undefined &&
    TRIALS.some((day) => {
      const last = addPeriod(addPeriod(cohortOf(cohort, day).last, floor.period), `P${String(moves)}D`);
      return last >= disposalDay(cohortOf(cohort, day).first, period.value);
    });
  if (beyond && floor.prevails === undefined) {
    const allowed = [
      `a period of ${floor.period}${moves === 0 ? '' : ` and ${String(moves)} days`}${cohort === 'day' ? '' : ` and a ${cohort}`} or more`,
      'prevails: statute',
    ];
    findings.push(
      at(
        [...path, 'floor'],
        'floor-longer-than-ceiling',
        `the law keeps for ${floor.period} what the policy keeps for ${period.value} from the same day: which of the two wins is not said`,
        allowed,
        true,
      ),
    );
  }
  if (floor?.prevails !== undefined && !beyond)
    findings.push(
      at(
        [...path, 'floor', 'prevails'],
        'idle-prevails',
        `the period is as long as the floor: there is nothing to win over`,
        ['no `prevails`'],
        true,
      ),
    );
  return floor === undefined ||
    findings.length > 0 ||
    TRIALS.every((day) => dispose(disposalClass, day).day >= (dispose(disposalClass, day).floor ?? ''))
    ? findings
    : [at(path, 'floor', 'the floor is not kept')];
}

function checkLadder(pack: PackFile, name: string, at: At): Finding[] {
  const ladder = pack.classes[name]?.ladder;
  if (ladder === undefined) return [];
  const path = ['classes', name, 'ladder'];
  const reachable = fieldsOfClass(pack, name);
  const ofClass = (where: Path, field: string): Finding[] => {
    const undeclared = oneOf(at, where, field, pack.fields, 'field');
    if (undeclared.length > 0 || reachable.has(field)) return undeclared;
    return [at(where, 'field-of-another-class', `no purpose puts \`${field}\` into class \`${name}\``, [...reachable])];
  };
  return [
    ...Object.entries(ladder.dimensions).flatMap(([dimension, { field }]) =>
      ofClass([...path, 'dimensions', dimension, 'field'], field),
    ),
    ...Object.entries(ladder.measures).flatMap(([measure, { sum }]) => {
      const [here, where] = [
        [...path, 'measures', measure],
        [...path, 'measures', measure, 'sum'],
      ];
      const found = ofClass(where, sum);
      const numbers = [...reachable].filter((each) => pack.fields[each]?.type === 'number');
      return [
        ...found,
        ...(found.length > 0 || numbers.includes(sum)
          ? []
          : [at(where, 'no-number', `\`${sum}\` is no number and cannot be summed`, numbers)]),
        ...(Object.hasOwn(ladder.dimensions, measure)
          ? [at(here, 'name-taken', `\`${measure}\` is a dimension of this ladder`, ['another name'], true)]
          : []),
      ];
    }),
    ...ladder.steps.flatMap((step, index) =>
      step.flatMap((dimension, position) => {
        const undeclared = oneOf(at, [...path, 'steps', index, position], dimension, ladder.dimensions, 'dimension');
        const finer = ladder.steps[index - 1];
        if (undeclared.length > 0 || finer === undefined || finer.includes(dimension)) return undeclared;
        return [at([...path, 'steps', index, position], 'finer-step', 'a later step of a ladder is coarser', finer)];
      }),
    ),
  ];
}

/** Fields that some purpose, its people included, puts into a class. */
function fieldsOfClass(pack: PackFile, name: string): Set<string> {
  return new Set(
    Object.values(pack.purposes).flatMap((purpose) =>
      [
        ...Object.entries(purpose.fields).filter(([, rule]) => (rule?.class ?? purpose.class) === name),
        ...Object.entries(purpose.others?.fields ?? {}).filter(
          ([, rule]) => (rule?.class ?? purpose.others?.class ?? purpose.class) === name,
        ),
      ].map(([field]) => field),
    ),
  );
}

function checkPurpose(pack: PackFile, name: string, at: At): Finding[] {
  const purpose = pack.purposes[name];
  if (purpose === undefined) return [];
  const path = ['purposes', name];
  const findings =
    purpose.class === undefined
      ? Object.keys({ ...purpose.fields, ...purpose.others?.fields }).length === 0
        ? []
        : [at(path, 'no-retention', `what purpose \`${name}\` collects has no class to say how long`, ['class'], true)]
      : oneOf(at, [...path, 'class'], purpose.class, pack.classes, 'class');
  const classes = new Set(purpose.class === undefined ? [] : [purpose.class]);
  for (const [place, rules, own] of [
    [[...path, 'fields'], purpose.fields, purpose.class],
    [[...path, 'others', 'fields'], purpose.others?.fields ?? {}, purpose.others?.class ?? purpose.class],
  ] as const) {
    for (const [field, rule] of Object.entries(rules)) {
      findings.push(...oneOf(at, [...place, field], field, pack.fields, 'field', true));
      if (rule?.class !== undefined)
        findings.push(...oneOf(at, [...place, field, 'class'], rule.class, pack.classes, 'class'));
      if (rule?.basis !== undefined) findings.push(...checkBasis(rule.basis, [...place, field, 'basis'], at));
      const className = rule?.class ?? own;
      if (className !== undefined) classes.add(className);
    }
  }
  if (purpose.others !== undefined) {
    findings.push(
      ...oneOf(at, [...path, 'others', 'declaration'], purpose.others.declaration, pack.declarations, 'declaration'),
    );
    if (purpose.others.class !== undefined)
      findings.push(...oneOf(at, [...path, 'others', 'class'], purpose.others.class, pack.classes, 'class'));
  }
  findings.push(
    ...checkBasis(purpose.basis, [...path, 'basis'], at),
    ...(purpose.declarations?.anyOf ?? []).flatMap((each, index) =>
      oneOf(at, [...path, 'declarations', 'anyOf', index], each, pack.declarations, 'declaration'),
    ),
    ...purpose.variants.flatMap((variant, index) =>
      variant.flatMap((field, position) =>
        oneOf(at, [...path, 'variants', index, position], field, purpose.fields, 'field'),
      ),
    ),
    ...purpose.alsoUsedFor.flatMap((each, index) =>
      oneOf(at, [...path, 'alsoUsedFor', index], each, pack.purposes, 'purpose'),
    ),
    ...checkCodes(Object.keys(purpose.refusals), [...path, 'refusals'], at),
    ...(purpose.whenAway !== undefined && restsOnConsent(purpose)
      ? [
          at(
            [...path, 'whenAway'],
            'away-on-consent',
            `purpose \`${name}\` rests on a consent: while Lethe does not answer nobody knows whether it still stands`,
            ['no `whenAway`'],
            true,
          ),
        ]
      : []),
  );
  const matters = new Set([...classes].flatMap((each) => pack.anchors[pack.classes[each]?.anchor ?? '']?.matter ?? []));
  if (matters.size > 1)
    findings.push(
      at(
        [...path, 'class'],
        'mixed-matters',
        `what purpose \`${name}\` collects waits for things of different kinds; a submission names one`,
        [...matters],
      ),
    );
  return findings;
}

function checkBasis(basis: PackFile['purposes'][string]['basis'], path: Path, at: At): Finding[] {
  if (basis.kind === 'consent')
    return basis.level === undefined
      ? [at(path, 'no-level', 'consent does not say how it must be given', ['level'])]
      : [];
  return basis.level === undefined
    ? []
    : [at([...path, 'level'], 'idle-level', 'only consent has a level', ['kind: consent'], true)];
}

const checkCodes = (codes: readonly string[], path: Path, at: At): Finding[] =>
  codes
    .filter((code) => !(REFUSALS as readonly string[]).includes(code))
    .map((code) => at([...path, code], 'unknown-refusal', `\`${code}\` is no code of refusal`, REFUSALS, true));

/** Every code a rule can give has a clause behind it. */
function checkRefusals(pack: PackFile, at: At): Finding[] {
  const missing = REFUSALS.filter((code) => RULED_REFUSALS[code] === undefined && !Object.hasOwn(pack.refusals, code));
  return [
    ...checkCodes(Object.keys(pack.refusals), ['refusals'], at),
    ...(missing.length === 0
      ? []
      : [
          at(
            ['refusals'],
            'refusal-without-clause',
            `no clause stands behind ${missing.map((code) => `\`${code}\``).join(', ')}`,
            [`a line for each, such as \`${missing[0] ?? ''}: ${pack.controller.clause}\``],
            true,
          ),
        ]),
  ];
}
