export { CARRIED } from './check-coverage.ts';
export * from './facts.ts';
export * from './pack.ts';
export type * from './pack-sections.ts';
export { REFUSALS, type Language, type Names, type RefusalCode } from './refusals.ts';
export { refusalText } from './refusal-texts.ts';
export { PolicyFault, describeFinding, type Finding } from './finding.ts';
export {
  checkFolder,
  inspectPack,
  loadPack,
  parsePack,
  type BesidePolicy,
  type Inspected,
  type PackText,
} from './load-pack.ts';
export { CARRIERS, clauseJsonSchema, CONCERNS, deployerJsonSchema, packJsonSchema } from './pack-file.ts';
export { admit } from './admission.ts';
export { acceptConsent, consentLevelFor, endsWith, mayShow, withdrawalWarning } from './consent.ts';
export { judge } from './gate.ts';
export { mayUse, type UseQuestion } from './gate/use.ts';
export { CHILD_RULES, POLICY, TRACKERS, agreeable } from './agreeing.ts';
export { explain, explainable, type Explanation } from './explain.ts';
export { periodText } from './period-text.ts';
export { CLOCK_TOLERANCE_MS, clauseOf, isAhead, judgeInForce, subjectFacts } from './basis.ts';
export { COPIES_A_DAY, judgeCopies } from './rules/copies.ts';
export { Fixed } from './rules/fixed.ts';
export { isRegion } from './rules/regions.ts';
export { judgeRelease, releaseThreshold } from './rules/release.ts';
export { hasClass, isCovered, judgeRestore, mayLieIn, type CopyFacts } from './rules/backups.ts';
export { judgeExtension, type ExtensionFacts } from './rules/extensions.ts';
export { judgeCover, judgeStaff, maskValue, type StaffFacts } from './rules/staff.ts';
export { afterEarlier, changedPurposes, inForce, whatGrew, type DatedPack } from './versions.ts';
export { compartmentsOf, eraseScope, platformClasses } from './erasure.ts';
export { Cohort, type Cell, type Folded, type FoldMember } from './fold.ts';
export { type Measured } from './measure.ts';
export { controlStates, weakerSources, type ControlState, type Protection } from './controls.ts';
export { Classes, riskOf, type Risk } from './risk.ts';
export {
  backupPurgeDay,
  classOf,
  cohortOf,
  disposalOf,
  disposalUnder,
  isMatterOver,
  evidenceDisposal,
  evidenceOver,
  goesOn,
  isChild,
  isSensitiveAge,
  requestDeadline,
  retentionClasses,
  waitingLimit,
  type DisposalDate,
} from './disposal.ts';
export { comparePacks, judgeActivation, type ActivationRefusal, type Changes, type Publication } from './changes.ts';
export { reductionsOf } from './reductions.ts';
export { rightsOf, type PolicyAct, type PolicyShown } from './rights.ts';
export { addSpan, ageLines, type AgeLines } from './minors.ts';
