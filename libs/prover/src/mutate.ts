import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { http } from '@lethe/contracts';
import { HttpTransport } from '@lethe/client';
import { Fault } from '@lethe/kernel';
import { CARRIED, type Clause } from '@lethe/policy';
import pRetry from 'p-retry';
import type { Instance } from './instance.ts';
import { fingerprint, keyOf, readKills, writeKills, type Fate } from './kills.ts';
import { mutantsOf, type Mutant } from './mutants.ts';
import { AT_ONCE, type Selected } from './prove.ts';
import type { Report } from './report.ts';
import { runScenario, sideBySide, type Outcome } from './run.ts';
import type { Scenario } from './scenario.ts';
import { settle } from './settle.ts';

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
export function packText(folder: string, policy: string): { policy: string; deployer?: string } {
  const file = join(folder, 'deployer.yaml');
  return existsSync(file) ? { policy, deployer: readFileSync(file, 'utf8') } : { policy };
}

/**
 * The scenarios that cite the clause, and those that name the field or another word of the parameter: those first that say most
 * of it, where a word that few scenarios say counts for more; of two that say as much, the shorter one.
 */
export function concerned(
  mutant: Mutant,
  scenarios: readonly Scenario[],
  clauses: ReadonlyMap<string, Clause>,
): Scenario[] {
  const into = clauses.get(mutant.clause)?.merged?.into;
  const cites = (scenario: Scenario): boolean =>
    scenario.clauses.includes(mutant.clause) || (into !== undefined && scenario.clauses.includes(into));
  const saying = wordsOf(mutant).map((word) => scenarios.filter((scenario) => textOf(scenario).has(word)));
  const weight = new Map<Scenario, number>();
  for (const those of saying)
    for (const scenario of those) weight.set(scenario, (weight.get(scenario) ?? 0) + 1 / those.length);
  const weigh = (scenario: Scenario): number => (weight.get(scenario) ?? 0) + (cites(scenario) ? CITED : 0);
  return scenarios
    .filter((scenario) => weigh(scenario) > 0)
    .sort((a, b) => weigh(b) - weigh(a) || a.steps.length - b.steps.length);
}

/** What citing the clause is worth beside a word: as much as one that three scenarios say. */
const CITED = 1 / 3;

/** The names in a parameter's path, and what is changed; not the words of the language itself. */
function wordsOf({ parameter, from }: Mutant): string[] {
  const words = parameter.split('.').filter((word) => !STRUCTURE.has(word) && !/^\d+$/.test(word));
  return [...new Set(/^[a-z]/.test(from) && from !== 'a member' ? [...words, from] : words)];
}

const texts = new WeakMap<Scenario, ReadonlySet<string>>();
/** Every word that a scenario says. */
function textOf(scenario: Scenario): ReadonlySet<string> {
  const known = texts.get(scenario);
  if (known !== undefined) return known;
  const said = scenario.steps.flatMap(({ text, rows = [] }) => [text, ...rows.flat()]).join(' ');
  const words = new Set(said.split(/[^A-Za-z0-9-]+/));
  texts.set(scenario, words);
  return words;
}

/** Words of the language that stand in a path. */
const STRUCTURE = new Set(
  'purposes fields required others classes period basis level exceptions collection permissions needs uses declarations sources anyof use'.split(
    ' ',
  ),
);
/** Times that a mutant is tried again where the instance has not answered. */
const RETRIES = 3;

export interface MutationChoice {
  /** The proof of the unchanged packs: the parameters of what it proved are changed. Without it, those of every clause that is carried or has a scenario. */
  readonly proof?: { readonly report: Report; readonly outcomes: readonly Outcome[] } | undefined;
  /** Only every so-and-so-manieth mutant; 1, or nothing: all. */
  readonly sample?: number | undefined;
  /** Only these mutants. */
  readonly chosen?: (selected: Selected, mutant: Mutant) => boolean;
}

/**
 * Changes one parameter at a time and runs what speaks of it until a scenario sees it, the one on record first. Counts parameters
 * of proved clauses; those of services to come are counted apart, those of clauses that are not proved are the proof’s findings.
 */
export async function mutate(
  selected: readonly Selected[],
  instance: Instance,
  choice: MutationChoice = {},
  told: (done: number, total: number, survived: number, result: MutantResult) => void = () => undefined,
): Promise<MutationReport> {
  const trials = selected
    .flatMap((each) => trialsOf(each, choice))
    .filter((_, index) => index % (choice.sample ?? 1) === 0);
  const unchanged = new Map(choice.proof?.outcomes.map(({ scenario, passed }) => [scenario, Promise.resolve(passed)]));
  let done = 0;
  let survived = 0;
  const results = await sideBySide(trials, AT_ONCE, async (trial) => {
    // A busy instance that does not answer once is no reason to lose what a long run has found.
    const result = await pRetry(() => tryOut(trial, instance, unchanged), {
      retries: RETRIES,
      shouldRetry: ({ error }) => error instanceof Fault,
    });
    if (result.result === 'survived') survived += 1;
    told((done += 1), trials.length, survived, result);
    return result;
  });
  const count = (result: MutantResult['result']): number => results.filter((each) => each.result === result).length;
  return { killed: count('killed'), survived: count('survived'), later: count('later'), mutants: results };
}

