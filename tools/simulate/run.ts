import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BUGS, EXPECTED, SEEDS_A_BUG, seedsFor } from './bugs.ts';
import { seats, type Seat } from './cores.ts';
import { POINTS } from './points.ts';
import { KINDS } from './races.ts';
import { runSeed, STEPS, type Outcome } from './seed.ts';
import { COMES_TO_EACH, gaps, neverAt, unlisted } from './verdict.ts';
import { seedsToward } from './ways.ts';
import { World } from './world.ts';

/** A process whose world has seen so many seeds is left for a new one: tables grow, and a world takes its process's timers. */
const SEEDS_A_WORLD = 400;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    'at-least': { type: 'string' },
    bug: { type: 'string' },
    steps: { type: 'string', default: String(STEPS) },
  },
});
const whole = (text: string): number => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  process.stderr.write(
    'usage: npm run simulate -- (--seeds N [--from S] [--minutes M [--at-least N]] | --seed S) [--steps N]\n',
  );
  process.exit(2);
};
/** The length of every history but those of the planted bugs. */
const steps = whole(values.steps);

/** Seeds one after the other on one world; with a bug until one is caught. */
interface Task {
  readonly bug?: string;
  readonly seeds: readonly number[];
  /** No seed begins after it, by the machine's clock. */
  readonly until?: number | undefined;
}
type Told =
  | { readonly outcome: Outcome }
  /** `left`: seeds of the task that were not run, because one before them has failed and left a world that nobody knows. */
  | { readonly done: Task; readonly left: readonly number[]; readonly caught?: Outcome; readonly ended?: Outcome };

/** A violation of what the bug breaks; anything else may have another cause. */
const shows = (bug: string, { violations }: Outcome): boolean =>
  violations.some(({ invariant }) => EXPECTED[bug]!.includes(invariant));

async function perform(world: World, task: Task, tell: (told: Told) => void): Promise<void> {
  const { bug, seeds, until = Infinity } = task;
  for (const [index, seed] of seeds.entries()) {
    if (Date.now() > until) break;
    const outcome =
      bug === undefined
        ? await runSeed(world, seed, undefined, steps)
        : await runSeed(world, seed, BUGS[bug], BUGS[bug]?.steps);
    if (bug === undefined) tell({ outcome });
    if (outcome.violations.length === 0) continue;
    const left = seeds.slice(index + 1);
    if (bug === undefined) return tell({ done: task, left });
    return tell({ done: task, left, ...(shows(bug, outcome) ? { caught: outcome } : { ended: outcome }) });
  }
  tell({ done: task, left: [] });
}

/** What a service reads once in its life is read in the first seed of a world; so the first is nobody's. */
async function warmWorld(): Promise<World> {
  const world = await World.open();
  await runSeed(world, 0);
  return world;
}

/** A process of its own with a world of its own. */
async function work(): Promise<void> {
  const world = await warmWorld();
  const tell = (told: Told): void => void process.send!(told);
  let line = Promise.resolve();
  process.on('message', (task: Task | 'end') => {
    line = line.then(async () => {
      if (task === 'end') {
        // What still waits in a world that failed finds it gone.
        process.on('unhandledRejection', () => undefined);
        await world.close();
        process.exit(0);
      }
      await perform(world, task, tell);
    });
    line.catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(2);
    });
  });
}

const say = ({ seed, violations, trace, hash }: Outcome): void => {
  process.stdout.write(`seed ${String(seed)}: ${hash.slice(0, 16)}\n${trace.map((line) => `  ${line}\n`).join('')}`);
  for (const { invariant, says } of violations) process.stdout.write(`  ${invariant}: ${says}\n`);
};

/** Of the seeds asked for, the share that a limit of minutes may leave out, unless said otherwise. */
const LEFT_OUT = 0.5;

