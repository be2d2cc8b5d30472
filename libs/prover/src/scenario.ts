import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { AstBuilder, compile, GherkinClassicTokenMatcher, Parser } from '@cucumber/gherkin';
import { IdGenerator, type GherkinDocument } from '@cucumber/messages';
import { CONCERNS, type Clause, type Finding } from '@lethe/policy';
import { bind, type BoundStep } from './vocabulary.ts';

export interface ScenarioStep extends BoundStep {
  readonly text: string;
  readonly line: number;
  readonly rows?: readonly (readonly string[])[];
}

/** How one promise, or several, are shown. One line of an outline’s table is one scenario. */
export interface Scenario {
  readonly pack: string;
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly clauses: readonly string[];
  /** Its own tags, and those of the register: `@CONCERN`, `@owner-SERVICE`. */
  readonly tags: readonly string[];
  readonly steps: readonly ScenarioStep[];
  /** What is wrong with how it is written: it counts as failed, and is not run. */
  readonly wrong?: string;
}

export const clauseTags = (clause: Clause): string[] => [
  `@${clause.id}`,
  `@${clause.concern}`,
  ...(clause.service === undefined ? [] : [`@owner-${clause.service}`]),
];

/** The scenarios of a pack’s folder, and what is wrong with them: nothing that is wrong is run. */
export function readScenarios(
  pack: string,
  folder: string,
  register: ReadonlyMap<string, Clause>,
): { readonly scenarios: readonly Scenario[]; readonly findings: readonly Finding[] } {
  const place = join(folder, 'scenarios');
  const files = existsSync(place) ? readdirSync(place).filter((file) => file.endsWith('.feature')) : [];
  const read = files
    .sort()
    .map((file) => parseFeature(pack, join(place, file), readFileSync(join(place, file), 'utf8'), register));
  return { scenarios: read.flatMap(({ scenarios }) => scenarios), findings: read.flatMap(({ findings }) => findings) };
}

/** Where each step, scenario and row of examples stands, by the parser's id. */
export function linesOf({ feature }: GherkinDocument): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const child of feature?.children ?? []) {
    for (const step of (child.background ?? child.scenario)?.steps ?? []) lines.set(step.id, step.location.line);
    if (child.scenario !== undefined) lines.set(child.scenario.id, child.scenario.location.line);
    for (const { tableBody } of child.scenario?.examples ?? [])
      for (const row of tableBody) lines.set(row.id, row.location.line);
  }
  return lines;
}

/** The same for one text. */
export function parseFeature(
  pack: string,
  file: string,
  text: string,
  register: ReadonlyMap<string, Clause>,
): { readonly scenarios: readonly Scenario[]; readonly findings: readonly Finding[] } {
  const newId = IdGenerator.incrementing();
  const findings: Finding[] = [];
  const find = (line: number, code: string, message: string): void => {
    findings.push({ file, line, column: 1, code, message });
  };
  let document;
  try {
    document = new Parser(new AstBuilder(newId), new GherkinClassicTokenMatcher()).parse(text);
  } catch (error) {
    find(1, 'not-gherkin', error instanceof Error ? error.message.replaceAll('\n', ' ') : 'cannot be read');
    return { scenarios: [], findings };
  }
  const lines = linesOf(document);
  const scenarios = compile(document, file, newId).flatMap((pickle): Scenario[] => {
    const line = lines.get(pickle.astNodeIds.at(-1) ?? '') ?? 1;
    const before = findings.length;
    const own = pickle.tags.map(({ name }) => name);
    const clauses = own.filter((tag) => /^@[A-Z]{2,4}-[A-Z]{3}-\d{2}[a-z]?$/.test(tag)).map((tag) => tag.slice(1));
    for (const id of clauses) if (!register.has(id)) find(line, 'unknown-clause', `the register has no clause ${id}`);
    if (clauses.length === 0) find(line, 'no-clause', 'the scenario names no clause');
    const told = [...new Set(clauses.flatMap((id) => (register.has(id) ? clauseTags(register.get(id)!) : [])))];
    for (const tag of own)
      if ((CONCERNS as readonly string[]).includes(tag.slice(1)) && !told.includes(tag))
        find(line, 'wrong-concern', `${tag} is not the concern of its clauses`);
    const steps = pickle.steps.flatMap((step): ScenarioStep[] => {
      const at = lines.get(step.astNodeIds[0] ?? '') ?? line;
      const bound = bind(step.text);
      if (typeof bound === 'string') {
        find(at, 'unknown-step', bound);
        return [];
      }
      const rows = step.argument?.dataTable?.rows.map(({ cells }) => cells.map(({ value }) => value));
      if (bound.definition.run.length > bound.values.length + 1 && rows === undefined) {
        find(at, 'no-table', `"${step.text}" needs a table`);
        return [];
      }
      return [{ ...bound, text: step.text, line: at, ...(rows === undefined ? {} : { rows }) }];
    });
    if (!steps.some(({ definition }) => definition.checks))
      find(line, 'asserts-nothing', 'the scenario looks at nothing');
    const tags = [...new Set([...own, ...told])];
    const wrong = findings[before]?.message;
    return [{ pack, file, line, name: pickle.name, clauses, tags, steps, ...(wrong === undefined ? {} : { wrong }) }];
  });
  return { scenarios, findings };
}