/** Keeps on record, beside each policy, what a run has found, or has found so far. */
export function record(selected: readonly Selected[], { mutants }: Pick<MutationReport, 'mutants'>): void {
  for (const one of selected) {
    const { pack, scenarios } = one;
    const mine = mutants.filter((each) => each.pack === pack.pack && each.result !== 'later');
    const at = new Map(scenarios.map((scenario) => [placeOf(scenario), scenario]));
    const fates = mine.map(({ by = '', result, ...each }): [string, Fate] => [
      keyOf(each),
      at.get(by) ?? (result === 'no-pack' ? 'no-pack' : 'survived'),
    ]);
    writeKills(one, new Map(fates));
  }
}

const placeOf = ({ file, line }: Scenario): string => `${file}:${String(line)}`;

function trialsOf(selected: Selected, { proof, chosen }: MutationChoice): Trial[] {
  const { pack, folder, scenarios } = selected;
  const asked = new Set(selected.clauses.map(({ id }) => id));
  const results = new Map(proof?.report.packs[pack.pack]?.clauses.map(({ id, result }) => [id, result]));
  const kills = readKills(folder);
  const cited = new Set(scenarios.flatMap(({ clauses }) => clauses));
  return mutantsOf(readFileSync(join(folder, 'policy.yaml'), 'utf8'), pack.clauses.values()).flatMap(
    (mutant): Trial[] => {
      const clause = pack.clauses.get(mutant.clause);
      if (clause?.class !== 'enforceable' || !asked.has(clause.id)) return [];
      const shown = CARRIED.has(clause.service ?? 'all') || cited.has(clause.id);
      const result = proof === undefined ? (shown ? 'proved' : 'later') : results.get(clause.id);
      if (chosen?.(selected, mutant) === false) return [];
      if (result === 'later') return [{ selected, mutant, later: true, scenarios: [] }];
      if (result !== 'proved') return [];
      const known = kills.get(keyOf(mutant))?.by;
      const near = concerned(mutant, scenarios, pack.clauses);
      const first = scenarios.filter((scenario) => fingerprint(scenario) === known);
      return [{ selected, mutant, later: false, scenarios: [...new Set([...first, ...near])] }];
    },
  );
}

/** Whether a scenario passes in the pack it was written for, at the first or the second try. */
const passes = async (scenario: Scenario, pack: Selected['pack'], instance: Instance): Promise<boolean> =>
  (await runScenario(scenario, pack, instance)).passed || (await runScenario(scenario, pack, instance)).passed;

/** The digest of a changed pack that is sent there: as it is, or as it can be settled. Undefined where it is no pack either way. */
async function send(text: ReturnType<typeof packText>, instance: Instance): Promise<string | undefined> {
  const doors = new HttpTransport(instance.addresses, () => '');
  const { digest } = await doors.ask(http.SendPack, { body: text });
  if (digest !== undefined) return digest;
  const policy = settle(text.policy, text.deployer);
  return policy === undefined ? undefined : (await doors.ask(http.SendPack, { body: { ...text, policy } })).digest;
}

async function tryOut(
  { selected, mutant, later, scenarios }: Trial,
  instance: Instance,
  unchanged: Map<Scenario, Promise<boolean>>,
): Promise<MutantResult> {
  const { pack, folder } = selected;
  const { clause, parameter, from, to } = mutant;
  const about = { pack: pack.pack, clause, parameter, from, to };
  if (later) return { ...about, result: 'later' };
  const digest = await send(packText(folder, mutant.policy()), instance);
  // A pack that would not be taken shows nothing about scenarios.
  if (digest === undefined) return { ...about, result: 'no-pack' };
  const opening = { pack: pack.pack, digest };
  for (const scenario of scenarios) {
    const outcome = await runScenario(scenario, pack, instance, opening);
    if (outcome.passed) continue;
    // What was not answered otherwise, but not in time or not at all, is seen twice: a stumble of the machine is no kill.
    if (!outcome.disproved && (await runScenario(scenario, pack, instance, opening)).passed) continue;
    // Nor is a scenario that fails without any change; nor does a stumble there take it out for all others.
    if (!unchanged.has(scenario)) unchanged.set(scenario, passes(scenario, pack, instance));
    if (await unchanged.get(scenario)) return { ...about, result: 'killed', by: placeOf(scenario) };
  }
  return { ...about, result: 'survived' };
}
