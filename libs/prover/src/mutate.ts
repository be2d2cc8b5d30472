import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { http } from '@lethe/contracts';
import { HttpTransport, type Addresses } from '@lethe/client';
import type { Clause } from '@lethe/policy';
import { mutantsOf, type Mutant } from './mutants.ts';
import type { Selected } from './prove.ts';
import { CARRIED, type Report } from './report.ts';
import { runScenario, sideBySide } from './run.ts';
import type { Scenario } from './scenario.ts';

export interface MutantResult {
  readonly pack: string;
  readonly clause: string;
  readonly parameter: string;
  readonly from: string;
  readonly to: string;
  /** `later`: its clause belongs to a service to come; `no-pack`: what came of the change is no pack, so nobody could run it. */
  readonly result: 'killed' | 'survived' | 'later' | 'no-pack';
  /** The scenario that saw it. */
  readonly by?: string;
}

export interface MutationReport {
  readonly killed: number;
  readonly survived: number;
  readonly later: number;
  readonly mutants: readonly MutantResult[];
}

interface Trial {
  readonly selected: Selected;
  readonly mutant: Mutant;
  readonly later: boolean;
  readonly scenarios: readonly Scenario[];
}

/** What the policy leaves to the deployer stands beside it; the register is no part of what is judged. */
function packText(folder: string, policy: string): { policy: string; deployer?: string } {
  const file = join(folder, 'deployer.yaml');
  return existsSync(file) ? { policy, deployer: readFileSync(file, 'utf8') } : { policy };
}

/** The scenarios that speak of the clause, then those that name the field or the purpose. */
export function concerned(
  mutant: Mutant,
  scenarios: readonly Scenario[],
  clauses: ReadonlyMap<string, Clause>,
): Scenario[] {
  const into = clauses.get(mutant.clause)?.merged?.into;
  const cites = scenarios.filter(
    (scenario) => scenario.clauses.includes(mutant.clause) || (into !== undefined && scenario.clauses.includes(into)),
  );
  const words = new Set(
    mutant.parameter.split('.').filter((word) => /^[a-z][a-z0-9-]{3,}$/.test(word) && !STRUCTURE.has(word)),
  );
  if (/^[a-z]/.test(mutant.from)) words.add(mutant.from);
  const names = ({ steps }: Scenario): number => {
    const text = steps.map((step) => `${step.text} ${(step.rows ?? []).flat().join(' ')}`).join(' ');
    return [...words].filter((word) => text.includes(word)).length;
  };
  const rest = scenarios
    .filter((scenario) => !cites.includes(scenario) && names(scenario) > 0)
    .sort((a, b) => names(b) - names(a));
  return [...cites, ...rest.slice(0, MOST_BY_NAME)];
}

const STRUCTURE = new Set([
  'purposes',
  'fields',
  'required',
  'others',
  'classes',
  'period',
  'basis',
  'level',
  'exceptions',
  'collection',
  'permissions',
  'needs',
  'uses',
  'declarations',
  'sources',
  'anyof',
]);
/** Scenarios that only name the field are many; the nearest ones tell. */
const MOST_BY_NAME = 6;
const AT_ONCE = 8;

/**
 * Changes one parameter at a time and runs what speaks of it until a scenario sees it. Counts parameters of proved clauses;
 * those of services to come are counted apart, those of clauses that are not proved are the proof’s findings already.
 * @param sample every so-and-so-manieth mutant only; 1: all
 */
export async function mutate(
  selected: readonly Selected[],
  report: Report,
  addresses: Addresses,
  sample: number,
  told: (done: number, total: number, survived: number) => void = () => undefined,
): Promise<MutationReport> {
  const trials = selected.flatMap((each) => trialsOf(each, report)).filter((_, index) => index % sample === 0);
  let done = 0;
  let survived = 0;
  const results = await sideBySide(trials, AT_ONCE, async (trial) => {
    const result = await tryOut(trial, addresses);
    if (result.result === 'survived') survived += 1;
    told((done += 1), trials.length, survived);
    return result;
  });
  const count = (result: MutantResult['result']): number => results.filter((each) => each.result === result).length;
  return { killed: count('killed'), survived: count('survived'), later: count('later'), mutants: results };
}

function trialsOf(selected: Selected, report: Report): Trial[] {
  const { pack, folder, scenarios } = selected;
  const results = new Map(report.packs[pack.pack]?.clauses.map(({ id, result }) => [id, result]));
  return mutantsOf(readFileSync(join(folder, 'policy.yaml'), 'utf8')).flatMap((mutant): Trial[] => {
    const clause = pack.clauses.get(mutant.clause);
    if (clause === undefined || clause.class !== 'enforceable') return [];
    const later = !CARRIED.has(clause.service ?? 'all');
    if (!later && results.get(mutant.clause) !== 'proved') return [];
    return [{ selected, mutant, later, scenarios: later ? [] : concerned(mutant, scenarios, pack.clauses) }];
  });
}

async function tryOut({ selected, mutant, later, scenarios }: Trial, addresses: Addresses): Promise<MutantResult> {
  const { pack, folder } = selected;
  const { clause, parameter, from, to } = mutant;
  const about = { pack: pack.pack, clause, parameter, from, to };
  if (later) return { ...about, result: 'later' };
  const sent = await new HttpTransport(addresses, () => '').ask(http.SendPack, {
    body: packText(folder, mutant.policy()),
  });
  // A pack that would not be taken shows nothing about scenarios.
  if (sent.digest === undefined) return { ...about, result: 'no-pack' };
  for (const scenario of scenarios) {
    const outcome = await runScenario(scenario, pack, addresses, { pack: pack.pack, digest: sent.digest });
    if (outcome.passed) continue;
    // Twice, so that a stumble of the machine is not taken for a kill.
    if (
      outcome.disproved ||
      !(await runScenario(scenario, pack, addresses, { pack: pack.pack, digest: sent.digest })).passed
    )
      return { ...about, result: 'killed', by: `${scenario.file}:${String(scenario.line)}` };
  }
  return { ...about, result: 'survived' };
}
