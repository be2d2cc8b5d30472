import type { Field } from './pack.ts';

/** How a shape is written in the pack. */
export interface AcceptFile {
  readonly begins?: string | undefined;
  readonly of: 'digits' | 'letters' | 'letters-and-digits';
  readonly from: number;
  readonly to: number;
  readonly rest: 'drop' | 'refuse';
  readonly clause: string;
}

const CHARACTERS: Readonly<Record<AcceptFile['of'], string>> = {
  digits: '[0-9]',
  letters: '[A-Za-z]',
  'letters-and-digits': '[A-Za-z0-9]',
};

/** The shape as one expression: a literal beginning and one repeated class, so that no text makes it slow. */
export function acceptedShape({ begins, of, from, to, rest, clause }: AcceptFile): NonNullable<Field['accept']> {
  const literal = (begins ?? '').replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const body = `${literal}${CHARACTERS[of]}{${from},${to}}`;
  return { shape: new RegExp(rest === 'refuse' ? `^${body}$` : body, 'u'), whole: rest === 'refuse', clause };
}

/** What of a text is kept: the match, or nothing. */
export const acceptedText = (accept: NonNullable<Field['accept']>, text: string): string | undefined =>
  accept.shape.exec(text)?.[0];
