/**
 * Every code with which a rule can refuse, for all packs. A refusal is a verdict: it names its clause beside the code,
 * is stored as evidence without the data, and is answered.
 */
export const REFUSALS = [
  'undeclared-purpose',
  'undeclared-field',
  'missing-field',
  'wrong-type',
  'no-consent',
  'consent-withdrawn',
  'consent-refused',
  'separate-consent-required',
  'consent-level-too-low',
  'not-consent-based',
  'notice-not-current',
  'reconsent-required',
  'policy-not-accepted',
  'policy-not-in-force',
  'asked-too-soon',
  'notice-not-shown',
  'notice-incomplete',
  'guardian-consent-required',
  'declaration-required',
  'territory-not-allowed',
  'permission-required',
  'basis-uncertain',
  'already-due',
  'collected-after-withdrawal',
  'subject-unknown',
  'subject-erased',
  'subject-frozen',
  'restricted',
  'held-by-platform',
  'matter-required',
  'not-collected',
  'immutable',
  'idempotency-key-reused',
  'tenant-unknown',
  'tenant-closed',
  'disposed',
] as const;

export type RefusalCode = (typeof REFUSALS)[number];

/** Codes that only a pack with the rule behind them can give: the rule names the clause, a pack need not. */
export const RULED_REFUSALS: readonly RefusalCode[] = [
  'reconsent-required',
  'policy-not-accepted',
  'policy-not-in-force',
  'asked-too-soon',
  'notice-not-shown',
  'notice-incomplete',
];

/** The languages in which people read names and verdicts. */
export type Language = 'zh-CN' | 'en';
/** What something is called, in every language Lethe speaks. */
export type Names = Readonly<Record<Language, string>>;
