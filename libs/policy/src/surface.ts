import type { Day } from '@lethe/kernel';
import type {
  Admission, AdmissionFacts, ConsentActFacts, ConsentVerdict, EraseScope, FieldValue, GateFacts, GateQuestion, GateVerdict, Holding, SubmissionFacts,
} from './facts.ts';
import type { ConsentLevel, DisposalClass, Pack } from './pack.ts';
import type { Language, RefusalCode } from './refusals.ts';

const absent = (): never => {
  throw new Error('not built yet');
};

/** Reads `policy.yaml` and `clauses.yaml` of a folder. @throws PolicyFault */
export const loadPack: (folder: string) => Pack = absent;
/** @throws PolicyFault */
export const parsePack: (text: string, file: string, clauses?: { readonly text: string; readonly file: string }) => Pack = absent;
export const admit: (pack: Pack, facts: AdmissionFacts, submission: SubmissionFacts, now: Date) => Admission = absent;
export const mayUse: (pack: Pack, facts: GateFacts, question: GateQuestion, now: Date) => GateVerdict = absent;
/** The day a part of this class must be gone, and the first day its floor lets it go. */
export const disposalOf: (pack: Pack, className: string, anchorAt: Date) => { readonly day: Day; readonly floor?: Day } = absent;
/** The day from which a part that still waits for its anchor is a finding. */
export const waitingLimit: (pack: Pack, className: string, collectedAt: Date) => Day = absent;
export const eraseScope: (pack: Pack, holdings: readonly Holding[], now: Date) => EraseScope = absent;

/** One member of a cohort. `record` and `subject` are counted, never stored. */
export interface FoldMember { readonly subject: string; readonly record: string; readonly values: Readonly<Record<string, FieldValue>> }
export interface Cell { readonly dimensions: Readonly<Record<string, string>>; readonly people: number; readonly records: number }
/** The cell of one member at a step of the ladder (0 the finest). */
export const foldKey: (pack: Pack, className: string, values: Readonly<Record<string, FieldValue>>, step?: number) => Readonly<Record<string, string>> = absent;
/** Folds a whole cohort: cells of k people or more along the ladder; `anonymized` and `forgotten` count records. */
export const foldCohort: (pack: Pack, className: string, members: readonly FoldMember[]) => { readonly cells: readonly Cell[]; readonly anonymized: number; readonly forgotten: number } = absent;
export const refusalText: (code: RefusalCode, language: Language) => string = absent;
/** The weakest level that is enough; undefined where the purpose does not rest on consent. */
export const consentLevelFor: (pack: Pack, purpose: string) => ConsentLevel | undefined = absent;
export const acceptConsent: (pack: Pack, act: ConsentActFacts, now: Date) => ConsentVerdict = absent;
/** The classes of the pack, in its order. */
export const retentionClasses: (pack: Pack) => readonly DisposalClass[] = absent;
/** The last day on which a request received at this instant must be answered; the day of receipt is not counted. */
export const requestDeadline: (pack: Pack, receivedAt: Date) => Day = absent;
export const isChild: (pack: Pack, birthDay: Day, now: Date) => boolean = absent;
/** The day a backup must be gone: the days asked for, never more than the pack allows. */
export const backupPurgeDay: (pack: Pack, takenAt: Date, keepDays?: number) => Day = absent;
/** The day evidence of an act must be gone. */
export const evidenceDisposal: (pack: Pack, at: Date) => Day = absent;
/** The clause behind a code, for a purpose where one is known. */
export const clauseOf: (pack: Pack, code: RefusalCode, purpose?: string) => string = absent;
