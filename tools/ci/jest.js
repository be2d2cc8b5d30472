#!/usr/bin/env node
/** Runs Jest for the project in whose folder it is called, on the Node and with the flag that ESM needs. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const jest = `${root}node_modules/jest/bin/jest.js`;
const here = process.cwd() === root.replace(/\/$/, '') ? [] : [process.cwd()];
const run = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    '--passWithNoTests',
    '-c',
    `${root}jest.config.js`,
    ...here,
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit', cwd: root },
);
process.exit(run.status ?? 1);
