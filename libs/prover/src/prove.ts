import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parse as parseTags } from '@cucumber/tag-expressions';
import { Fault } from '@lethe/kernel';
import { CARRIERS, inspectPack, PolicyFault, type Clause, type Finding, type Pack } from '@lethe/policy';
import type { Instance } from './instance.ts';
import { uncheckedOf } from './kills.ts';
import { packReport, type PackReport, type Report } from './report.ts';
import { runScenario, sideBySide, type Outcome } from './run.ts';
import { clauseTags, readScenarios, type Scenario } from './scenario.ts';

export interface Selection {
  /** Names of packs; empty: all that lie there. */
  readonly packs: readonly string[];
  readonly owners?: readonly string[] | undefined;
  /** A tag expression: `@DM-COL-01 or @minors`. */
  readonly tags?: string | undefined;
  /** Part of a feature file’s path, or `FILE:LINE` of one scenario. */
  readonly only?: string | undefined;
}

/** A pack, its selected clauses and scenarios. */
export interface Selected {
  readonly pack: Pack;
  readonly folder: string;
  readonly clauses: readonly Clause[];
  readonly scenarios: readonly Scenario[];
  /** Every scenario of the folder, selected or not. */
  readonly written: readonly Scenario[];
}

/** Every pack of a folder of packs. */
export const packsIn = (policies: string): string[] =>
  readdirSync(policies, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(policies, entry.name, 'policy.yaml')))
    .map(({ name }) => name)
    .sort();

/**
 * What is to be proved, and what is wrong with the scenarios as they are written.
 * @throws PolicyFault for a pack that is not in order, Fault `invalid` for a name or a tag expression that means nothing, and for
 *   a selection that holds nothing to prove: nobody may read success into it
 */
export function select(policies: string, selection: Selection): { selected: Selected[]; findings: Finding[] } {
  const names = selection.packs.length > 0 ? selection.packs : packsIn(policies);
  const holds = tagFilter(selection.tags);
  for (const owner of selection.owners ?? [])
    if (!CARRIERS.some((carrier) => carrier === owner))
      throw new Fault(
        'invalid',
        'prover/owner',
        `clauses are owned by ${CARRIERS.join(', ')}, and by nothing else`,
        'owner',
      );
  const findings: Finding[] = [];
  const selected = names.map((name): Selected => {
    const folder = resolve(policies, name);
    const inspected = inspectPack(folder);
    if (inspected.pack === undefined) throw new PolicyFault(inspected.findings);
    const { pack } = inspected;
    // By the name it has in itself: the folder may lie elsewhere, and be named by its path.
    const read = readScenarios(pack.pack, folder, pack.clauses);
    findings.push(...read.findings.map((finding) => ({ ...finding, file: relative(process.cwd(), finding.file) })));
    const owns = (clause: Clause): boolean =>
      selection.owners === undefined || selection.owners.includes(clause.service ?? '');
    const asked = [...pack.clauses.values()].filter(owns);
    const scenarios = read.scenarios
      .map((scenario) => ({ ...scenario, file: relative(process.cwd(), scenario.file) }))
      .filter(
        (scenario) =>
          scenario.clauses.some((id) => owns(pack.clauses.get(id) ?? ({} as Clause))) &&
          holds(scenario.tags) &&
          isAt(scenario, selection.only),
      );
    const shown = new Set(scenarios.flatMap((scenario) => scenario.clauses));
    const clauses =
      selection.only === undefined
        ? asked.filter((clause) => holds(clauseTags(clause)) || (selection.tags !== undefined && shown.has(clause.id)))
        : asked.filter((clause) => shown.has(clause.id));
    return { pack, folder, clauses, scenarios, written: read.scenarios };
  });
  if (!selected.some(holdsSomething))
    throw new Fault(
      'invalid',
      'prover/nothing-selected',
      'nothing to prove: no enforceable clause and no scenario of these packs is so owned, tagged or placed',
      selection.tags !== undefined ? 'tags' : selection.only !== undefined ? 'only' : 'owner',
    );
  return { selected, findings };
}

const holdsSomething = ({ clauses, scenarios }: Selected): boolean =>
  scenarios.length > 0 || clauses.some((clause) => clause.class === 'enforceable');

const isAt = ({ file, line }: Scenario, only: string | undefined): boolean =>
  only === undefined || `${file}:${String(line)}`.endsWith(only) || file.includes(only);

function tagFilter(expression: string | undefined): (tags: readonly string[]) => boolean {
  if (expression === undefined) return () => true;
  try {
    const parsed = parseTags(expression);
    return (tags) => parsed.evaluate([...tags]);
  } catch {
    throw new Fault('invalid', 'prover/tags', 'is not a tag expression such as "@DM-COL-01 or @minors"', 'tags');
  }
}

/** So many scenarios are under way at once: enough to keep two cores and the database busy. */
export const AT_ONCE = 16;

/** Runs what was selected against an instance, and says clause by clause what came of it. */
export async function prove(
  selected: readonly Selected[],
  instance: Instance,
  told: (outcome: Outcome) => void = () => undefined,
): Promise<{ readonly report: Report; readonly outcomes: readonly Outcome[] }> {
  const work = selected.flatMap(({ pack, scenarios }) => scenarios.map((scenario) => ({ pack, scenario })));
  const outcomes = await sideBySide(work, AT_ONCE, async ({ pack, scenario }) => {
    const outcome = await runScenario(scenario, pack, instance);
    told(outcome);
    return outcome;
  });
  const packs: Record<string, PackReport> = {};
  for (const each of selected) {
    const mine = outcomes.filter(({ scenario }) => scenario.pack === each.pack.pack);
    const report = packReport(each.clauses, mine);
    const unchecked = uncheckedOf(each, report, mine);
    packs[each.pack.pack] = unchecked === undefined ? report : { ...report, unchecked };
  }
  return { report: { packs }, outcomes };
}
