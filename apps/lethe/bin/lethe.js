#!/usr/bin/env node
/**
 * The command `lethe`. Plain JavaScript and tracked, so that npm links it at install time and npx never asks a registry.
 * It finds the Node the project brings, builds what is missing or older than its source, and hands over.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCompiler, findNode } from './node.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const entry = join(root, 'apps/lethe/dist/cli.js');
const stamp = join(root, 'apps/lethe/dist/.built');
const COULD_NOT_RUN = 2;

const fail = (message) => {
  process.stderr.write(`lethe: ${message}\n`);
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

/** The youngest source file's time; 0 where there is no source (an image holds the build alone). */
function youngest() {
  let newest = 0;
  for (const group of ['apps', 'libs']) {
    for (const room of readdirSync(join(root, group))) {
      const source = join(root, group, room, 'src');
      if (!existsSync(source)) continue;
      for (const file of readdirSync(source, { recursive: true, withFileTypes: true })) {
        if (file.isFile()) newest = Math.max(newest, statSync(join(file.parentPath ?? file.path, file.name)).mtimeMs);
      }
    }
  }
  return newest;
}

function build() {
  const source = youngest();
  const fresh = () => existsSync(entry) && (source === 0 || (existsSync(stamp) && statSync(stamp).mtimeMs >= source));
  if (fresh()) return;
  const lock = join(root, 'node_modules/.lethe-building');
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      // Another command builds the same: wait for it; one that died leaves a lock that grows old.
      if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > 120_000)
        rmSync(lock, { recursive: true, force: true });
      else if (Date.now() > deadline) fail('another build does not end');
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    if (fresh()) return;
    process.stderr.write('lethe: building (first use, or the source is newer) …\n');
    const run = spawnSync(node(), [findCompiler(), '-b', join(root, 'apps/lethe')], { cwd: root, encoding: 'utf8' });
    if (run.status !== 0) fail(`the build failed:\n${run.stdout ?? ''}${run.stderr ?? ''}`);
    writeFileSync(stamp, '');
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

build();
const child = spawn(
  node(),
  [
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=TimeoutNegativeWarning',
    entry,
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
// The terminal sends Ctrl-C to the whole group; other senders only to us.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
child.on('error', (error) => fail(error.message));
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