/** Where no seed has crashed, and what the list of points does not know. */
const sayPoints = (came: ReadonlySet<string>, crashed: ReadonlySet<string>): void => {
  const never = neverAt(crashed);
  process.stdout.write(
    `crash points: ${String(POINTS.length - never.length)} of ${String(POINTS.length)} crashed at\n`,
  );
  for (const point of never)
    process.stdout.write(`  never: ${point}${came.has(point) ? '' : ', to which no seed came'}\n`);
  for (const point of unlisted(came)) process.stdout.write(`  not on the list: ${point}\n`);
};

/** In how many seeds each kind of deed occurred, and how densely they raced. */
const sayRaces = (outcomes: readonly Pick<Outcome, 'kinds' | 'pairs' | 'ends'>[], seconds: number): void => {
  if (outcomes.length === 0) return;
  const share = (kind: (typeof KINDS)[number]): string =>
    `${kind} ${String(Math.round((100 * outcomes.filter(({ kinds }) => kinds.includes(kind)).length) / outcomes.length))} %`;
  const pairs = outcomes.reduce((sum, one) => sum + one.pairs, 0);
  process.stdout.write(`of ${String(outcomes.length)} seeds had: ${KINDS.map(share).join(', ')}\n`);
  const ends = outcomes.reduce((sum, one) => sum + one.ends, 0);
  process.stdout.write(`ends looked at in the moment in which they were told: ${String(ends)}\n`);
  process.stdout.write(
    `races: ${String(pairs)} pairs under way at the same time, ${(pairs / outcomes.length).toFixed(1)} a seed, ${(pairs / seconds).toFixed(1)} a second\n`,
  );
};

const CHUNK = 10;
/** Toward a point at which none of the seeds asked for has crashed. */
const FURTHER = 20;
/** A seed makes much that is gone with its step: room for it, megabytes. And most of the code that it runs, it runs seldom. */
const FLAGS = ['--max-semi-space-size=32', '--always-sparkplug'];

/**
 * @param minutes after which no seed begins; the planted bugs are run all the same
 * @param atLeast fewer seeds than these show too little
 */
