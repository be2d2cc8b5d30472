import { findsIn } from './in-clear.ts';

const NAME = '王小明 12345';

test.each([
  ['as it is', `(1,"${NAME}")`],
  ['in hexadecimal', `\\x00${Buffer.from(NAME).toString('hex')}ff`],
  ['in base64', Buffer.from(`a${NAME}z`).toString('base64')],
  ['in base64 at another offset', Buffer.from(`ab${NAME}zz`).toString('base64url')],
])('a value is found %s', (_, row) => {
  expect(findsIn(row, [NAME, 'not there'])).toEqual({ found: 1, looked: 2 });
});

test('what is too short to be told from chance, a flag and a date are not looked for', () => {
  expect(findsIn('1 true ab 2026-03-02', [1, true, 'ab', '2026-03-02', ['abcdef', 'x']])).toEqual({
    found: 0,
    looked: 1,
  });
});
