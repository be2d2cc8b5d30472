/** What a hold names. */
export type HoldScope =
  | { readonly kind: 'subject'; readonly subject: string }
  | { readonly kind: 'record'; readonly record: string; readonly subject: string }
  | { readonly kind: 'matter'; readonly matter: string }
  | { readonly kind: 'tenant' };

/** Parts that go already: under an order, or, of a withdrawal, by its entry in the ledger. */
export interface Late {
  readonly order?: string | undefined;
  readonly entry?: number | undefined;
  readonly parts: number;
}
/** What collection answers: recorded, with how many parts it keeps; or too late, with how many it names. What goes already says by which order. */
export interface HoldVerdict {
  readonly outcome: 'recorded' | 'too-late';
  readonly parts: number;
  readonly tooLate: readonly Late[];
}

/** Orders that an answer names; what goes by others is one number. */
const NAMED_AT_MOST = 100;

/**
 * Judges a hold under the locks of the days it touches. A part whose day is closing or dead, or whose keys an erasure or a withdrawal
 * has ended, and which nothing else keeps, is beyond holding. A hold on a person or a record is then refused whole, so that nobody
 * believes a part safe that is not; one on a matter or on everything is in force for the rest, and names what it came too late for.
 * @param how `partly`: it names no person; `keysDead`: what kept so many parts beyond their day has ended, and their keys with it; `gone`:
 * those of them whose rows are gone as well
 */
export function judgeHold(
  touched: readonly (Late & { readonly going: boolean; readonly kept: boolean })[],
  how: { readonly partly?: boolean; readonly keysDead?: { readonly parts: number; readonly gone: number } } = {},
): HoldVerdict {
  const late = touched.filter((each) => each.going && !each.kept);
  const parts = sum(touched);
  const rest = parts - sum(late);
  const tooLate = listed(late);
  if (how.keysDead !== undefined) {
    const dead = how.keysDead.parts;
    const { order, entry } = touched.find((each) => each.kept) ?? {};
    return how.partly === true && how.keysDead.gone === dead && rest > dead
      ? { outcome: 'recorded', parts: rest - dead, tooLate: listed([{ parts: dead }, ...late]) }
      : { outcome: 'too-late', parts, tooLate: listed([{ order, entry, parts: rest }, ...late]) };
  }
  if (late.length === 0) return { outcome: 'recorded', parts, tooLate };
  return how.partly === true && rest > 0
    ? { outcome: 'recorded', parts: rest, tooLate }
    : { outcome: 'too-late', parts, tooLate };
}

const sum = (parts: readonly Pick<Late, 'parts'>[]): number => parts.reduce((all, each) => all + each.parts, 0);

function listed(late: readonly Late[]): Late[] {
  const named = late.length > NAMED_AT_MOST ? late.slice(0, NAMED_AT_MOST - 1) : late;
  const others = late.slice(named.length);
  return [
    ...named.map(({ order, entry, parts }) => ({ order, entry, parts })),
    ...(others.length === 0 ? [] : [{ parts: sum(others) }]),
  ];
}