async function spread(seeds: number, minutes: number | undefined, atLeast: number): Promise<void> {
  const until = minutes === undefined ? undefined : Date.now() + minutes * 60_000;
  const tasks: Task[] = Object.keys(BUGS)
    .filter((name) => name.includes(values.bug ?? ''))
    .map((bug) => ({ bug, seeds: seedsFor(bug) }));
  const numbers = Array.from({ length: seeds }, (_, n) => whole(values.from) + n);
  for (let at = 0; at < seeds; at += CHUNK) tasks.push({ seeds: numbers.slice(at, at + CHUNK), until });
  const failed: Outcome[] = [];
  const raced: Pick<Outcome, 'kinds' | 'pairs' | 'ends'>[] = [];
  const began = performance.now();
  const [came, crashed] = [new Set<string>(), new Set<string>()];
  let [run, further, caught] = [0, 0, 0];
  const last = whole(values.from) + seeds - 1;
  const hear = (told: Told): void => {
    if ('outcome' in told) {
      if (told.outcome.seed > last) further += 1;
      else run += 1;
      const { kinds, pairs, ends } = told.outcome;
      raced.push({ kinds, pairs, ends });
      for (const point of told.outcome.came) came.add(point);
      for (const point of told.outcome.crashed) crashed.add(point);
      if (told.outcome.violations.length > 0) {
        failed.push(told.outcome);
        say(told.outcome);
      }
      if (run % 100 === 0) process.stderr.write(`${String(run)} seeds, ${String(failed.length)} failed\n`);
    } else if (told.done.bug !== undefined) {
      const { caught: by, ended, left, done } = told;
      const { bug = '' } = done;
      const tell = (fate: string): void => void process.stdout.write(`planted: ${bug}: ${fate}\n`);
      if (ended !== undefined) {
        tell('ends otherwise');
        say(ended);
      }
      if (by !== undefined) {
        caught += 1;
        const { invariant } = by.violations.find(({ invariant }) => EXPECTED[bug]!.includes(invariant))!;
        tell(`caught by ${invariant} in seed ${String(by.seed)}`);
      } else if (ended === undefined || left.length === 0)
        tell(`NOT caught by ${EXPECTED[bug]!.join(' or ')} in ${String(SEEDS_A_BUG)} seeds`);
    }
  };
  /** Seeds that it is too late for are not begun. */
  const take = (): Task | undefined => {
    if (until !== undefined && Date.now() > until)
      tasks.splice(0, Infinity, ...tasks.filter((task) => task.until === undefined));
    return tasks.shift();
  };
  const employ = ({ execPath, execArgv }: Seat): Promise<number> => {
    const worker = fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
      env: { ...process.env, LETHE_SIMULATE_WORKER: '1' },
      execPath,
      execArgv: [...execArgv, ...process.execArgv, ...FLAGS],
    });
    let seen = 0;
    const next = (): void => void worker.send((seen < SEEDS_A_WORLD ? take() : undefined) ?? 'end');
    worker.on('message', (told: Told) => {
      hear(told);
      if ('outcome' in told) {
        seen += told.outcome.violations.length > 0 ? Infinity : 1;
        return;
      }
      const { done, left, caught: by } = told;
      if (by === undefined && left.length > 0) tasks.unshift({ ...done, seeds: left });
      if (done.bug !== undefined) seen += by === undefined && told.ended === undefined ? done.seeds.length : Infinity;
      next();
    });
    next();
    return new Promise((resolve) => worker.on('exit', (code) => resolve(code ?? 2)));
  };
  const employAll = (): Promise<number[]> =>
    Promise.all(
      seats().map(async (seat) => {
        for (let code = 0; ;) {
          if (tasks.length === 0 || code !== 0) return code;
          code = await employ(seat);
        }
      }),
    );
  const codes = await employAll();
  // Where a crash was left to chance, and chance had none, seeds beyond those asked for go there.
  if (run === seeds && seeds >= COMES_TO_EACH && failed.length === 0) {
    for (const point of neverAt(crashed)) tasks.push({ seeds: seedsToward(point, last + 1, FURTHER) });
    if (tasks.length > 0) codes.push(...(await employAll()));
    if (further > 0) process.stdout.write(`${String(further)} further seeds went where none of these had crashed\n`);
  }
  sayPoints(came, crashed);
  sayRaces(raced, (performance.now() - began) / 1000);
  const result = {
    seeds: run,
    violations: failed.reduce((sum, { violations }) => sum + violations.length, 0),
    failedSeeds: failed.map(({ seed }) => seed).sort((one, other) => one - other),
    plantedBugsCaught: caught,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  const missing = gaps({ seeds: run, asked: seeds, atLeast, came, crashed });
  for (const gap of missing) process.stderr.write(`${gap}\n`);
  const held = failed.length === 0 && caught === Object.keys(BUGS).length && missing.length === 0;
  process.exitCode = codes.some((code) => code !== 0) || (run < seeds && until === undefined) ? 2 : held ? 0 : 1;
}

async function one(seed: number): Promise<void> {
  const world = await warmWorld();
  const outcome = await runSeed(world, seed, undefined, steps);
  await world.close();
  say(outcome);
  const { violations } = outcome;
  const failedSeeds = violations.length > 0 ? [seed] : [];
  process.stdout.write(
    `${JSON.stringify({ seeds: 1, violations: violations.length, failedSeeds, plantedBugsCaught: 0 })}\n`,
  );
  process.exit(violations.length > 0 ? 1 : 0);
}

if (process.env['LETHE_SIMULATE_WORKER'] !== undefined) await work();
else if (values.seed === undefined) {
  const seeds = whole(values.seeds);
  const minutes = values.minutes === undefined ? undefined : whole(values.minutes);
  const few = values['at-least'];
  await spread(seeds, minutes, Math.max(1, few === undefined ? Math.ceil(seeds * LEFT_OUT) : whole(few)));
} else await one(whole(values.seed));
