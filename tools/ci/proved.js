#!/usr/bin/env node
/**
 * Proves all packs. A clause that a service carries and no scenario shows fails; so does a parameter of a proved clause of which no
 * scenario on record sees that it changes, and whatever else makes `lethe prove` end with 1. The last line is a count.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const run = spawnSync(process.execPath, ['apps/lethe/bin/lethe.js', 'prove', '--all', '--format', 'json'], {
  cwd: fileURLToPath(new URL('../..', import.meta.url)),
  encoding: 'utf8',
  maxBuffer: 1 << 28,
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (run.status !== 0 && run.status !== 1) throw new Error(`lethe prove ended with ${String(run.status ?? run.signal)}`);
const { packs } = JSON.parse(run.stdout.trim().split('\n').at(-1));

let passed = 0;
const wrong = [];
for (const [pack, { clauses, unchecked }] of Object.entries(packs)) {
  for (const { id, class: kind, result } of clauses) {
    if (kind !== 'enforceable' || result === 'later') continue;
    if (result === 'proved') passed += 1;
    else wrong.push(`NOT PROVED: ${id}: ${result}`);
  }
  if (unchecked === undefined) wrong.push(`NOT CHECKED: ${pack}: no record of which scenario sees which parameter`);
  for (const { clause, parameter, from, to, why } of unchecked ?? [])
    wrong.push(`NOT CHECKED: ${pack} ${clause} ${parameter}: ${from} → ${to}: ${why}`);
}
if (run.status !== 0 && wrong.length === 0)
  wrong.push('FAILED: lethe prove ended with 1, though every clause is proved: see what it says above');
for (const one of wrong) process.stdout.write(`${one}\n`);
process.stdout.write(`${passed} passed, ${wrong.length} failed, 0 skipped\n`);
process.exit(wrong.length === 0 && passed > 0 ? 0 : 1);
