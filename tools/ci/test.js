#!/usr/bin/env node
/**
 * `npm test`: everything that needs no Docker, and the Testcontainers suites where an engine with our images answers.
 * What failed and what was left out is named, a line each: `FAILED: suite: test: why`, `NOT RUN: suite: reason`. The last line is `N passed, N failed, N skipped`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { findNode } from '../../apps/lethe/bin/node.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const only = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'lethe-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const left = [];
const failures = [];

/** Runs one step that has no tests of its own: it counts as one. */
function step(name, command, args, environment = {}) {
  process.stderr.write(`\n── ${name}\n`);
  const started = Date.now();
  const run = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } });
  const ok = run.status === 0;
  total[ok ? 'passed' : 'failed'] += 1;
  if (!ok) failures.push(name);
  process.stderr.write(`── ${name}: ${ok ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(0)} s)\n`);
  return ok;
}

/** What a failure says before its stack, on one line. */
const brief = (message = '') =>
  stripVTControlCharacters(message)
    .split(/\n\s+at /)[0]
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 400);

/** Runs Jest and adds up what it counted; a run that counted nothing has failed. */
function jest(name, args, environment = {}) {
  process.stderr.write(`\n── ${name}\n`);
  const report = join(scratch, `${name}.json`);
  const flags = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=TimeoutNegativeWarning',
  ];
  const run = spawnSync(
    findNode(),
    [
      ...flags,
      join(root, 'node_modules/jest/bin/jest.js'),
      '-c',
      join(root, 'jest.config.js'),
      '--json',
      `--outputFile=${report}`,
      ...args,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...environment },
    },
  );
  const fail = (why) => {
    total.failed += 1;
    failures.push(`${name}: ${why}`);
  };
  if (!existsSync(report)) return fail('Jest left no report');
  const result = JSON.parse(readFileSync(report, 'utf8'));
  total.passed += result.numPassedTests;
  total.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  total.skipped += result.numPendingTests + result.numTodoTests;
  for (const suite of result.testResults) {
    const file = relative(root, suite.name);
    const failed = suite.assertionResults.filter(({ status }) => status === 'failed');
    failures.push(
      ...failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${brief(failureMessages[0])}`),
    );
    if (suite.status === 'failed' && failed.length === 0)
      failures.push(`${file}: could not run: ${brief(suite.message)}`);
  }
  if (run.status !== 0 && result.numFailedTests + result.numRuntimeErrorTestSuites === 0)
    fail(`Jest ended with ${String(run.status ?? run.signal)}, though no test failed`);
  if (result.numTotalTests === 0) fail('no test was run');
}

/** Why the container suites cannot run here; undefined when they can. */
function noDocker() {
  const info = spawnSync('docker', ['info', '--format', '{{.ServerVersion}}'], { encoding: 'utf8' });
  if (info.error !== undefined || info.status !== 0) return 'no Docker engine answers';
  const images = readFileSync(join(root, 'tools/ci/images.txt'), 'utf8').split('\n').filter(Boolean);
  const missing = images.filter((image) => spawnSync('docker', ['image', 'inspect', image]).status !== 0);
  return missing.length === 0 ? undefined : `images are missing: ${missing.join(', ')} (tools/ci/images makes them)`;
}

/** The suites of one kind: those that need something a machine may not have say so in their names. */
const suites = (ending) =>
  ['apps', 'libs', 'tools'].flatMap((group) =>
    readdirSync(join(root, group), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ending) && !name.includes('node_modules'))
      .map((name) => join(group, name)),
  );
const dockerSuites = suites('.docker.spec.ts');

/** Servers that some suites ask for: the one named in the environment, or what the script brought into the cache. */
const { LETHE_CI_CACHE, XDG_CACHE_HOME, HOME } = process.env;
const cache = LETHE_CI_CACHE || join(XDG_CACHE_HOME || join(HOME || '/root', '.cache'), 'lethe-ci');
const brought = (pattern, inside = '') => {
  const found = existsSync(cache) ? readdirSync(cache).filter((name) => pattern.test(name)) : [];
  return found.length === 0 ? undefined : join(cache, found.sort().at(-1), inside);
};
const servers = [
  {
    name: 'OpenBao',
    variable: 'LETHE_TEST_OPENBAO',
    ending: '.openbao.spec.ts',
    script: 'tools/ci/openbao',
    found: brought(/^openbao-[\d.]+$/, 'bao'),
  },
  {
    name: 'S3Proxy',
    variable: 'LETHE_TEST_S3PROXY',
    ending: '.s3.spec.ts',
    script: 'tools/ci/s3proxy',
    found: brought(/^s3proxy-[\d.]+\.jar$/),
  },
  {
    name: 'nginx',
    variable: 'LETHE_TEST_NGINX',
    ending: '.nginx.spec.ts',
    script: 'tools/ci/nginx',
    found: brought(/^nginx$/, 'usr/sbin/nginx'),
  },
  {
    name: 'faketime',
    variable: 'LETHE_TEST_FAKETIME',
    ending: '.faketime.spec.ts',
    script: 'tools/ci/faketime',
    found: brought(/^faketime$/, 'libfaketime.so.1'),
  },
].map((server) => ({ ...server, found: process.env[server.variable] || server.found }));

const bin = (name) => join(root, 'node_modules/.bin', name);
const path = { PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };
if (only.length === 0) {
  step(
    'types',
    bin('nx'),
    ['run-many', '-t', 'build', '--output-style=static', ...(process.env.CI ? ['--skip-nx-cache'] : [])],
    path,
  );
  step('types of tests', bin('tsc'), ['-p', 'tsconfig.spec.json'], path);
  step('lint', findNode(), [join(root, 'node_modules/eslint/bin/eslint.js'), '.'], path);
  step(
    'format',
    findNode(),
    [join(root, 'node_modules/prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'],
    path,
  );
}
const workers = process.env.LETHE_TEST_WORKERS ?? '2';
jest(
  'tests',
  ['--maxWorkers', workers, ...only],
  Object.fromEntries(servers.flatMap(({ variable, found }) => (found ? [[variable, found]] : []))),
);
for (const { name, ending, script } of servers.filter(({ found }) => !found))
  for (const suite of suites(ending)) left.push(`NOT RUN: ${suite}: no ${name} here (${script} brings it)`);

const reason = noDocker();
if (reason === undefined && dockerSuites.length > 0) {
  jest(
    'containers',
    ['--runInBand', '--testPathPatterns', '\\.docker\\.spec\\.ts$', ...only.filter((name) => !name.startsWith('-'))],
    {
      LETHE_TEST_DOCKER: '1',
      TESTCONTAINERS_RYUK_DISABLED: process.env.TESTCONTAINERS_RYUK_DISABLED ?? 'true',
      TESTCONTAINERS_HOST_OVERRIDE: process.env.TESTCONTAINERS_HOST_OVERRIDE ?? '127.0.0.1',
    },
  );
} else {
  for (const suite of dockerSuites) left.push(`NOT RUN: ${suite}: ${reason}`);
}

rmSync(scratch, { recursive: true, force: true });
for (const name of failures) process.stdout.write(`FAILED: ${name}\n`);
for (const line of left) process.stdout.write(`${line}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped + left.length} skipped\n`);
process.exit(total.failed === 0 ? 0 : 1);
