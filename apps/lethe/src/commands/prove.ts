import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { Fault } from '@lethe/kernel';
import { bootstrap } from '@lethe/platform';
import { describeFinding } from '@lethe/policy';
import { isProved, prove as proveAll, select, type Outcome, type Report, type Selected } from '@lethe/prover';
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
  const total = selected.reduce((sum, { scenarios }) => sum + scenarios.length, 0);
  const bar = new SingleBar({
    format: 'proving |{bar}| {value}/{total} scenarios · {failed} failed',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    noTTYOutput: true,
    notTTYSchedule: 10_000,
  });
  const started = Date.now();
  let failed = 0;
  const { report, outcomes } = await onInstance(options.target, (target) => {
    bar.start(total, 0, { failed });
    return proveAll(selected, addressesOf(target), ({ passed }) => {
      if (!passed) failed += 1;
      bar.increment(1, { failed });
    }).finally(() => bar.stop());
  });
  if (options.format === 'json') process.stdout.write(`${JSON.stringify(report)}\n`);
  else print(report, selected, outcomes, Date.now() - started);
  process.exitCode = isProved(report) && findings.length === 0 ? 0 : 1;
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
