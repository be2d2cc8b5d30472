import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { overEventLog } from '@lethe/client';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { Fault } from '@lethe/kernel';
import { bootstrap } from '@lethe/platform';
import { describeFinding } from '@lethe/policy';
import {
  clausesPage,
  fingerprint,
  htmlPage,
  isChecked,
  isProved,
  keyOf,
  keysOf,
  mutate,
  prove as proveAll,
  readKills,
  record,
  select,
  stepsPage,
  type MutationChoice,
  type MutantResult,
  type MutationReport,
  withinReach,
  withTexts,
  type Instance,
  type Outcome,
  type Report,
  type Selected,
} from '@lethe/prover';
import { addressesOf } from '../demo/instance.ts';
import { edges } from '../edges.ts';
import { installationOf } from '../installation.ts';
import { SERVICES } from '../services.ts';

export interface ProveOptions {
  readonly all?: boolean;
  readonly owner?: string;
  readonly tags?: string;
  readonly only?: string;
  readonly target?: string;
  /** `host:port` of the brokers of that instance, separated by commas. */
  readonly kafka?: string;
  /** A file with a login there, as `lethe login` prints it. */
  readonly kafkaLogin?: string;
  readonly kafkaTls?: boolean;
  readonly format: 'pretty' | 'json' | 'html';
  readonly mutate?: boolean;
  /** Every so-and-so-manieth mutant only. */
  readonly sample?: number;
  /** Only mutants that no scenario on record sees. */
  readonly unrecorded?: boolean;
  /** And those of these lines of a record. */
  readonly again?: string;
  /** Writes the record beside each policy. */
  readonly record?: boolean;
  readonly writeDocs?: boolean;
}

/**
 * Exit 0: every selected enforceable clause is proved, and each of its parameters is seen by a scenario; 1: one is not, or a
 * scenario shows nothing.
 */
export async function prove(packs: readonly string[], options: ProveOptions): Promise<void> {
  if (packs.length === 0 && options.all !== true)
    throw new Fault('invalid', 'prove/nothing', 'name a pack, or say --all');
  if (options.kafka === undefined && (options.kafkaLogin !== undefined || options.kafkaTls === true))
    throw new Fault('invalid', 'prove/no-brokers', 'a login or TLS is for brokers that --kafka names');
  if (options.kafka !== undefined && options.target === undefined)
    throw new Fault('invalid', 'prove/no-target', '--kafka says where the log of the instance of --target is');
  const installation = installationOf(process.env);
  const { selected: asked, findings } = select(installation.policies, {
    packs: options.all === true ? [] : packs,
    owners: options.owner?.split(','),
    tags: options.tags,
    only: options.only,
  });
  for (const finding of findings) process.stderr.write(`${describeFinding(finding)}\n`);
  const started = Date.now();
  const partial = options.mutate === true && options.unrecorded === true;
  const { proof, mutation } = await onInstance(options, async (there) => {
    // An instance of our own has the folder of packs; what lies elsewhere, or runs elsewhere, is sent to it.
    const own = options.target === undefined && asked.every(({ folder }) => dirname(folder) === installation.policies);
    const instance = own ? there : await withTexts(asked, there);
    const { selected, left } = withinReach(asked, instance);
    if (left.length > 0)
      process.stderr.write(
        `${String(left.length)} scenarios speak through the log and were left out: say with --kafka where it is\n`,
      );
    // Of a few mutants only their own scenarios are proved, one by one.
    const proof = partial ? undefined : await proveWithBar(selected, instance);
    if (options.mutate !== true) return { proof, mutation: undefined };
    const choice = {
      proof,
      sample: options.sample,
      ...(partial ? { chosen: unrecorded(asked, options.again) } : {}),
    };
    const found: MutantResult[] = [];
    const kept = (result: MutantResult): void => {
      found.push(result);
      if (options.record === true && found.length % RECORD_EVERY === 0) record(asked, { mutants: found });
    };
    return { proof, mutation: await mutateWithBar(selected, instance, choice, kept) };
  });
  if (options.record === true && mutation !== undefined) record(asked, mutation);
  if (options.writeDocs === true && proof !== undefined) writeDocs(options.all === true, proof.report);
  if (options.format !== 'pretty' && proof !== undefined) printFailures(proof.outcomes, process.stderr);
  if (options.format === 'json') process.stdout.write(`${JSON.stringify(mutation ?? proof?.report)}\n`);
  else if (options.format === 'html' && proof !== undefined)
    process.stdout.write(await htmlPage(proof.report, proof.outcomes, { from: new Date(started), to: new Date() }));
  else {
    if (proof !== undefined) print(proof.report, asked, proof.outcomes, Date.now() - started);
    if (mutation !== undefined) printMutants(mutation, Date.now() - started);
    else if (proof !== undefined) printUnchecked(proof.report);
  }
  // A mutation run has just tried what the record says.
  const checked = mutation === undefined ? proof !== undefined && isChecked(proof.report) : mutation.survived === 0;
  const good = findings.length === 0 && checked && (proof === undefined || isProved(proof.report));
  process.exitCode = good ? 0 : 1;
}

