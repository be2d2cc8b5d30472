import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Classes, riskOf } from '@lethe/policy';
import { readCsv } from '../../apps/lethe/dist/csv.js';
import { rounds, timed } from './rounds.js';

const CITIES = ['北京', '上海', '广州', '深圳', '成都', '杭州', '重庆', '武汉', '苏州', '西安', '南京', '长沙'];
const COLUMNS = ['id', 'city', 'age', 'sex', 'occupation', 'note'];
const QUASI = ['city', 'age', 'sex'];
const REPEATS = 5;
const MARK = '\u001f';

export const sizes = [1_000_000];

/** The risk report over rows in memory, over rows of which hardly two are alike, and as the command makes it of a file. */
export async function risk(_, size, { scratch }) {
  return [
    ...(await inMemory('risk', size, aged)),
    ...(await inMemory('risk-unique', size, born)),
    ...(await ofFile(size, scratch)),
  ];
}

/** About two thousand classes. */
const aged = (random) => [CITIES[random(CITIES.length)], String(random(90)), random(2) === 0 ? 'F' : 'M'];
/** Hardly two are alike: the most that grouping can cost. */
const born = (random) => [
  String(100_000 + random(900_000)),
  `${1940 + random(80)}-${String(1 + random(12)).padStart(2, '0')}-${String(1 + random(28)).padStart(2, '0')}`,
  random(2) === 0 ? 'F' : 'M',
];

function inMemory(name, size, row) {
  const random = randomOf(size);
  const rows = Array.from({ length: size }, () => row(random));
  return rounds({
    label: name,
    size,
    operations: size,
    repeats: REPEATS,
    notes: {
      [name]: `${size.toLocaleString('en')} rows of three values in memory → classes, risks and k; floor: one pass that counts them by the joined values`,
    },
    prepare: () => undefined,
    ours: async () => {
      let report;
      const milliseconds = await timed(() => {
        const classes = new Classes();
        for (const values of rows) classes.add(values);
        report = riskOf(classes.sizes());
      });
      if (report.records !== size) throw new Error(`the report counts ${report.records} rows of ${size}`);
      return { [name]: milliseconds };
    },
    floor: () =>
      timed(() => {
        const classes = new Map();
        for (const values of rows) count(classes, values.join(MARK));
      }),
  });
}

/** In another process the command takes the start of Node besides, which says nothing about rows. */
async function ofFile(size, scratch) {
  const file = join(scratch, 'people.csv');
  await pipeline(Readable.from(lines(size)), createWriteStream(file));
  const results = await rounds({
    label: 'risk-csv',
    size,
    operations: size,
    repeats: REPEATS,
    notes: {
      'risk-csv': `a CSV file (RFC 4180) of six columns read, three of them asked for → the same report; floor: Node's own lines, split at commas (which reads no quotes), counted by the joined values`,
    },
    prepare: () => undefined,
    ours: async () => {
      const classes = new Classes();
      const milliseconds = await timed(async () => {
        await readCsv(file, QUASI, (values) => classes.add(values));
        if (riskOf(classes.sizes()).records !== size) throw new Error('the report has not counted every row');
      });
      return { 'risk-csv': milliseconds };
    },
    floor: () =>
      timed(async () => {
        const classes = new Map();
        const places = QUASI.map((column) => COLUMNS.indexOf(column));
        for await (const line of createInterface({ input: createReadStream(file) })) {
          const values = line.split(',');
          count(classes, places.map((place) => values[place]).join(MARK));
        }
      }),
  });
  await rm(file);
  return results;
}

/** In pieces, as a file is written. */
function* lines(size) {
  const random = randomOf(size);
  yield `${COLUMNS.join(',')}\r\n`;
  for (let from = 0; from < size; from += 10_000)
    yield Array.from({ length: Math.min(10_000, size - from) }, (_, index) =>
      [String(from + index), ...aged(random), 'engineer', '票档与场次'].join(',').concat('\r\n'),
    ).join('');
}

const count = (classes, key) => classes.set(key, (classes.get(key) ?? 0) + 1);

/** The same numbers in each run, below a bound (mulberry32). */
function randomOf(seed) {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * bound);
  };
}
