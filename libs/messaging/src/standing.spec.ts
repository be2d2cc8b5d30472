import { expect, test } from '@jest/globals';
import type { Mark } from './marks.ts';
import { knowsLess, type Standing } from './standing.ts';

const TOPIC = 'lethe.consent';
const standing: Standing = {
  incarnation: 'two',
  ended: ['one'],
  told: [{ topic: TOPIC, slot: 0, number: 5 }],
  heard: [{ topic: 'lethe.erasure', slot: 1, incarnation: 'e2', number: 3, former: ['e1'] }],
};
const told = (number: number, over: Partial<Mark> = {}): Mark => ({
  ...{ kind: 'told', under: 'two', topic: TOPIC, slot: 0, incarnation: 'two', number },
  ...over,
});
const heard = (number: number, over: Partial<Mark> = {}): Mark =>
  told(number, { kind: 'heard', topic: 'lethe.erasure', slot: 1, incarnation: 'e2', ...over });

test.each<[string, Mark, string | undefined]>([
  ['as much as was told', told(5), undefined],
  ['more than was told', told(4), undefined],
  ['less than was told', told(6), 'told-more'],
  ['nothing of a slot that was told', told(1, { slot: 2 }), 'told-more'],
  ['a life that ended in a restore', told(9, { under: 'one' }), undefined],
  ['nothing of the life that told', told(1, { under: 'three' }), 'another-life'],
  ['as much as was heard', heard(3), undefined],
  ['less than was heard', heard(4), 'heard-more'],
  ['a former life of the producer, and a later one since', heard(9, { incarnation: 'e1' }), undefined],
  ['nothing of a later life of the producer', heard(1, { incarnation: 'e3' }), 'heard-more'],
  ['nothing of a slot that was heard', heard(1, { slot: 0 }), 'heard-more'],
])('a database that knows %s', (_, mark, how) => {
  expect(knowsLess([mark], standing)?.how).toBe(how);
});
