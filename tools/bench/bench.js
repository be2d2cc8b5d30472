#!/usr/bin/env node
/**
 * `npm run bench [-- --json --only a,b --size N]`: what Lethe costs beside the least that anybody would have to do (the floor), both
 * in one run, taking turns. Nothing here passes or fails by time. Exit 0 measured, 2 could not run.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findNode } from '../../apps/lethe/bin/node.js';
import { table } from './report.js';

const COULD_NOT_RUN = 2;
const BENCHES = ['ingest', 'erase', 'dispose', 'fold', 'rotate', 'restore', 'gate', 'risk'];
const USAGE = `usage: npm run bench [-- --json --only ${BENCHES.join(',')} --size N]`;
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');

const fail = (message) => {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(COULD_NOT_RUN);
};

/** Node as this project needs it, or the end. */
function node() {
  try {
    return findNode();
  } catch (error) {
    return fail(error.message);
  }
}

function asked() {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean' },
        only: { type: 'string' },
        size: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) {
      process.stdout.write(`${USAGE}\n`);
      process.exit(0);
    }
    const only = values.only?.split(',').map((name) => name.trim()) ?? BENCHES;
    const unknown = only.find((name) => !BENCHES.includes(name));
    if (unknown !== undefined) throw new Error(`there is no bench of that name: ${unknown}`);
    const size = values.size === undefined ? undefined : Number(values.size.replaceAll(/[_,]/g, ''));
    if (size !== undefined && !(Number.isInteger(size) && size > 0 && size <= 10_000_000))
      throw new Error('--size is a whole number');
    return { json: values.json === true, only, size };
  } catch (error) {
    return fail(`${error.message}\n${USAGE}`);
  }
}

const { json, only, size } = asked();
// The command builds what is older than its source; everything measured here is part of that build.
const built = spawnSync(node(), [join(root, 'apps/lethe/bin/lethe.js'), '--help'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (built.status !== 0) fail('the build failed');

const scratch = mkdtempSync(join(tmpdir(), 'lethe-bench-'));
const logFile = join(scratch, 'log');
const log = openSync(logFile, 'w');
const child = spawn(
  node(),
  ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning', join(here, 'run.js')],
  // What the services log goes into a file, shown when the run fails.
  { stdio: ['ignore', log, log, 'ipc'], env: { ...process.env, BENCH: JSON.stringify({ scratch, only, size }) } },
);
/** Servers whose parent was killed end a moment later, and write until then. */
async function remove() {
  for (let tries = 40; tries > 0; tries -= 1) {
    try {
      rmSync(scratch, { recursive: true, force: true });
    } catch {
      // Something was written meanwhile.
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
    if (!existsSync(scratch)) return;
  }
}
let answer;
child.on('message', (message) => {
  if (message.progress === undefined) answer = message;
  else process.stderr.write(`bench: ${message.progress}\n`);
});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// The terminal sends Ctrl-C to the whole group.
process.on('SIGINT', () => {});
child.on('exit', async (code) => {
  closeSync(log);
  if (code !== 0 && existsSync(logFile))
    process.stderr.write(readFileSync(logFile, 'utf8').split('\n').slice(-15).join('\n'));
  await remove();
  if (code !== 0 || answer === undefined) fail('the run did not end well');
  process.stdout.write(
    json
      ? `${JSON.stringify({ results: answer.results.map(({ note: _, ...result }) => result) })}\n`
      : table(answer.results),
  );
});
