type Value = string | number | boolean | readonly string[];

/** Shorter ones stand in any text by chance. Bytes. */
const SHORTEST = 4;
/** Shorter ones stand in a gigabyte of what is random by chance: of eight bytes one in ten thousand million such files has them. Bytes. */
const SHORTEST_IN_FILE = 8;

/** A row has flags and dates of its own, so these say nothing about what was stored. */
const texts = (value: Value): string[] =>
  typeof value === 'object' ? [...value] : typeof value === 'boolean' || isDate(value) ? [] : [String(value)];
const isDate = (value: string | number): boolean => /^\d{4}-\d{2}-\d{2}(T|$)/.test(String(value));

/**
 * How many of these values can be read in a stored row, as they are, in hexadecimal or in base64 at any offset. `looked`
 * counts the values long enough to be looked for.
 */
export function findsIn(row: string, values: readonly Value[]): { readonly found: number; readonly looked: number } {
  const long = values.flatMap(texts).filter((text) => Buffer.byteLength(text) >= SHORTEST);
  const found = long.filter((text) => encodings(text).some((each) => row.includes(each)));
  return { found: found.length, looked: long.length };
}

/** The same of a whole file, sealed or not: values of eight bytes and more. It is read once, and nothing of it is kept but what ends a piece. */
export async function findsInFile(
  file: AsyncIterable<Buffer>,
  values: readonly Value[],
): Promise<{ readonly found: number; readonly looked: number; readonly bytes: number }> {
  const long = values.flatMap(texts).filter((text) => Buffer.byteLength(text) >= SHORTEST_IN_FILE);
  const sought = new Map(long.map((text) => [text, encodings(text).map((each) => Buffer.from(each))]));
  const longest = Math.max(0, ...[...sought.values()].flat().map((each) => each.length));
  const found = new Set<string>();
  let [end, bytes] = [Buffer.alloc(0), 0];
  for await (const piece of file) {
    bytes += piece.length;
    const window = Buffer.concat([end, piece]);
    for (const [text, each] of sought)
      if (!found.has(text) && each.some((one) => window.includes(one))) found.add(text);
    end = window.subarray(Math.max(0, window.length - longest));
  }
  return { found: long.filter((text) => found.has(text)).length, looked: long.length, bytes };
}

function encodings(text: string): string[] {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // What the bytes before and after decide is left out.
    const inner = whole.slice(offset === 0 ? 0 : offset + 1, whole.length - 1);
    return inner.length >= SHORTEST ? [inner, inner.replaceAll('+', '-').replaceAll('/', '_')] : [];
  });
  return [text, JSON.stringify(text).slice(1, -1), bytes.toString('hex'), ...base64];
}
