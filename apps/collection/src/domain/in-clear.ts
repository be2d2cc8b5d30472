type Value = string | number | boolean | readonly string[];

/** Shorter ones stand in any text by chance. Bytes. */
const SHORTEST = 4;

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
