import type { Period, Zone } from '@lethe/kernel';
import type { PackSections } from './pack-sections.ts';
import type { Names, RefusalCode } from './refusals.ts';
import type { WorkingCalendar } from './working-days.ts';

/**
 * Where a value comes from: `policy` the text of the policy, `statute` a law, `deployer` whoever runs this tenant,
 * `decision` ours, because the text is silent or contradicts itself.
 */
export type Source = 'policy' | 'statute' | 'deployer' | 'decision';
/** A value, whether the policy states it, and where it comes from if not. Silence is never "no limit". */
export interface Stated<Value> {
  readonly value: Value;
  readonly stated: boolean;
  readonly source: Source;
}

/** A clause id of the pack's register, `DM-RET-03`. */
export type ClauseId = string;
export const SOURCES = ['policy', 'statute', 'deployer', 'decision'] as const satisfies readonly Source[];

/** What can be erased together: `contract`, `statutory`, `evidence`, or `consent.<purpose>`. */
export type CompartmentName = string;
/** How a consent was given, weakest first; a stronger level satisfies a weaker one for the same purpose. */
export const CONSENT_LEVELS = [
  'acceptance',
  'opt-in',
  'device-permission',
  'explicit',
  'separate',
  'guardian',
] as const;
export type ConsentLevel = (typeof CONSENT_LEVELS)[number];
/** What makes a collection or a use lawful. `declared` rests on the authorization another person has declared. */
export const BASES = ['consent', 'contract', 'statute', 'declared'] as const;
export type BasisKind = (typeof BASES)[number];
export type Method = 'delete' | 'anonymize';
export type Custody = 'lethe' | 'platform';
export type Cohort = 'day' | 'week' | 'month';
export const FIELD_TYPES = ['text', 'number', 'flag', 'day', 'instant', 'list'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export interface Basis {
  readonly kind: BasisKind;
  /** The weakest consent that is enough; on `consent` only. */
  readonly level?: ConsentLevel;
  readonly clause: ClauseId;
}

export interface Field {
  readonly name: string;
  readonly names: Names;
  readonly category: string;
  readonly type: FieldType;
  readonly sensitive: boolean;
  /** `not-personal`: device and log data that becomes personal only when it is joined. */
  readonly whenAlone: 'personal' | 'not-personal';
  /** A company's own data is never personal. */
  readonly about: 'person' | 'organization';
  /** Never accepted in clear. */
  readonly secret: boolean;
  /** Tells a device or a person directly. */
  readonly identifier: boolean;
  /** The person's day of birth. */
  readonly birth: boolean;
  /** The device permission without which it may not be collected. */
  readonly permission?: string;
  /** The one shape in which a text is taken; `whole`: nothing may stand around it. */
  readonly accept?: { readonly shape: RegExp; readonly whole: boolean; readonly clause: ClauseId };
  /** How many characters staff see at either end. */
  readonly mask?: { readonly start: number; readonly end: number; readonly clause: ClauseId };
  readonly clause: ClauseId;
}

/** One field as one purpose uses it. */
export interface FieldRule {
  readonly field: string;
  readonly required: boolean;
  readonly basis: Basis;
  readonly class: string;
  readonly compartment: CompartmentName;
  readonly clause: ClauseId;
}

/** What may be collected about a person known only through the one who submits. */
export interface OthersRule {
  /** What the submitting person must have declared. */
  readonly declaration: string;
  readonly fields: ReadonlyMap<string, FieldRule>;
  readonly clause: ClauseId;
}

/** One of these must be declared. */
export interface AnyOf {
  readonly anyOf: readonly string[];
  readonly clause: ClauseId;
}

/** From whom data of a purpose may come beside the person. */
export interface Sources {
  readonly person: boolean;
  readonly indirect?: {
    readonly parties: ReadonlySet<string>;
    readonly attestations: readonly string[];
    readonly sensitiveAttestations: readonly string[];
    /** Uses that need to be covered by what the party was authorized to pass on. */
    readonly covers: ReadonlySet<string>;
    readonly consent?: string;
    readonly clause: ClauseId;
  };
  readonly public?: { readonly clause: ClauseId };
}

export interface Purpose {
  readonly name: string;
  readonly names: Names;
  readonly kind: 'basic' | 'additional';
  readonly basis: Basis;
  readonly custody: Custody;
  readonly fields: ReadonlyMap<string, FieldRule>;
  readonly others?: OthersRule;
  /** What lies in other purposes and may serve this one too. */
  readonly borrowed: ReadonlyMap<string, FieldRule>;
  /** What becomes of a field that is not declared. */
  readonly undeclared: 'refuse' | 'drop';
  readonly declarations?: AnyOf;
  /** What must be going on while it is collected. */
  readonly moment?: AnyOf;
  /** Logged, not typed in. */
  readonly automatic: boolean;
  /** Absent: every channel of the pack. */
  readonly channels?: ReadonlySet<string>;
  readonly sources?: Sources;
  /** A closed list; absent: the purpose itself. */
  readonly uses?: ReadonlySet<string>;
  readonly forbid?: { readonly uses: ReadonlySet<string>; readonly clause: ClauseId };
  /** Only what belongs to the matter named in the question. */
  readonly onlyMatter?: { readonly kind: string; readonly clause: ClauseId };
  readonly deidentify?: { readonly clause: ClauseId };
  /** At least one of these sets of fields must be complete. */
  readonly variants: readonly (readonly string[])[];
  /** The submission must say which notice the person was shown. */
  readonly noticeRequired: boolean;
  /** Fields never change again after `submission`, or after the declaration named here. */
  readonly immutable?: { readonly after: string; readonly clause: ClauseId };
  /** While Lethe does not answer, use goes on. */
  readonly whenAway?: { readonly clause: ClauseId };
  /** What refusing costs: the purposes that cannot be served without this one. */
  readonly refusing: { readonly effect: Names; readonly costs: readonly string[]; readonly clause: ClauseId };
  /** The purposes without which this one cannot be served. */
  readonly dependsOn: readonly string[];
  /** Other purposes for which what was collected here may be used. */
  readonly alsoUsedFor: readonly string[];
  /** Clauses named instead of the pack's own for a code. */
  readonly refusals: ReadonlyMap<RefusalCode, ClauseId>;
  readonly clause: ClauseId;
}

export interface Anchor {
  readonly name: string;
  readonly names: Names;
  /** The kind of matter it is an event of; absent for `collection`. */
  readonly matter?: string;
  readonly clause: ClauseId;
}

/** One dimension of a cell: what is left of a field when nobody can be told from it. */
export type Dimension = { readonly name: string; readonly field: string } & (
  | { readonly by: 'month' }
  | { readonly by: 'year' }
  | { readonly by: 'decade' }
  /** Only the values listed; anything else is `other`. Free text never survives. */
  | { readonly by: 'value'; readonly values: readonly string[] }
  /** Lower bounds, ascending: `100` with bounds 0, 80, 380 is `80-380`. */
  | { readonly by: 'band'; readonly bounds: readonly number[] }
  | { readonly by: 'map'; readonly groups: Readonly<Record<string, readonly string[]>> }
);

/** How a cohort becomes cells: the finest step first, each later one coarser. */
export interface Ladder {
  /** No cell of fewer people is ever stored. */
  readonly k: Stated<number>;
  /** When a result may leave: at most this maximum prosecutor risk (1 ÷ the people of the smallest cell). */
  readonly release?: { readonly maximumRisk: Stated<number>; readonly clause: ClauseId };
  readonly dimensions: readonly Dimension[];
  readonly measures: readonly Measure[];
  readonly steps: readonly (readonly string[])[];
}

/** What is summed in each cell. */
export interface Measure {
  readonly name: string;
  readonly field: string;
  /** Digits behind the point of a sum; each value is rounded to them, and then nothing more is. */
  readonly decimals: number;
  /** A sum stands where nobody in its cell can tell another's total to within so many percent of it. */
  readonly p: Stated<number>;
}

/** A floor whose last day is no working day ends on the next one (Civil Code article 203). */
export interface FloorEnd {
  readonly holidays: string;
  /** In days; by so many it ends later where nobody has published yet which days are worked. */
  readonly atMost: Stated<number>;
  /** What of the calendar is published in this version. */
  readonly published: WorkingCalendar;
}

/**
 * Parts of a tenant disposed of alike. A version that changes a class's anchor, period, floor, cohort or method begins
 * another class: what came in before keeps the name, what comes in under the version is `NAME.VERSION`.
 */
export interface DisposalClass {
  readonly name: string;
  /** What later versions say under the same name, oldest first: it shortens what is dated here, and never lengthens it. */
  readonly later?: readonly DisposalClass[];
  readonly names: Names;
  readonly anchor: string;
  readonly period: Stated<Period>;
  /** Where a class waits for a matter's anchor: how long from collection before it is a finding. */
  readonly limit?: Stated<Period>;
  /** Statutory minimum, from the same anchor. `basis` names it wherever something is restricted by it. */
  readonly floor?: {
    readonly period: Period;
    readonly basis: string;
    readonly law: Names;
    readonly end?: FloorEnd;
    /** It keeps longer than the period would, and wins; who says so. */
    readonly prevails?: 'statute' | 'deployer' | 'decision' | undefined;
    readonly clause: ClauseId;
  };
  /** The criterion by which the period was set. */
  readonly factor?: string;
  readonly method: Method;
  readonly cohort: Cohort;
  readonly ladder?: Ladder;
  readonly clause: ClauseId;
}

/** What only has a name and a clause. */
export interface Named {
  readonly names: Names;
  readonly clause: ClauseId;
}

/** One promise of the policy, in the register. */
export interface Clause {
  readonly id: ClauseId;
  readonly where: string;
  readonly concern: string;
  readonly class: 'enforceable' | 'evidenced' | 'outOfScope';
  readonly service?: string;
  readonly names: Names;
  /** What it means, in our words; one sentence. */
  readonly meaning: string;
  /** The rule that carries it (`purposes.order`), or `later`. */
  readonly rule: string;
  /** Another clause says the same and is proved for both. */
  readonly merged?: { readonly into: ClauseId; readonly why: string };
  /** What of it stays with the platform. */
  readonly platform?: string;
}

/** A tenant's privacy policy as data. Immutable; every rule is a function of it. */
export interface Pack extends PackSections {
  readonly apiVersion: 'lethe.dev/v1';
  readonly pack: string;
  readonly version: string;
  readonly effectiveFrom: string;
  /** SHA-256 of `policy.yaml` as it was read, hex. */
  readonly digest: string;
  readonly title: Names;
  readonly zone: Zone;
  readonly controller: {
    readonly names: Names;
    readonly address?: string;
    readonly country?: string;
    readonly clause: ClauseId;
  };
  /** What the text leaves to whoever runs the tenant. `example`: values to try the pack with, good for nothing else. */
  readonly deployer?: { readonly example: boolean; readonly gives: readonly string[] };
  /** Notices (versions) under which a consent still stands; the present version is one of them. */
  readonly notices: readonly string[];
  /** By earlier notice: the purposes that have changed since, to which a consent under it says nothing any more. */
  readonly reconsent?: ReadonlyMap<string, ReadonlySet<string>>;
  readonly anchors: ReadonlyMap<string, Anchor>;
  readonly fields: ReadonlyMap<string, Field>;
  readonly purposes: ReadonlyMap<string, Purpose>;
  readonly classes: ReadonlyMap<string, DisposalClass>;
  readonly declarations: ReadonlyMap<string, Named>;
  readonly backups: { readonly maxDays: Stated<number>; readonly clause: ClauseId };
  readonly evidence: { readonly period: Stated<Period>; readonly clause: ClauseId };
  /** The clause that stands behind each code. */
  readonly refusals: ReadonlyMap<RefusalCode, ClauseId>;
  readonly clauses: ReadonlyMap<ClauseId, Clause>;
}
