import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { constants, inflateRawSync } from 'node:zlib';

/** Where a marker was found, and in which form. */
export interface Hit {
  readonly place: string;
  readonly form: string;
  /** The whole marker, where the form lets it be read on. */
  readonly marker: string;
}

/**
 * Texts and numbers of high entropy that stand nowhere unless somebody wrote them there. All of a run begin alike, so that one
 * search finds them all, in every encoding.
 */
export class Markers {
  readonly #letters = `q${randomBytes(8)
    .toString('hex')
    .replace(/[0-9]/g, (digit) => 'ghijkmnpqr'[Number(digit)] ?? 'x')}Z`;
  readonly #digits = `7${String(10 ** 8 + (randomBytes(4).readUInt32BE() % (9 * 10 ** 8)))}`;
  readonly #planted: string[] = [];

  /** A new text marker. Both sides of the part that is searched for vary, and one character is not ASCII. */
  text(about: string): string {
    const marker = `${this.#letters}n${String(this.#planted.push(about)).padStart(4, '0')}`;
    return `记${about.slice(0, 3)}${marker}记`;
  }

  number(about: string): number {
    return Number(`${this.#digits}${String(this.#planted.push(about)).padStart(4, '0')}`);
  }

  /** What is read behind a hit, as `found` names it. */
  nameOf(value: string | number): string {
    const text = String(value);
    const from = text.indexOf(typeof value === 'number' ? this.#digits : this.#letters);
    return text.slice(from, from + (typeof value === 'number' ? this.#digits.length + 4 : this.#letters.length + 5));
  }

  /** What stands here in any encoding, compressed or not. */
  in(bytes: Buffer, place: string): Hit[] {
    const hits = [...this.#search(bytes, place)];
    for (let at = bytes.indexOf(GZIP); at >= 0; at = bytes.indexOf(GZIP, at + 1)) {
      const inflated = inflate(bytes.subarray(at));
      if (inflated !== undefined) hits.push(...this.#search(inflated, `${place} (gzip at ${String(at)})`));
    }
    return hits;
  }

  /** The same for every file below a folder. */
  below(folder: string): Hit[] {
    return filesBelow(folder).flatMap((path) => {
      const bytes = contentOf(path);
      return bytes === undefined ? [] : this.in(bytes, path.slice(folder.length + 1));
    });
  }

  *#search(bytes: Buffer, place: string): Generator<Hit> {
    for (const core of [this.#letters, this.#digits]) {
      const length = core.length + (core === this.#letters ? 5 : 4);
      for (const { form, needle } of encodings(core)) {
        for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + needle.length)) {
          const marker = form === 'utf-8' ? bytes.toString('latin1', at, at + length) : core;
          yield { place, form, marker };
        }
      }
    }
  }
}

const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);

/** What is there of a gzip member (RFC 1952), also when it is cut off or something follows it. */
function inflate(member: Buffer): Buffer | undefined {
  const flags = member[3] ?? 0;
  let at = 10;
  if ((flags & 4) !== 0) at += 2 + (member.length > at + 1 ? member.readUInt16LE(at) : 0);
  for (const text of [8, 16]) if ((flags & text) !== 0) at = member.indexOf(0, at) + 1;
  if ((flags & 2) !== 0) at += 2;
  try {
    return inflateRawSync(member.subarray(at), { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1 << 26 });
  } catch {
    return undefined;
  }
}

/** The forms in which a text may lie somewhere; each stands for itself wherever it begins. */
export function encodings(text: string): { readonly form: string; readonly needle: Buffer }[] {
  const bytes = Buffer.from(text);
  const each = (of: (byte: number) => string): string => [...bytes].map(of).join('');
  const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
  const wide = Buffer.from(text, 'utf16le');
  const forms: [string, string | Buffer][] = [
    // ASCII, so this is also what it is in GBK, in JSON and in a URL that escapes only what it must.
    ['utf-8', bytes],
    ['utf-16le', wide],
    ['utf-16be', Buffer.from(wide).swap16()],
    ['hex', each(hex)],
    ['HEX', each(hex).toUpperCase()],
    ['url', each((byte) => `%${hex(byte)}`)],
    ['URL', each((byte) => `%${hex(byte).toUpperCase()}`)],
    ['json \\u', each((byte) => `\\u00${hex(byte)}`)],
    ['json \\U', each((byte) => `\\u00${hex(byte).toUpperCase()}`)],
    ...[0, 1, 2].flatMap((offset): [string, string][] => {
      const inner = base64At(bytes, offset);
      return [
        [`base64 +${String(offset)}`, inner],
        [`base64url +${String(offset)}`, inner.replaceAll('+', '-').replaceAll('/', '_')],
      ];
    }),
  ];
  const distinct = new Map(
    forms.map(([form, needle]) => [`${needle.toString('latin1')}`, { form, needle: Buffer.from(needle) }]),
  );
  return [...distinct.values()];
}

/** The characters of base64 that depend on these bytes alone, when they begin at this offset of a group of three. */
function base64At(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const whole = Math.floor(((offset + bytes.length) * 8) / 6);
  return text.slice(offset === 0 ? 0 : offset + 1, whole);
}

/** Undefined where the file is gone since it was listed: PostgreSQL throws its caches away when it likes. */
export function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}
