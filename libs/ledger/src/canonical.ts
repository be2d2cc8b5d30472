import exported from 'canonicalize';

/** A CommonJS module whose types claim an ES one: the default import is the function itself. */
const canonicalize = exported as unknown as (value: unknown) => string | undefined;

/** RFC 8785: one text for one value, whoever writes it. */
export function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('nothing to write');
  return text;
}

/** Strict base64url: undefined for a text that another text could stand for. */
export function bytesOf(text: string, length: number): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === length && bytes.toString('base64url') === text ? bytes : undefined;
}
