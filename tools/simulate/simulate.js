#!/usr/bin/env node
/** `npm run simulate -- --seeds N | --seed S`. Exit 0 all held and every planted bug was caught, 1 not, 2 could not run. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findNode } from '../../apps/lethe/bin/node.js';

const run = fileURLToPath(new URL('run.ts', import.meta.url));
const { status } = spawnSync(findNode(), ['--disable-warning=ExperimentalWarning', run, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? 2;
