import { expect, test } from '@jest/globals';
import { BUGS, EXPECTED } from './bugs.ts';
import { BY_CHANCE, POINTS } from './points.ts';
import { gaps } from './verdict.ts';

const all = { seeds: 2000, asked: 2000, atLeast: 1000, came: new Set(POINTS), crashed: new Set(POINTS) };

test('a run that came to every point, and to those that are come to by chance, has no gap', () => {
  expect(gaps(all)).toEqual([]);
  const came = new Set([...POINTS, ...BY_CHANCE, 'erasure after the commit of heard']);
  expect(gaps({ ...all, came })).toEqual([]);
});

test('a point that is not on the list is a gap, however few seeds ran', () => {
  const came = new Set(['collection after nobody knows what']);
  expect(gaps({ ...all, seeds: 10, asked: 10, atLeast: 5, came })).toEqual(['1 crash points are not on the list']);
});

test('a point at which no seed crashed is a gap when all seeds ran and they were enough', () => {
  const crashed = new Set(POINTS.slice(1));
  expect(gaps({ ...all, crashed })).toEqual(['at 1 crash points no seed crashed']);
  expect(gaps({ ...all, crashed, seeds: 1999 })).toEqual([]);
  expect(gaps({ ...all, crashed, seeds: 1999, asked: 1999 })).toEqual([]);
});

test('fewer seeds than are asked for at least are a gap, and so is none', () => {
  expect(gaps({ ...all, seeds: 999 })).toEqual(['999 seeds ran, and no fewer than 1000 show enough']);
  expect(gaps({ ...all, seeds: 0, asked: 0, atLeast: 1 })).toEqual(['0 seeds ran, and no fewer than 1 show enough']);
});

test('each planted bug names what shows it, and an error shows none', () => {
  expect(Object.keys(EXPECTED).sort()).toEqual(Object.keys(BUGS).sort());
  expect(Object.values(EXPECTED).flat()).not.toContain('error');
  expect(Object.values(EXPECTED).filter((one) => one.length === 0)).toEqual([]);
});
