import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutantsOf, type Mutant } from './mutants.ts';
import type { Selected } from './prove.ts';
import type { PackReport } from './report.ts';
import type { Outcome } from './run.ts';
import type { Scenario } from './scenario.ts';

/** What `kills.tsv` says of a mutant. */
export interface Kill {
  /** The fingerprint of the scenario that saw it; `no-pack`: what came of the change is no pack, so nobody could run it. */
  readonly by: string;
  /** File and name of that scenario, for whoever reads the record. */
  readonly name: string;
}

type About = Pick<Mutant, 'clause' | 'parameter' | 'from' | 'to'>;

/** A parameter of a proved clause of which no scenario is known to see that it changes. */
export interface Unchecked extends About {
  /** `no-kill`: none is on record; `changed`: the one on record is no longer written so; `failed`: it did not pass. */
  readonly why: 'no-kill' | 'changed' | 'failed';
}

const NO_PACK = 'no-pack';
const FILE = 'kills.tsv';
const HEAD = `# Which scenario sees which change of a parameter: its fingerprint, the mutant, its place. Written by \`lethe prove --mutate --record\`.
`;

/** A mutant by what it changes. */
export const keyOf = ({ clause, parameter, from, to }: About): string => [clause, parameter, from, to].join('\t');

const fingerprints = new WeakMap<Scenario, string>();

/** Of what a scenario does and looks at: another name or another line leave it, another step or value does not. */
export function fingerprint(scenario: Scenario): string {
  const known = fingerprints.get(scenario);
  if (known !== undefined) return known;
  const said = JSON.stringify(scenario.steps.map(({ text, rows = [] }) => [text, rows]));
  const print = createHash('sha256').update(said).digest('hex').slice(0, 12);
  fingerprints.set(scenario, print);
  return print;
}

/** The kills on record beside a policy; none where there is no record. */
export function readKills(folder: string): ReadonlyMap<string, Kill> {
  const file = join(folder, FILE);
  if (!existsSync(file)) return new Map();
  return new Map(linesOf(readFileSync(file, 'utf8')));
}

/** The mutants that lines of a record are about. */
export const keysOf = (text: string): ReadonlySet<string> => new Set(linesOf(text).map(([key]) => key));

const linesOf = (text: string): [key: string, kill: Kill][] =>
  text.split('\n').flatMap((line): [string, Kill][] => {
    const [by, clause, parameter, from, to, name] = line.split('\t');
    return by === undefined || name === undefined ? [] : [[[clause, parameter, from, to].join('\t'), { by, name }]];
  });

/** What a run says of a mutant: the scenario that saw it, `no-pack`, or `survived`. */
export type Fate = Scenario | typeof NO_PACK | 'survived';

/** Writes the record anew: what a run has found, what stood there and was not tried, in the order of the policy. */
export function writeKills({ folder, pack }: Selected, found: ReadonlyMap<string, Fate>): void {
  const policy = readFileSync(join(folder, 'policy.yaml'), 'utf8');
  const before = readKills(folder);
  const lines = mutantsOf(policy, pack.clauses.values()).flatMap((mutant) => {
    const key = keyOf(mutant);
    const fate = found.get(key);
    if (fate === 'survived') return [];
    const kill =
      fate === undefined
        ? before.get(key)
        : fate === NO_PACK
          ? { by: NO_PACK, name: '-' }
          : { by: fingerprint(fate), name: `${fate.file.split('/').at(-1) ?? ''}: ${fate.name}` };
    return kill === undefined ? [] : [`${kill.by}\t${key}\t${kill.name}`];
  });
  writeFileSync(join(folder, FILE), `${HEAD}${[...new Set(lines)].join('\n')}\n`);
}

/**
 * Parameters of proved clauses that nothing on record checks: no scenario was ever seen to fail when they change, or the one that
 * was is written otherwise now, or has not passed. A clause with such a parameter may pass without anybody looking at it.
 * Undefined: the pack has no record, so nothing is known.
 */
export function uncheckedOf(
  selected: Selected,
  report: PackReport,
  outcomes: readonly Outcome[],
): Unchecked[] | undefined {
  const kills = readKills(selected.folder);
  if (kills.size === 0) return undefined;
  const proved = new Set(report.clauses.filter(({ result }) => result === 'proved').map(({ id }) => id));
  const written = new Set(selected.written.map(fingerprint));
  const failed = new Set(outcomes.filter(({ passed }) => !passed).map(({ scenario }) => fingerprint(scenario)));
  return mutantsOf(readFileSync(join(selected.folder, 'policy.yaml'), 'utf8'), selected.pack.clauses.values()).flatMap(
    (mutant): Unchecked[] => {
      if (!proved.has(mutant.clause)) return [];
      const by = kills.get(keyOf(mutant))?.by;
      if (by === NO_PACK) return [];
      const why = by === undefined ? 'no-kill' : failed.has(by) ? 'failed' : written.has(by) ? undefined : 'changed';
      const { clause, parameter, from, to } = mutant;
      return why === undefined ? [] : [{ clause, parameter, from, to, why }];
    },
  );
}
