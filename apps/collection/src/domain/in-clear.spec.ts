import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { findsIn, findsInFile } from './in-clear.ts';

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

test.each([1, 7, 64, 1_000])('in a file a value is found wherever it lies, read %i bytes at a time', async (size) => {
  const file = (...texts: string[]) => {
    const all = Buffer.concat(texts.flatMap((text) => [randomBytes(100), Buffer.from(text)]).concat(randomBytes(100)));
    const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
      all.subarray(at * size, (at + 1) * size),
    );
    return findsInFile(Readable.from(pieces), [NAME, 'not there', 'short', true]);
  };
  expect(await file('nothing of it')).toMatchObject({ found: 0, looked: 2 });
  expect(await file(NAME)).toMatchObject({ found: 1 });
  expect(await file(Buffer.from(`ab${NAME}zz`).toString('base64'), 'not there')).toMatchObject({ found: 2 });
});
