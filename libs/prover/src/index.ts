export { prove, packsIn, select, type Selected, type Selection } from './prove.ts';
export { isProved, packReport, type PackReport, type ProvedClause, type Report } from './report.ts';
export type { Outcome } from './run.ts';
export { stepsPage } from './pages.ts';
