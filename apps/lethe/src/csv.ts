import { createReadStream } from 'node:fs';

/** What is wrong with a file of records: says where and what, never what stands there. */
export class BadCsv extends Error {}

/**
 * Reads records (RFC 4180, UTF-8 with or without a byte order mark, one line of names first) and gives each the values of the
 * columns asked for, in that order; one piece of the file at a time. Of the other columns the names may be anything.
 * @throws BadCsv no names, a column asked for that is not there or there twice, a record of another length, broken quotes, not UTF-8
 */
export async function readCsv(
  file: string,
  columns: readonly string[],
  record: (values: readonly string[]) => void,
): Promise<void> {
  const reader = new Reader(columns, record);
  for await (const text of textOf(file)) reader.read(text);
  reader.end();
}

async function* textOf(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch {
      throw new BadCsv('the file is not UTF-8');
    }
  };
  for await (const bytes of createReadStream(file, { highWaterMark: 1 << 20 })) yield decode(bytes as Buffer);
  decode();
}

const QUOTE = '"'.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const CR = '\r'.charCodeAt(0);
const LF = '\n'.charCodeAt(0);

/** Of one record, where its values lie. Reused from record to record. */
interface Values {
  readonly begins: number[];
  readonly ends: number[];
  /** In quotes with quotes in it, which are written twice. */
  readonly doubled: boolean[];
  count: number;
}

/**
 * Takes records out of pieces of text: a value is looked at where it ends, and only those asked for are cut out. A general parser
 * makes a string of each value, and takes twice the time.
 */
class Reader {
  #places: readonly number[] | undefined;
  #width = 0;
  #rest = '';
  /** Records gone by, the names included. */
  #read = 0;

  constructor(
    private readonly columns: readonly string[],
    private readonly record: (values: readonly string[]) => void,
  ) {}

  /** The next piece of the file. Its last record may be cut off, and waits for the rest. */
  read(text: string): void {
    this.#rest += text;
    this.#rest = this.#rest.slice(this.#take(this.#rest, true));
  }

  end(): void {
    if (this.#rest !== '') this.#take(this.#rest, false);
    if (this.#places === undefined)
      throw new BadCsv('the file is empty: it needs a first line with the names of columns');
  }

  /** @returns how far it came: to the beginning of a record that is cut off, or to the end */
  #take(text: string, more: boolean): number {
    const values: Values = { begins: [], ends: [], doubled: [], count: 0 };
    const next = (character: string, place: number): number => {
      const found = text.indexOf(character, place);
      return found < 0 ? text.length : found;
    };
    // Where each of them comes next: looked for once, however many values lie before it.
    let [comma, lineFeed, carriageReturn] = [-1, -1, -1];
    for (let from = 0, at = 0; from < text.length;) {
      let behind: number | undefined;
      if (text.charCodeAt(at) === QUOTE) behind = this.#quoted(text, at, more, values);
      else {
        if (comma < at) comma = next(',', at);
        if (lineFeed < at) lineFeed = next('\n', at);
        if (carriageReturn < at) carriageReturn = next('\r', at);
        behind = Math.min(comma, lineFeed, carriageReturn);
        values.begins[values.count] = at;
        values.ends[values.count] = behind;
        values.doubled[values.count] = false;
      }
      if (behind === undefined || (behind === text.length && more)) return from;
      values.count += 1;
      const follows = text.charCodeAt(behind);
      at = behind + 1;
      if (follows === COMMA) continue;
      if (follows === CR) {
        if (at === text.length && more) return from;
        if (text.charCodeAt(at) !== LF) throw this.#broken('a carriage return that ends no line');
        at += 1;
      } else if (follows !== LF && behind < text.length) throw this.#broken('quotes are broken');
      this.#one(text, values);
      values.count = 0;
      from = at;
    }
    return text.length;
  }

  /** A value in quotes. @returns what is behind it; undefined where it is cut off */
  #quoted(text: string, at: number, more: boolean, { begins, ends, doubled, count }: Values): number | undefined {
    doubled[count] = false;
    for (let close = at + 1; ; close += 2) {
      close = text.indexOf('"', close);
      if (close < 0 && !more) throw this.#broken('quotes are broken');
      // Behind a quote at the end of a piece may come another.
      if (close < 0 || (close + 1 === text.length && more)) return undefined;
      if (text.charCodeAt(close + 1) === QUOTE) {
        doubled[count] = true;
        continue;
      }
      begins[count] = at + 1;
      ends[count] = close;
      return close + 1;
    }
  }

  #one(text: string, { begins, ends, doubled, count }: Values): void {
    const value = (place: number): string => {
      const said = text.slice(begins[place], ends[place]);
      return doubled[place] === true ? said.replaceAll('""', '"') : said;
    };
    if (this.#places === undefined) this.#names(Array.from({ length: count }, (_, place) => value(place)));
    else if (count === this.#width) this.record(this.#places.map(value));
    else throw new BadCsv(`record ${this.#read}: ${count} values where the first line names ${this.#width} columns`);
    this.#read += 1;
  }

  #names(names: readonly string[]): void {
    this.#places = this.columns.map((column) => {
      const [place, ...others] = names.flatMap((name, index) => (name === column ? [index] : []));
      if (place === undefined)
        throw new BadCsv(`there is no column ${column} among the ${names.length} that the first line names`);
      if (others.length > 0)
        throw new BadCsv(`the first line names the column ${column} ${others.length + 1} times: which is meant?`);
      return place;
    });
    this.#width = names.length;
  }

  #broken(how: string): BadCsv {
    return new BadCsv(`record ${this.#read}: ${how} (RFC 4180, section 2)`);
  }
}
