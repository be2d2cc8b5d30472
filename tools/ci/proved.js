#!/usr/bin/env node
/**
 * Proves all packs and holds the result against `policies/not-yet-proved.txt`, the clauses of collection and consent that no
 * scenario shows yet. The list may only grow shorter: a clause that is neither proved nor on it fails, one that is on it and proved
 * is named, to be taken off. A parameter of a proved clause of which no scenario on record sees that it changes fails too, and so does
 * whatever else makes `lethe prove` end with 1. The last line is a count.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const owners = 'collection,consent,all';

function prove(...args) {
  const run = spawnSync(process.execPath, ['apps/lethe/bin/lethe.js', 'prove', ...args, '--format', 'json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (run.status !== 0 && run.status !== 1)
    throw new Error(`lethe prove ended with ${String(run.status ?? run.signal)}`);
  return { status: run.status, packs: JSON.parse(run.stdout.trim().split('\n').at(-1)).packs };
}

const enforceable = (clauses) => clauses.filter((one) => one.class === 'enforceable' && one.result !== 'later');
const { status, packs } = prove('--all', '--owner', owners);
const clauses = enforceable(Object.values(packs).flatMap(({ clauses }) => clauses));
const result = new Map(clauses.map(({ id, result }) => [id, result]));
const debts = new Set(
  readFileSync(`${root}/policies/not-yet-proved.txt`, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')),
);
const total = { passed: 0, failed: 0, skipped: 0 };
for (const [id, now] of result) {
  if (now === 'proved') {
    total.passed += 1;
    if (debts.has(id)) process.stdout.write(`${id}: proved; take it off policies/not-yet-proved.txt\n`);
  } else {
    total[debts.has(id) ? 'skipped' : 'failed'] += 1;
    process.stdout.write(`NOT PROVED: ${id}: ${now}${debts.has(id) ? '' : ', and not on the list'}\n`);
  }
}
for (const id of debts) {
  if (result.has(id)) continue;
  total.failed += 1;
  process.stdout.write(`${id}: on the list, and no clause of these packs\n`);
}
for (const [pack, { unchecked }] of Object.entries(packs)) {
  if (unchecked === undefined) {
    total.failed += 1;
    process.stdout.write(`NOT CHECKED: ${pack}: no record of which scenario sees which parameter\n`);
  }
  for (const { clause, parameter, from, to, why } of unchecked ?? []) {
    total.failed += 1;
    process.stdout.write(`NOT CHECKED: ${pack} ${clause} ${parameter}: ${from} → ${to}: ${why}\n`);
  }
}
if (status !== 0 && total.failed === 0 && total.skipped === 0) {
  total.failed += 1;
  process.stdout.write('FAILED: lethe prove ended with 1, though every clause is proved: see what it says above\n');
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
