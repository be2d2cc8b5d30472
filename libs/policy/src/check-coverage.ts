import type { Finding } from './finding.ts';
import type { ClauseFile, PackFile } from './pack-file.ts';
import type { Path, YamlDocument } from './yaml-document.ts';

/** The services that carry their clauses: an enforceable clause of theirs has a rule and a scenario, and one without is missing. */
export const CARRIED: ReadonlySet<string> = new Set(['collection', 'consent', 'retention', 'all']);

/**
 * Do promises and rules meet? A clause without rule or scenario promises what nothing keeps; a rule behind which no clause
 * stands is ours and not the policy's.
 * @param scenarios the tags of all scenarios, `DM-COL-01`; undefined where there is no folder of scenarios yet
 */
export function checkCoverage(
  pack: PackFile,
  packAt: YamlDocument<unknown>['at'],
  register: ClauseFile,
  registerAt: YamlDocument<unknown>['at'],
  scenarios: ReadonlySet<string> | undefined,
): Finding[] {
  const findings: Finding[] = [];
  const classes = new Map(register.clauses.map((each) => [each.id, each.class]));
  for (const [index, clause] of register.clauses.entries()) {
    const path: Path = ['clauses', index];
    if (clause.merged !== undefined && !classes.has(clause.merged.into))
      findings.push(registerAt([...path, 'merged'], 'unknown-clause', `${clause.merged.into} is not in the register`));
    if (clause.class !== 'enforceable' || clause.merged !== undefined || !CARRIED.has(clause.service ?? '')) continue;
    if (clause.rule === 'none' || clause.rule === 'later')
      findings.push(
        registerAt([...path, 'rule'], 'clause-without-rule', `${clause.id} is enforceable and no rule carries it`, [
          'a path into the pack',
        ]),
      );
    if (scenarios?.has(clause.id) === false)
      findings.push(
        registerAt([...path, 'id'], 'clause-without-scenario', `${clause.id} is enforceable and nothing proves it`, [
          `a scenario tagged @${clause.id}`,
        ]),
      );
  }
  for (const [name, purpose] of Object.entries(pack.purposes))
    for (const [index, use] of (purpose.uses ?? []).entries())
      if (pack.uses !== undefined && !Object.hasOwn(pack.uses, use))
        findings.push(
          packAt(
            ['purposes', name, 'uses', index],
            'undeclared-use',
            `use \`${use}\` is not declared`,
            Object.keys(pack.uses),
          ),
        );
  return [...findings, ...unaskedRules(pack, packAt, register)];
}

/** What says that something is not ruled here: whom to tell (a court, for one), and a product that another policy judges. */
const rulesNothing = (path: Path, rule: Readonly<Record<string, unknown>>): boolean =>
  path[0] === 'contacts' || (path[0] === 'scope' && 'judgedBy' in rule && rule['judgedBy'] !== 'this-pack');

/**
 * Every rule, wherever it stands, that rests on a clause which promises nothing here, and to which no clause of the
 * register leads.
 */
function unaskedRules(pack: PackFile, at: YamlDocument<unknown>['at'], register: ClauseFile): Finding[] {
  const outside = new Set(register.clauses.flatMap((each) => (each.class === 'outOfScope' ? [each.id] : [])));
  const asked = register.clauses.map(({ rule }) => rule);
  const isAsked = (path: string): boolean => asked.some((rule) => rule === path || rule.startsWith(`${path}.`));
  const found = (path: Path, clause: string): Finding[] =>
    !outside.has(clause) || isAsked(path.join('.'))
      ? []
      : [
          at(
            path,
            'unasked-rule',
            `no clause asks for \`${String(path.at(-1))}\`: ${clause} is out of scope`,
            undefined,
            true,
          ),
        ];
  const walk = (value: unknown, path: Path): Finding[] => {
    if (typeof value !== 'object' || value === null) return [];
    const rule = value as Readonly<Record<string, unknown>>;
    const own = typeof rule['clause'] === 'string' && !rulesNothing(path, rule) ? found(path, rule['clause']) : [];
    return [
      ...own,
      ...Object.entries(rule).flatMap(([key, each]) => walk(each, [...path, Array.isArray(value) ? Number(key) : key])),
    ];
  };
  return walk(pack, []);
}

/** The clauses that the scenarios of a feature file are tagged with. */
export const tagsOf = (feature: string): string[] =>
  feature
    .split('\n')
    .filter((line) => line.trimStart().startsWith('@'))
    .flatMap((line) =>
      [...line.matchAll(/@([A-Z]{2,4}-[A-Z]{3}-\d{2}[a-z]?)(?=\s|$)/g)].map((match) => match[1] ?? ''),
    );
