#!/usr/bin/env node
/**
 * Proves all packs and holds the result against `policies/not-yet-proved.txt`, the clauses of collection and consent that no
 * scenario shows yet. The list may only grow shorter: a clause that is neither proved nor on it fails, one that is on it and proved
 * is named, to be taken off. A scenario that fails is run once more, alone, and that is said. The last line is a count.
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
  return Object.values(JSON.parse(run.stdout.trim().split('\n').at(-1)).packs).flatMap(({ clauses }) => clauses);
}

const enforceable = (clauses) => clauses.filter((one) => one.class === 'enforceable' && one.result !== 'later');
const clauses = enforceable(prove('--all', '--owner', owners));
const result = new Map(clauses.map(({ id, result }) => [id, result]));
const failed = clauses.filter((one) => one.result === 'failed').map(({ id }) => id);
if (failed.length > 0) {
  const again = enforceable(prove('--all', '--owner', owners, '--tags', failed.map((id) => `@${id}`).join(' or ')));
  for (const { id, result: now } of again.filter((one) => failed.includes(one.id))) {
    if (now === 'proved') process.stdout.write(`${id}: failed once, proved when run again\n`);
    result.set(id, now);
  }
}

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
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
