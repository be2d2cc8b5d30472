import { expect, test } from '@jest/globals';
import { DenyList } from './deny-list.ts';

const caller = 'https://id.example#b-1';

test('names single tokens, clients and callers; what it does not name is believed', () => {
  const text = JSON.stringify({ tokens: ['t-1'], clients: ['https://id.example#app'], callers: [`${caller}1`] });
  const list = new DenyList(
    () => text,
    () => 0,
  );
  expect(list.has({ caller, token: 't-1' })).toBe(true);
  expect(list.has({ caller, client: 'https://id.example#app' })).toBe(true);
  expect(list.has({ caller: `${caller}1` })).toBe(true);
  expect(list.has({ caller, token: 't-2', client: 'https://id.example#other' })).toBe(false);
});

test('what is written into it counts within a minute; a broken file leaves it as it was and is told', () => {
  let [text, now]: [string | undefined, number] = [undefined, 0];
  const told: unknown[] = [];
  const list = new DenyList(
    () => text,
    () => now,
    (error) => told.push(error),
  );
  expect(list.has({ caller })).toBe(false);
  text = JSON.stringify({ callers: [caller] });
  now += 60_000;
  expect(list.has({ caller })).toBe(true);
  text = '{"callers": [';
  now += 60_000;
  expect(list.has({ caller })).toBe(true);
  expect(told).toHaveLength(1);
});

test.each(['no JSON', '{"tokens": "t-1"}', '{"jti": []}'])('a list that reads %s refuses the start', (text) =>
  expect(
    () =>
      new DenyList(
        () => text,
        () => 0,
      ),
  ).toThrow(),
);
