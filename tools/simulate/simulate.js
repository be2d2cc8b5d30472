#!/usr/bin/env node
/** `npm run simulate -- --seeds N | --seed S`. Exit 0 all held and every planted bug was caught, 1 not, 2 could not run. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findCompiler, findNode } from '../../apps/lethe/bin/node.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = fileURLToPath(new URL('run.ts', import.meta.url));

// In a fresh clone nothing is built; and what is simulated is what the sources say.
const { status: built } = spawnSync(findNode(), [findCompiler(), '-b'], { cwd: root, stdio: ['ignore', 2, 2] });
if (built === 0) {
  const { status } = spawnSync(findNode(), ['--disable-warning=ExperimentalWarning', run, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 2;
} else process.exitCode = 2;
