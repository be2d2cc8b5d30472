#!/usr/bin/env node
/**
 * Changes one parameter of a pack at a time and runs the scenarios that cite it: a mutant that none of them kills fails, unless it
 * is on `policies/surviving-mutants.txt`. Takes the packs to mutate; without any, the smallest one, so that this ends in a minute.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packs = process.argv.length > 2 ? process.argv.slice(2) : ['reservations'];
const args = [
  'apps/lethe/bin/lethe.js',
  'prove',
  ...packs,
  '--owner',
  'collection,consent,all',
  '--mutate',
  '--format',
  'json',
];
const run = spawnSync(process.execPath, args, {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 1 << 28,
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (run.status !== 0 && run.status !== 1) throw new Error(`lethe prove ended with ${String(run.status ?? run.signal)}`);
const { killed, mutants } = JSON.parse(run.stdout.trim().split('\n').at(-1));
const known = new Set(readFileSync(`${root}/policies/surviving-mutants.txt`, 'utf8').split('\n'));
const survived = mutants.filter(({ result }) => result === 'survived');
const name = ({ pack, clause, parameter, from }) => [pack, clause, parameter, from].join(' ');
const fresh = survived.map(name).filter((one) => !known.has(one));
for (const one of fresh) process.stdout.write(`SURVIVED: ${one}\n`);
process.stdout.write(
  `${killed} killed, ${fresh.length} survived, ${survived.length - fresh.length} known to survive\n`,
);
process.exit(fresh.length === 0 && killed > 0 ? 0 : 1);
