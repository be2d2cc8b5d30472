import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import Papa from 'papaparse';
import { risk } from './commands/risk.ts';
import { readCsv } from './csv.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lethe-csv-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = async (content: string | Uint8Array, columns = ['city', 'age']): Promise<string[]> => {
  const file = join(folder, 'people.csv');
  await writeFile(file, content);
  const found: string[] = [];
  await readCsv(file, columns, (values) => found.push(values.join('/')));
  return found;
};

describe('records', () => {
  test('give the columns asked for, in the order asked', async () =>
    expect(await read('age,name,city\n34,李,北京\n45,王,上海\n')).toEqual(['北京/34', '上海/45']));
  test('end with CRLF or LF, and the last one with or without', async () => {
    expect(await read('age,city\r\n34,a\r\n45,b\r\n')).toEqual(['a/34', 'b/45']);
    expect(await read('age,city\r\n34,a\r\n45,b')).toEqual(['a/34', 'b/45']);
    expect(await read('age,city\n34,a\n45,b')).toEqual(['a/34', 'b/45']);
  });
  test('end with either, each by itself: the same person is the same', async () => {
    expect(await read('age,city\n34,a\r\n34,a\n"34","a"\r\n')).toEqual(['a/34', 'a/34', 'a/34']);
    expect(await read('age,city\r\n34,a\n34,a\r\n')).toEqual(['a/34', 'a/34']);
  });
  test('may be wider than a piece of the file', async () => {
    const names = Array.from({ length: 200_000 }, (_, index) => `c${index}`);
    const row = names.map(() => '1');
    expect(await read(`${names.join(',')}\r\n${row.join(',')}\r\n`, ['c0', 'c199999'])).toEqual(['1/1']);
  });
  test('are what a general parser reads', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.stringMatching(/^[a",\r\n 北]{0,4}$/), { minLength: 3, maxLength: 3 }), { minLength: 1 }),
        fc.boolean(),
        fc.constantFrom('\n', '\r\n'),
        async (rows, quotes, newline) => {
          const text = Papa.unparse({ fields: ['age', 'city', 'job'], data: rows }, { quotes, newline });
          const { data } = Papa.parse<string[]>(text, { delimiter: ',', newline });
          expect(await read(text)).toEqual(data.slice(1).map(([age, city]) => `${city ?? ''}/${age ?? ''}`));
        },
      ),
      { numRuns: 300 },
    ));
  test('hold commas, quotes and line breaks between quotes', async () =>
    expect(await read('age,city\r\n34,"a, ""b""\r\nc"\r\n')).toEqual(['a, "b"\r\nc/34']));
  test('keep spaces and empty values as they are', async () =>
    expect(await read('age,city\n34, a \n,\n')).toEqual([' a /34', '/']));
  test('may begin with a byte order mark', async () => expect(await read('\ufeffage,city\n34,a\n')).toEqual(['a/34']));
  test('may be none', async () => expect(await read('age,city\n')).toEqual([]));
  test('are the same with quotes and without, wherever a piece of the file ends', async () => {
    for (const lineBreak of ['\n', '\r\n']) {
      const rows = Array.from({ length: 90_000 }, (_, index) => ['x'.repeat(index % 7), '上海', String(index)]);
      const plain = rows.map((row) => row.join(',')).join(lineBreak);
      const quoted = rows.map((row) => row.map((value) => `"${value}"`).join(',')).join(lineBreak);
      const found = await read(`age,name,city${lineBreak}${plain}`);
      expect(found).toHaveLength(rows.length);
      expect(found).toEqual(await read(`age,name,city${lineBreak}${quoted}${lineBreak}`));
    }
  });
  test('may have columns without a name, or of one name, where nobody asks for them', async () =>
    expect(await read(',note,age,,note,city\r\n0,x,34,,y,北京\r\n1,,45,,,上海\r\n')).toEqual(['北京/34', '上海/45']));
  test('of one column only are lines', async () =>
    expect(await read(`city\n${'a\n\n'.repeat(3)}`, ['city'])).toEqual(['a', '', 'a', '', 'a', '']));
  test('are whole and in order, however large the file is', async () => {
    const lines = Array.from({ length: 60_000 }, (_, index) => `${index},"城市, ${index}"`);
    const found = await read(`age,city\r\n${lines.join('\r\n')}\r\n`);
    expect(found).toHaveLength(60_000);
    expect(found.every((line, index) => line === `城市, ${index}/${index}`)).toBe(true);
  });
});

describe('what cannot be read is said, and never what stands there', () => {
  const wrong = (name: string, content: string | Uint8Array, says: RegExp) =>
    test(name, async () => {
      const error: unknown = await read(content).catch((thrown: unknown) => thrown);
      expect(String(error)).toMatch(says);
      expect(String(error)).not.toContain('secret');
    });
  wrong('a column that is not there', 'age,secret\n1,2\n', /no column city among the 2/);
  wrong('a record that is too short', 'age,city\n1,2\nsecret\n', /record 2: 1 values .* 2 columns/);
  wrong('a record that is too long', 'age,city\n1,2,secret\n', /record 1: 3 values .* 2 columns/);
  wrong('a line without anything', 'age,city\n\n1,secret\n', /record 1: 1 values/);
  wrong('no line of names', '', /empty/);
  wrong('a name asked for that comes twice', 'age,city,age,secret\n', /names the column age 2 times/);
  wrong('a quote that never closes', 'age,city\n1,"secret\n', /record 1: quotes/);
  wrong('text after a closing quote', 'age,city\n1,"secret"x\n', /record 1: quotes/);
  wrong('lines that end with CR alone', 'age,city\r1,secret\r', /record 0: a carriage return/);
  wrong('a CR within a value', 'age,city\n1,secret\rx\n', /record 1: a carriage return/);
  wrong('bytes that are not UTF-8', Buffer.from([0x61, 0x67, 0x65, 0x0a, 0xff, 0xfe]), /not UTF-8/);
  wrong('a character cut off at the end', Buffer.from([0x61, 0x2c, 0xe5, 0x8c]), /not UTF-8/);
  test('a file that is not there', async () =>
    expect(readCsv(join(folder, 'none.csv'), ['a'], () => undefined)).rejects.toMatchObject({ code: 'ENOENT' }));
});

test('a report over no columns is none: everybody would be alike', async () => {
  await writeFile(join(folder, 'people.csv'), 'age,city\n1,a\n');
  for (const quasi of ['', 'age,', 'age,age'])
    await expect(risk(join(folder, 'people.csv'), { quasi })).rejects.toThrow(/names columns/);
});
