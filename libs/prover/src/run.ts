import { randomBytes } from 'node:crypto';
import type { Pack } from '@lethe/policy';
import { Doors, type Opening } from './doors.ts';
import type { Instance } from './instance.ts';
import type { Scenario } from './scenario.ts';
import { Disproof, NeverCame } from './step.ts';
import { instantOf } from './time.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly scenario: Scenario;
  readonly passed: boolean;
  /** Something was found that the scenario says must not be; else time ran out, or a step could not be done at all. */
  readonly disproved: boolean;
  /** The step at which it ended, counted from 0. */
  readonly step?: number;
  /** Where it ended, and what was found there. */
  readonly at?: string;
  readonly message?: string;
  readonly ms: number;
}

/** Where scenarios begin that do not say when. */
const BEGINS = '2026-03-02';

/** Nine in the morning of that day, or of the policy's first one where that is later: before it begins nothing may be collected. */
export const beginsAt = ({ effectiveFrom, zone }: Pick<Pack, 'effectiveFrom' | 'zone'>): Date =>
  instantOf(`${effectiveFrom > BEGINS ? effectiveFrom : BEGINS} 09:00`, zone);

/** Runs one scenario in a tenant of its own. What `opening` opens may differ from what the scenario was written for: a mutant. */
export async function runScenario(
  scenario: Scenario,
  pack: Pack,
  instance: Instance,
  opening: Opening = instance.openings?.get(pack.pack) ?? { pack: pack.pack },
): Promise<Outcome> {
  const started = performance.now();
  if (scenario.wrong !== undefined)
    return {
      scenario,
      passed: false,
      disproved: false,
      at: `${scenario.file}:${String(scenario.line)}`,
      message: scenario.wrong,
      ms: 0,
    };
  const tenant = `p-${randomBytes(8).toString('hex')}`;
  const world = new World(pack, new Doors(instance, tenant, opening, beginsAt(pack)));
  try {
    const failure = await walk(scenario, world);
    return {
      scenario,
      passed: failure === undefined,
      disproved: false,
      ...failure,
      ms: performance.now() - started,
    };
  } finally {
    await world.close();
  }
}

/** Goes step by step; where it ended, and what was found there. */
async function walk(
  { file, steps }: Scenario,
  world: World,
): Promise<Pick<Outcome, 'step' | 'at' | 'message' | 'disproved'> | undefined> {
  for (const [step, { definition, values, rows, text, line }] of steps.entries()) {
    try {
      const run = definition.run as (world: World, ...values: unknown[]) => Promise<void> | void;
      await run(world, ...values, ...(rows === undefined ? [] : [rows]));
    } catch (error) {
      const message = error instanceof Error ? error.message : 'could not be done';
      const disproved = error instanceof Disproof;
      return {
        step,
        disproved: disproved && !(error instanceof NeverCame),
        at: `${file}:${String(line)}: ${text}`,
        message: disproved ? message : `could not be done: ${message}`,
      };
    }
  }
  return undefined;
}

/** Does each piece of work, so many side by side. */
export async function sideBySide<Work, Result>(
  work: readonly Work[],
  atOnce: number,
  run: (work: Work) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < work.length; index = next++) results[index] = await run(work[index]!);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, work.length) }, lane));
  return results;
}
