export { prove, packsIn, select, type Selected, type Selection } from './prove.ts';
export { mutate, type MutantResult, type MutationReport } from './mutate.ts';
export { isProved, packReport, type PackReport, type ProvedClause, type Report } from './report.ts';
export type { Outcome } from './run.ts';
export { clausesPage, htmlPage, stepsPage } from './pages.ts';
