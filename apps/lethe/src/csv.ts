import { createReadStream } from 'node:fs';
import Papa from 'papaparse';

/** What is wrong with a file of records: says where and what, never what stands there. */
export class BadCsv extends Error {}

/**
 * Reads records (RFC 4180, UTF-8 with or without a byte order mark, one line of names first) and gives each the values of the
 * columns asked for, in that order; one piece of the file at a time.
 * @throws BadCsv no names, a name twice, a column that is not there, a record of another length, broken quotes, not UTF-8
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

/** The line break outside of quotes that comes first. */
function lineBreakOf(text: string): '\r\n' | '\n' {
  const bare = text.replaceAll(/"[^"]*"/g, '');
  return bare[bare.indexOf('\n') - 1] === '\r' ? '\r\n' : '\n';
}

interface Parsed {
  readonly data: readonly string[][];
  readonly errors: readonly Papa.ParseError[];
  readonly meta: { readonly cursor: number };
}

class Reader {
  #places: readonly number[] | undefined;
  #width = 0;
  #rest = '';
  #lineBreak: '\r\n' | '\n' | undefined;
  /** Records gone by, the names included. */
  #read = 0;

  constructor(
    private readonly columns: readonly string[],
    private readonly record: (values: readonly string[]) => void,
  ) {}

  /** The next piece of the file. Its last record may be cut off, and waits for the rest. */
  read(text: string): void {
    this.#rest += text;
    this.#lineBreak ??= lineBreakOf(this.#rest);
    this.#rest = this.#rest.slice(this.#take(this.#rest, true));
  }

  /** @returns how far it came: to the beginning of a record that is cut off, or to the end */
  #take(text: string, more: boolean): number {
    let from = 0;
    if (this.#places === undefined) {
      const end = text.indexOf(this.#lineBreak!);
      const line = text.slice(0, end);
      if (end < 0 || line.includes('"')) return this.#parse(text, more);
      this.#names(line.split(','));
      this.#read = 1;
      from = end + this.#lineBreak!.length;
    }
    const rest = text.slice(from);
    return from + (rest.includes('"') ? this.#parse(rest, more) : this.#cut(rest, this.#places!, more));
  }

  /** Without quotes a record is a line, and of a line only the columns asked for are cut out. */
  #cut(text: string, places: readonly number[], more: boolean): number {
    const lineBreak = this.#lineBreak!;
    // Where each column begins, and one past the last: reused from line to line.
    const begins = new Array<number>(this.#width + 1);
    let comma = text.indexOf(',');
    for (let from = 0; ;) {
      const found = text.indexOf(lineBreak, from);
      if (found < 0 && (more || from === text.length)) return from;
      const end = found < 0 ? text.length : found;
      begins[0] = from;
      let width = 1;
      for (; comma >= 0 && comma < end; width += 1) {
        if (width < this.#width) begins[width] = comma + 1;
        comma = text.indexOf(',', comma + 1);
      }
      begins[this.#width] = end + 1;
      this.#check(width);
      this.record(places.map((place) => text.slice(begins[place], begins[place + 1]! - 1)));
      this.#read += 1;
      if (found < 0) return end;
      from = end + lineBreak.length;
    }
  }

  #parse(text: string, more: boolean): number {
    const parser = new Papa.Parser({ delimiter: ',', newline: this.#lineBreak });
    const { data, errors, meta } = parser.parse(text, 0, more) as Parsed;
    // What is wrong with a record that is cut off may only be that.
    const broken = errors.find(({ type, row }) => type === 'Quotes' && !(more && row === data.length));
    if (broken !== undefined)
      throw new BadCsv(`record ${this.#read + (broken.row ?? 0)}: quotes are broken (RFC 4180, section 2)`);
    for (const row of data) {
      if (this.#places === undefined) this.#names(row);
      else this.#one(this.#places, row);
      this.#read += 1;
    }
    return meta.cursor;
  }

  end(): void {
    if (this.#rest !== '') this.#take(this.#rest, false);
    if (this.#places === undefined)
      throw new BadCsv('the file is empty: it needs a first line with the names of columns');
  }

  #names(names: readonly string[]): void {
    if (names.some((name) => name.trim() === ''))
      throw new BadCsv('the first line must name every column, and a name is empty');
    if (new Set(names).size < names.length) throw new BadCsv('the first line names a column twice');
    this.#places = this.columns.map((column) => {
      const place = names.indexOf(column);
      if (place < 0)
        throw new BadCsv(`there is no column ${column} among the ${names.length} that the first line names`);
      return place;
    });
    this.#width = names.length;
  }

  #one(places: readonly number[], row: readonly string[]): void {
    this.#check(row.length);
    this.record(places.map((place) => row[place]!));
  }

  #check(values: number): void {
    if (values !== this.#width)
      throw new BadCsv(`record ${this.#read}: ${values} values where the first line names ${this.#width} columns`);
  }
}