const proveWithBar = (selected: readonly Selected[], instance: Instance): ReturnType<typeof proveAll> =>
  withBar('scenarios', 'failed', (tell) => {
    let failed = 0;
    let done = 0;
    const total = selected.reduce((sum, { scenarios }) => sum + scenarios.length, 0);
    return proveAll(selected, instance, ({ passed }) => {
      if (!passed) failed += 1;
      tell((done += 1), total, failed);
    });
  });

const mutateWithBar = (
  selected: readonly Selected[],
  instance: Instance,
  choice: MutationChoice,
  kept: (result: MutantResult) => void,
): Promise<MutationReport> =>
  withBar('mutants', 'survived', (tell) =>
    mutate(selected, instance, choice, (done, total, survived, result) => {
      tell(done, total, survived);
      kept(result);
    }),
  );

/** What a run has found stands on record after so many mutants, whatever becomes of the run. */
const RECORD_EVERY = 20;

/** Mutants without a kill on record by a scenario that is still written so, and those of these lines. */
function unrecorded(selected: readonly Selected[], again: string | undefined): NonNullable<MutationChoice['chosen']> {
  const asked = again === undefined ? new Set<string>() : keysOf(readFileSync(again, 'utf8'));
  const known = new Map(
    selected.map(({ pack, folder, written }) => {
      const prints = new Set(written.map(fingerprint));
      const stands = [...readKills(folder)].filter(([, { by }]) => by === 'no-pack' || prints.has(by));
      return [pack, new Set(stands.map(([key]) => key))];
    }),
  );
  return ({ pack }, mutant) => known.get(pack)?.has(keyOf(mutant)) !== true || asked.has(keyOf(mutant));
}

