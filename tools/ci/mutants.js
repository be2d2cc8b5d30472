#!/usr/bin/env node
/**
 * Changes parameters of the packs and runs the scenarios that speak of them: what no scenario sees fails, unless it is on
 * `policies/surviving-mutants.txt`. Tried is what the change touched since the base commit (LETHE_CI_BASE; else where the branch
 * left origin/main; else the commit before): parameters of which no scenario is on record that sees them, since they or the
 * scenario are new, and what was put on record. What is not touched is tried in turn, a few with every commit. Names of packs
 * as arguments: all of theirs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const policies = join(root, 'policies');
/** So many end within ten minutes on two cores, whichever they are: some need a long scenario. */
const MOST = 120;
/** So many are tried where nothing was touched. */
const SAMPLE = 60;

const git = (...args) => {
  const run = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  return run.status === 0 ? run.stdout.trim() : undefined;
};
/** A kill on record. What came to no pack is no kill: `--mutate --record` tries it, not every commit. */
const isLine = (line) => line !== '' && !line.startsWith('#') && !line.startsWith('no-pack\t');
/** Evenly spread, beginning somewhere else with every commit. */
const some = (lines, count) => {
  if (lines.length <= count) return lines;
  const step = lines.length / count;
  const start = parseInt((git('rev-parse', 'HEAD') ?? '0').slice(0, 7), 16) % lines.length;
  return Array.from({ length: count }, (_, index) => lines[Math.floor(start + index * step) % lines.length]);
};

function touched() {
  const base =
    process.env.LETHE_CI_BASE || git('merge-base', 'HEAD', 'origin/main') || git('rev-parse', '--verify', 'HEAD~1');
  const head = git('rev-parse', 'HEAD');
  const from = base === head ? git('rev-parse', '--verify', 'HEAD~1') : base;
  const diff = (from && git('diff', '-U0', from, '--', 'policies/*/kills.tsv')) || '';
  return diff
    .split('\n')
    .filter((line) => line.startsWith('+') && !line.startsWith('+++'))
    .map((line) => line.slice(1))
    .filter(isLine);
}

const recorded = readdirSync(policies)
  .map((pack) => join(policies, pack, 'kills.tsv'))
  .filter((file) => existsSync(file))
  .flatMap((file) => readFileSync(file, 'utf8').split('\n').filter(isLine));
const named = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'lethe-mutants-'));
const again = join(scratch, 'again.tsv');
const fresh = touched();
const lines = [...some(fresh, MOST), ...(fresh.length >= SAMPLE ? [] : some(recorded, SAMPLE - fresh.length))];
writeFileSync(again, lines.join('\n'));
const what = named.length > 0 ? named : ['--all', '--unrecorded', '--again', again];
const run = spawnSync(process.execPath, ['apps/lethe/bin/lethe.js', 'prove', ...what, '--mutate', '--format', 'json'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 1 << 28,
  stdio: ['ignore', 'pipe', 'inherit'],
});
rmSync(scratch, { recursive: true, force: true });
if (run.status !== 0 && run.status !== 1) throw new Error(`lethe prove ended with ${String(run.status ?? run.signal)}`);
const { killed, mutants } = JSON.parse(run.stdout.trim().split('\n').at(-1));
const known = new Set(readFileSync(join(policies, 'surviving-mutants.txt'), 'utf8').split('\n'));
const survived = mutants.filter(({ result }) => result === 'survived');
const name = ({ pack, clause, parameter, from }) => [pack, clause, parameter, from].join(' ');
const unknown = survived.map(name).filter((one) => !known.has(one));
for (const one of unknown) process.stdout.write(`SURVIVED: ${one}\n`);
if (named.length === 0)
  process.stdout.write(
    `tried again: ${lines.length} of ${recorded.length} on record, ${fresh.length} of them touched since the base commit\n`,
  );
process.stdout.write(
  `${killed} killed, ${unknown.length} survived, ${survived.length - unknown.length} known to survive\n`,
);
process.exit(unknown.length === 0 && killed > 0 ? 0 : 1);
