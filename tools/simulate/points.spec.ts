import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { ROTATION_STEPS } from '@lethe/sealing';
import { BY_CHANCE, ELSEWHERE, POINTS } from './points.ts';
import { pointOf, seedsToward } from './ways.ts';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const text = (file: string): string => readFileSync(`${cwd}/${file}`, 'utf8');
const sources = globSync('{apps,libs}/*/src/**/*.ts', { cwd }).map((file) => ({ file, source: text(file) }));
const isSpec = ({ file }: { file: string }): boolean => /\.(spec|contract)\.ts$/.test(file);

const CALL = /(?<!function )\bcrashPoint\(/g;
const NAMED = /(?<!function )\bcrashPoint\('([a-z]+)\.([a-z0-9.-]+)'\)/g;
const code = sources.filter((one) => !isSpec(one));
const inCode = code.flatMap(({ source }) =>
  [...source.matchAll(NAMED)].map(([, service, name]) => `${service} ${name}`),
);
/** Of a commit, an append, a key or a step: what the ports see, and no line of the code names. */
const OF_THE_PORTS = / (before|after) /;

test('every crash point in the code is named where it stands', () => {
  expect(inCode.length).toBeGreaterThan(30);
  const calls = code.flatMap(({ file, source }) => [...source.matchAll(CALL)].map(() => file));
  expect(calls).toHaveLength(inCode.length);
});

test('the list of points has every name in the code, and no other', () => {
  const listed = [...POINTS.filter((point) => !OF_THE_PORTS.test(point)), ...ELSEWHERE];
  expect(listed.sort()).toEqual([...new Set(inCode)].sort());
});

test('the list of points has every step of a rotation, and nothing twice', () => {
  const steps = POINTS.flatMap((point) => /^collection before the step (.+)$/.exec(point)?.[1] ?? []);
  expect(steps.sort()).toEqual([...ROTATION_STEPS].sort());
  const all = [...POINTS, ...BY_CHANCE, ...ELSEWHERE];
  expect(new Set(all).size).toBe(all.length);
});

test('of 2,000 seeds each point has three at least that go toward it', () => {
  const turns = Map.groupBy(
    Array.from({ length: 2000 }, (_, n) => pointOf(n + 1)).filter((point) => point !== undefined),
    (point) => point,
  );
  expect(POINTS.filter((point) => (turns.get(point)?.length ?? 0) < 3)).toEqual([]);
});

test('a spec crashes where no seed comes to', () => {
  const specs = sources.filter(isSpec);
  const tried = (point: string): boolean => specs.some(({ source }) => source.includes(`'${point.replace(' ', '.')}'`));
  expect(ELSEWHERE.filter((point) => !tried(point))).toEqual([]);
});

test('further seeds are found that go toward a point, and none toward what no seed goes to', () => {
  const seeds = seedsToward('collection restriction.keys-dead', 2001, 3);
  expect(seeds).toHaveLength(3);
  for (const seed of seeds) {
    expect(seed).toBeGreaterThan(2000);
    expect(pointOf(seed)).toBe('collection restriction.keys-dead');
  }
  expect(seedsToward('nobody goes there', 2001, 3)).toEqual([]);
});
