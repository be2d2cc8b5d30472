import { createHash } from 'node:crypto';
import { tenantId } from '@lethe/kernel';
import { Books } from './books.ts';
import { ALWAYS, AT_EVERY_STEP, AT_REST, AT_THE_END, type Violation } from './checks.ts';
import { choices } from './choices.ts';
import { Deeds } from './deeds.ts';
import type { Bug } from './life.ts';
import { Moments } from './moments.ts';
import { POINTS } from './points.ts';
import { Races, type Kind } from './races.ts';
import { Random } from './random.ts';
import { atRest, atTheEnd } from './rest.ts';
import { Scene } from './scene.ts';
import { isSeldom, pointOf, wayTo } from './ways.ts';
import type { World } from './world.ts';

const START = Date.parse('2027-01-10T04:00:00.000Z');
/** The length of a seed's history, unless said otherwise. */
export const STEPS = 20;
/** How often everybody's clocks go round until all must have come to rest. */
const ROUNDS = 3;
/** A copy is tried with every key that often; rows are looked at after each step. */
const OPEN_EVERY = 4;
/** Of a hundred steps, before how many another crash lies in wait. */
const CRASHES = 12;
/** How often a process may pass the point before it crashes there. */
const PASSES = 3;

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** One line a step. */
  readonly trace: readonly string[];
  /**
   * SHA-256 of the trace and of the points that services came to, each as often as it was. What is unpacked beside everything else comes
   * to its points when the machine does, so their order says nothing of the seed.
   */
  readonly hash: string;
  /** The points that services came to, and those where one crashed. */
  readonly came: readonly string[];
  readonly crashed: readonly string[];
  /** What it had of what gets in each other's way, and how many pairs were under way at the same time. */
  readonly kinds: readonly Kind[];
  readonly pairs: number;
  /** How many ends were told and looked at in that moment. */
  readonly ends: number;
}

const known = new Set<string>(POINTS);
let tenants = 0;

/**
 * Runs one seed. The same seed twice, with as many steps, has the same trace.
 * @param bug planted for the time of the seed
 */
export async function runSeed(world: World, seed: number, bug?: Bug, steps = STEPS): Promise<Outcome> {
  tenants += 1;
  const tenant = tenantId(`sim-${String(process.pid)}-${String(tenants)}`);
  const random = new Random(seed);
  const books = new Books(world, tenant, START);
  const scene = new Scene(world, random, tenant, books);
  const deeds = new Deeds(scene);
  const races = new Races();
  const moments = new Moments(scene);
  const { trace, violations } = scene;
  const { fate, fallen, came } = world;
  const crashed: string[] = [];
  const points: string[] = [];

  const look = async (opens: boolean): Promise<void> => {
    scene.hear();
    for (const point of fallen.splice(0)) {
      crashed.push(point);
      races.begins('crash');
      trace.push(`  crashed: ${point}`);
    }
    violations.push(...world.errors(tenant).map((says) => ({ invariant: 'log', says })));
    await books.look();
    violations.push(...ALWAYS.flatMap((check) => check(books)));
    for (const { name, restored, dropped, unrecoverable } of books.reports.splice(0))
      trace.push(`  ${name}: ${String(restored)} back, ${String(dropped)} dropped, ${String(unrecoverable)} lost`);
    if (!opens) return;
    await books.open();
    violations.push(...AT_EVERY_STEP.flatMap((check) => check(books)));
  };

  /** What waits for a clock may need a second round: of what must come, only what does not come at all is a violation. */
  const settled = async (rest: () => Promise<Violation[]>, checks: typeof AT_REST): Promise<void> => {
    for (let round = 1; violations.length === 0; round += 1) {
      const left = await rest();
      await look(true);
      left.push(...checks.flatMap((check) => check(books)));
      if (left.length === 0 && books.unanswered.length === 0) return;
      if (round === ROUNDS) return void violations.push(...left);
      fate.crash = undefined;
    }
  };

  try {
    await deeds.open(START);
    world.told = (event) => moments.look(event);
    fate.bug = bug;
    // Of three seeds one has no crash, one has its point and goes toward it, so that each point has its seeds, and one crashes
    // where it has been before.
    const own = pointOf(seed);
    const point = bug?.crash ?? own;
    const way = bug?.way ?? (own === undefined ? [] : wayTo(own));
    if (point !== undefined) fate.crash = { point, left: isSeldom(point) ? 0 : random.below(2) };
    for (let step = 0; step < steps && violations.length === 0; step += 1) {
      if (seed % 3 === 2 && random.below(100) < CRASHES)
        fate.crash = { point: random.pick(came.filter((point) => known.has(point))), left: random.below(PASSES) };
      await random.pick(choices(deeds, { world, tenant, books, random, races, way }))();
      await look(step % OPEN_EVERY === OPEN_EVERY - 1);
    }
    races.quiet();
    // What came in early is then past its date, and may be held; or it is past its floor, and not past its date.
    const passed = random.below(4);
    if (passed < 3) await deeds.days(passed === 0 ? 13 : 16);
    // Half of the seeds come to rest on their way; the others go on to the end with everything still under way.
    if (seed % 2 === 0) await settled(() => atRest(world, tenant, books, deeds), AT_REST);
    // What is admitted now is past its date then; what were admitted then would not be.
    for (let round = 0; round < ROUNDS && books.unanswered.length > 0; round += 1) {
      await world.beat();
      await world.everything();
      await deeds.people.again();
    }
    await deeds.days(45);
    await settled(() => atTheEnd(world, tenant, books, deeds), AT_THE_END);
  } catch (error) {
    violations.push({
      invariant: 'error',
      says: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  } finally {
    points.push(...came);
    fate.bug = undefined;
    fate.crash = undefined;
    world.told = () => Promise.resolve();
    await world.forget(tenant);
  }
  const history = [...trace, ...points.filter((point) => known.has(point)).sort()];
  const hash = createHash('sha256').update(history.join('\n')).digest('hex');
  const { kinds, pairs } = races;
  return {
    seed,
    violations,
    trace,
    hash,
    came: [...new Set(points)],
    crashed,
    kinds: [...kinds],
    pairs,
    ends: moments.looked,
  };
}
