import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { Fault } from '@lethe/kernel';
import { bootstrap } from '@lethe/platform';
import { describeFinding } from '@lethe/policy';
import {
  clausesPage,
  htmlPage,
  isProved,
  mutate,
  prove as proveAll,
  select,
  stepsPage,
  type MutationReport,
  type Outcome,
  type Report,
  type Selected,
} from '@lethe/prover';
import { addressesOf } from '../demo/instance.ts';
import { installationOf } from '../installation.ts';
import { SERVICES } from '../services.ts';

export interface ProveOptions {
  readonly all?: boolean;
  readonly owner?: string;
  readonly tags?: string;
  readonly only?: string;
  readonly target?: string;
  readonly format: 'pretty' | 'json' | 'html';
  readonly mutate?: boolean;
  /** Every so-and-so-manieth mutant only. */
  readonly sample?: number;
  readonly writeDocs?: boolean;
}

/** Exit 0: every selected enforceable clause is proved; 1: one is not, or a scenario shows nothing. */
export async function prove(packs: readonly string[], options: ProveOptions): Promise<void> {
  if (packs.length === 0 && options.all !== true)
    throw new Fault('invalid', 'prove/nothing', 'name a pack, or say --all');
  const installation = installationOf(process.env);
  const { selected, findings } = select(installation.policies, {
    packs: options.all === true ? [] : packs,
    owners: options.owner?.split(','),
    tags: options.tags,
    only: options.only,
  });
  for (const finding of findings) process.stderr.write(`${describeFinding(finding)}\n`);
  const started = Date.now();
  const { report, outcomes, mutation } = await onInstance(options.target, async (target) => {
    const proof = await withBar('scenarios', 'failed', (tell) => {
      let failed = 0;
      let done = 0;
      const total = selected.reduce((sum, { scenarios }) => sum + scenarios.length, 0);
      return proveAll(selected, addressesOf(target), ({ passed }) => {
        if (!passed) failed += 1;
        tell((done += 1), total, failed);
      });
    });
    if (options.mutate !== true) return { ...proof, mutation: undefined };
    const mutation = await withBar('mutants', 'survived', (tell) =>
      mutate(selected, proof.report, addressesOf(target), options.sample ?? 1, tell),
    );
    return { ...proof, mutation };
  });
  if (options.writeDocs === true) writeDocs(options.all === true, report);
  if (options.format === 'json') process.stdout.write(`${JSON.stringify(mutation ?? report)}\n`);
  else if (options.format === 'html') process.stdout.write(htmlPage(report));
  else {
    print(report, selected, outcomes, Date.now() - started);
    if (mutation !== undefined) printMutants(mutation, Date.now() - started);
  }
  const good = isProved(report) && findings.length === 0 && (mutation?.survived ?? 0) === 0;
  process.exitCode = good ? 0 : 1;
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
  target: string | undefined,
  run: (target: string) => Promise<Result>,
): Promise<Result> {
  if (target !== undefined) return run(target);
  const home = mkdtempSync(join(tmpdir(), 'lethe-prove-'));
  const running = await bootstrap(
    SERVICES,
    installationOf({ LETHE_POLICIES: process.env['LETHE_POLICIES'], LETHE_HOME: home, LETHE_PORT: '0' }),
  );
  try {
    return await run(running.url);
  } finally {
    await running.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

function print(report: Report, selected: readonly Selected[], outcomes: readonly Outcome[], ms: number): void {
  for (const { scenario, passed, at, message } of outcomes)
    if (!passed)
      process.stdout.write(`✗ ${scenario.clauses.join(' ')} ${scenario.name}\n    ${at ?? ''}\n    ${message ?? ''}\n`);
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

function printMutants({ killed, survived, later, mutants }: MutationReport, ms: number): void {
  for (const { pack, clause, parameter, from, to, result } of mutants)
    if (result === 'survived')
      process.stdout.write(`survived: ${pack} ${clause} ${parameter}: ${from} → ${to} (no scenario sees it)\n`);
  process.stdout.write(
    `mutants: ${String(killed)} killed, ${String(survived)} survived, ${String(later)} later, in ${(ms / 1000).toFixed(1)} s\n`,
  );
}
