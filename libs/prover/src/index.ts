export { prove, packsIn, select, type Selected, type Selection } from './prove.ts';
export { withinReach, withTexts, type Instance } from './instance.ts';
export { keyOf, keysOf, readKills, fingerprint, uncheckedOf, type Unchecked } from './kills.ts';
export { mutate, record, type MutantResult, type MutationChoice, type MutationReport } from './mutate.ts';
export type { Mutant } from './mutants.ts';
export { isChecked, isProved, packReport, type PackReport, type ProvedClause, type Report } from './report.ts';
export type { Outcome } from './run.ts';
export { htmlPage } from './html.ts';
export { clausesPage, stepsPage } from './pages.ts';