/** A bar on standard error while something runs. */
async function withBar<Result>(
  what: string,
  bad: string,
  run: (tell: (done: number, total: number, bad: number) => void) => Promise<Result>,
): Promise<Result> {
  const bar = new SingleBar({
    format: `{bar} {value}/{total} ${what} · {bad} ${bad}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    noTTYOutput: true,
    notTTYSchedule: 10_000,
  });
  bar.start(1, 0, { bad: 0 });
  try {
    return await run((done, total, count) => {
      bar.setTotal(total);
      bar.update(done, { bad: count });
    });
  } finally {
    bar.stop();
  }
}

const docs = fileURLToPath(new URL('../../../../docs', import.meta.url));

/** The pages that are made of what is proved; that of the clauses only from all of them. */
function writeDocs(all: boolean, report: Report): void {
  writeFileSync(join(docs, 'steps.md'), stepsPage());
  if (all) writeFileSync(join(docs, 'clauses.md'), clausesPage(report));
}

/** An instance that is there, or one of our own that leaves nothing behind. */
async function onInstance<Result>(
  { target, kafka, ...login }: Pick<ProveOptions, 'target' | 'kafka' | 'kafkaLogin' | 'kafkaTls'>,
  run: (instance: Instance) => Promise<Result>,
): Promise<Result> {
  if (target !== undefined)
    return run({
      addresses: addressesOf(target),
      ...(kafka === undefined ? {} : { edge: edges({ kafka, ...login }, installationOf(process.env)) }),
    });
  const home = mkdtempSync(join(tmpdir(), 'lethe-prove-'));
  const running = await bootstrap(
    SERVICES,
    installationOf({ LETHE_POLICIES: process.env['LETHE_POLICIES'], LETHE_HOME: home, LETHE_PORT: '0' }),
  );
  try {
    const { url: addresses, log, slots } = running;
    return await run({ addresses, edge: (tenant) => overEventLog(log, tenant, slots) });
  } finally {
    await running.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

function printFailures(outcomes: readonly Outcome[], out: NodeJS.WritableStream): void {
  for (const { scenario, passed, at, message } of outcomes)
    if (!passed) out.write(`✗ ${scenario.clauses.join(' ')} ${scenario.name}\n    ${at ?? ''}\n    ${message ?? ''}\n`);
}

function print(report: Report, selected: readonly Selected[], outcomes: readonly Outcome[], ms: number): void {
  printFailures(outcomes, process.stdout);
  const table = new Table({
    head: ['pack', 'concern', 'enforceable', 'proved', 'failed', 'missing', 'later'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { pack } of selected) {
    const { clauses, enforceable } = report.packs[pack.pack]!;
    for (const concern of [...new Set(clauses.map((clause) => clause.concern))]) {
      const mine = clauses.filter((clause) => clause.concern === concern && clause.class === 'enforceable');
      const count = (result: string): number => mine.filter((clause) => clause.result === result).length;
      if (mine.length > 0)
        table.push([
          pack.pack,
          concern,
          mine.length,
          count('proved'),
          count('failed'),
          count('missing'),
          count('later'),
        ]);
    }
    const { total, proved, failed, missing, later } = enforceable;
    table.push([pack.pack, 'all', total, proved, failed, missing, later]);
  }
  const missing = selected.flatMap(({ pack }) =>
    report.packs[pack.pack]!.clauses.filter(({ result }) => result === 'missing').map(({ id }) => id),
  );
  if (missing.length > 0) process.stdout.write(`missing: ${missing.join(' ')}\n`);
  process.stdout.write(`${table.toString()}\n${String(outcomes.length)} scenarios in ${(ms / 1000).toFixed(1)} s\n`);
}

const SHOWN = 20;
function printUnchecked({ packs }: Report): void {
  const all = Object.entries(packs).flatMap(([pack, { unchecked = [] }]) =>
    unchecked.map((each) => ({ pack, ...each })),
  );
  for (const { pack, clause, parameter, from, to, why } of all.slice(0, SHOWN))
    process.stdout.write(`unchecked: ${pack} ${clause} ${parameter}: ${from} → ${to} (${WHY[why]})\n`);
  for (const [pack, { unchecked }] of Object.entries(packs))
    if (unchecked === undefined)
      process.stdout.write(
        `${pack}: no record of which scenario sees which parameter; \`--mutate --record\` makes one\n`,
      );
  if (all.length > 0)
    process.stdout.write(
      `${String(all.length)} parameters of proved clauses are checked by no scenario on record; \`--mutate --unrecorded --record\` tries them\n`,
    );
}

const WHY = {
  'no-kill': 'no scenario is on record that sees it',
  changed: 'the scenario on record is no longer written so',
  failed: 'the scenario on record has failed',
} as const;

function printMutants({ killed, survived, later, mutants }: MutationReport, ms: number): void {
  for (const { pack, clause, parameter, from, to, result } of mutants)
    if (result === 'survived')
      process.stdout.write(`survived: ${pack} ${clause} ${parameter}: ${from} → ${to} (no scenario sees it)\n`);
  process.stdout.write(
    `mutants: ${String(killed)} killed, ${String(survived)} survived, ${String(later)} later, in ${(ms / 1000).toFixed(1)} s\n`,
  );
}
