/** What a hold names. */
export type HoldScope =
  | { readonly kind: 'subject'; readonly subject: string }
  | { readonly kind: 'record'; readonly record: string; readonly subject: string }
  | { readonly kind: 'matter'; readonly matter: string }
  | { readonly kind: 'tenant' };

/** What collection answers: recorded, or which order was there first. */
export type HoldVerdict =
  | { readonly outcome: 'recorded'; readonly parts: number }
  | { readonly outcome: 'too-late'; readonly order?: string | undefined; readonly parts: number };

/**
 * Judges a hold under the locks of the days it touches. A part whose day is closing or dead, or whose
 * keys an erasure has ended, and which nothing else keeps, is beyond holding: the hold is refused whole and names the order, so that nobody believes a part safe that is not.
 * @param kept `keys-dead`: what kept a part beyond its day has ended, and its keys with it
 */
export function judgeHold(
  touched: readonly {
    readonly going: boolean;
    readonly order?: string | undefined;
    readonly kept: boolean;
    readonly parts: number;
  }[],
  kept: 'keys-live' | 'keys-dead' = 'keys-live',
): HoldVerdict {
  const parts = touched.reduce((sum, each) => sum + each.parts, 0);
  const late = touched.find((each) => each.going && !each.kept);
  if (late !== undefined) return { outcome: 'too-late', order: late.order, parts };
  if (kept === 'keys-live') return { outcome: 'recorded', parts };
  return { outcome: 'too-late', order: touched.find((each) => each.kept)?.order, parts };
}
