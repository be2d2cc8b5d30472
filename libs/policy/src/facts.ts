import type { Day, Zone } from '@lethe/kernel';
import type { BasisKind, ClauseId, CompartmentName, ConsentLevel, Custody, Method, Pack } from './pack.ts';
import type { Names, RefusalCode } from './refusals.ts';

/** The latest consent of one person for one purpose. */
export interface ConsentFact {
  readonly consent: string;
  readonly version: number;
  readonly state: 'given' | 'refused' | 'withdrawn';
  readonly level: ConsentLevel;
  /** The notice (pack version) under which the act was done. */
  readonly notice: string;
  /** Legal time of the act. */
  readonly at: Date;
  /** It followed from using the service; nobody said it. */
  readonly implied?: boolean | undefined;
  /** Where one of several is chosen: the level of trackers. */
  readonly choice?: string | undefined;
  /** The person has narrowed it to these fields; absent: all of the purpose. */
  readonly fields?: readonly string[] | undefined;
}

export type GuardianState = 'not-needed' | 'missing' | 'verified';

/** What is known of one person. A person without an entry has given nothing and needs no guardian. */
export interface SubjectFacts {
  /** By purpose. */
  readonly consents: Readonly<Record<string, ConsentFact>>;
  readonly guardian: GuardianState;
  /** Legal time of what was last said about the guardian. */
  readonly guardianAt?: Date;
  readonly state: 'open' | 'frozen' | 'restricted' | 'erased' | 'unknown';
  /** Of an age at which everything about a person is sensitive. */
  readonly sensitive?: boolean;
  /** Something of this person is parked: what is known of the consents may be old. */
  readonly unsettled?: boolean;
}

/** When everything, or one product, stops being collected for; legal time. */
export interface CeasedFacts {
  readonly everything?: Date;
  readonly products: ReadonlyMap<string, Date>;
}

export interface GateFacts {
  /** By subject ref. */
  readonly subjects: Readonly<Record<string, SubjectFacts>>;
  /** Consent is a lease: `stale` when the slot's heartbeat is too old. */
  readonly lease: 'live' | 'stale';
  /** What is no longer collected for, and since when. */
  readonly ceased?: CeasedFacts;
  /** The tenant's zone; the pack's where absent. */
  readonly zone?: Zone;
  /** What was submitted before and never changes again; absent: nothing of the kind is asked about. */
  readonly fixed?: FixedFacts;
}

/** Of a person and a purpose: the matters for which something never changes again; the empty name: for none in particular. */
export interface FixedFacts {
  of(subject: string, purpose: string): ReadonlySet<string>;
}

export interface AdmissionFacts extends GateFacts {
  /** Anchors of the submission's matter that have come, by name. */
  readonly matter?: { readonly anchors: Readonly<Record<string, Date>> } | undefined;
  /** The version in force now, where what is submitted was collected under an earlier one. */
  readonly present?: Pack | undefined;
  /** Where this deployment stores what it seals (ISO 3166); absent: it does not say. */
  readonly region?: string | undefined;
}

export type FieldValue = string | number | boolean | readonly string[];

/** Where something submitted comes from, and what whoever passes it on has attested. */
export interface SourceFacts {
  readonly kind: 'person' | 'automatic' | 'indirect' | 'public' | 'reused';
  readonly party?: string | undefined;
  readonly attestations: readonly string[];
  readonly since?: string | undefined;
  readonly covers: readonly string[];
  readonly purpose?: string | undefined;
}
/** A ground on which no consent is asked for, with what shows it. */
export interface CitedGround {
  readonly ground: string;
  readonly evidence: readonly string[];
}

/** What a platform submits; the shape of `contracts` `Submission`, without what no rule asks. */
export interface SubmissionFacts {
  readonly subject: string;
  readonly purpose: string;
  readonly matter?: string | undefined;
  /** ISO 8601. Absent: now. */
  readonly collectedAt?: string | undefined;
  readonly notice?: string | undefined;
  readonly channel?: string | undefined;
  readonly product?: string | undefined;
  readonly collector?: string | undefined;
  readonly source?: SourceFacts | undefined;
  readonly tracker?: string | undefined;
  readonly doNotTrack?: boolean | undefined;
  readonly exception?: CitedGround | undefined;
  readonly abroad?: CitedGround | undefined;
  readonly use?: string | undefined;
  readonly declarations: readonly string[];
  /** Where it is kept, as the platform says. */
  readonly region?: string | undefined;
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** Fields whose values stay with the platform; only for a purpose it holds itself. */
  readonly held?: readonly string[] | undefined;
  /** Where the platform keeps them. */
  readonly place?: string | undefined;
  readonly others: readonly {
    readonly subject: string;
    readonly declaration: string;
    readonly fields: Readonly<Record<string, FieldValue>>;
  }[];
}

export type PlannedDisposal =
  /** `anchor` is `collection` where the date cannot move; otherwise a matter's, and it may. */
  | { readonly kind: 'dated'; readonly anchor: string; readonly day: Day; readonly floor?: Day }
  | { readonly kind: 'waiting'; readonly anchor: string; readonly limit: Day };

/** Fields of one submission that share subject, basis, compartment and disposal class. */
export interface PlannedPart {
  readonly subject: string;
  readonly purpose: string;
  /** Names of the fields, in the order of the submission. */
  readonly fields: readonly string[];
  readonly basis: BasisKind | 'exception';
  /** Those of the fields that are sensitive, the person's age considered. */
  readonly sensitive: readonly string[];
  /** The consent it rests on, and its version. */
  readonly consent?: string;
  readonly consentVersion?: number;
  /** The version of the notice it was collected under: the submission's, else the one the consent was given to. */
  readonly notice?: string;
  readonly compartment: CompartmentName;
  readonly class: string;
  readonly custody: Custody;
  readonly method: Method;
  readonly disposal: PlannedDisposal;
  readonly clause: ClauseId;
}

/** What a rule decided against. `field` is a dotted path into what was asked; it never holds a value. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly clause: ClauseId;
  readonly field?: string;
}

export type Admission =
  | {
      readonly kind: 'admitted';
      /** Where it is kept (ISO 3166). */
      readonly region: string;
      readonly parts: readonly PlannedPart[];
      /** The fields that are kept, where they are not those submitted: some dropped, some cut to their shape. */
      readonly fields?: Readonly<Record<string, FieldValue>>;
      /** Fields the purpose does not declare, left out. */
      readonly dropped: readonly string[];
      /** Direct identifiers that are replaced before anything is stored. */
      readonly pseudonyms: readonly string[];
    }
  | ({ readonly kind: 'refused' } & Refusal);

/** One question of the gate. Which of its facts a kind needs, the contract says; a rule takes what is absent as not so. */
export interface GateQuestion {
  readonly kind: GateKind;
  readonly subject?: string | undefined;
  readonly purpose?: string | undefined;
  /** `use`, `collect`: empty is every field of the purpose. */
  readonly fields: readonly string[];
  readonly required?: readonly string[] | undefined;
  readonly use?: string | undefined;
  readonly channel?: string | undefined;
  readonly product?: string | undefined;
  readonly declarations?: readonly string[] | undefined;
  readonly moment?: string | undefined;
  readonly matter?: string | undefined;
  readonly exception?: CitedGround | undefined;
  readonly tracker?: string | undefined;
  readonly level?: string | undefined;
  readonly doNotTrack?: boolean | undefined;
  readonly sdk?: string | undefined;
  readonly permission?: string | undefined;
  readonly region?: string | undefined;
  readonly message?: string | undefined;
  readonly recipient?: string | undefined;
  readonly state?: 'personal' | 'deidentified' | 'anonymous' | undefined;
  readonly evidence?: readonly string[] | undefined;
}
export type GateKind =
  | 'collect'
  | 'use'
  | 'tracker'
  | 'sdk'
  | 'permission'
  | 'region'
  | 'message'
  | 'recipient'
  | 'page'
  | 'join'
  | 'dataset'
  | 'field';

/** What a verdict may add: what the data counts as, what must be done with it first, what a refusal costs. */
export interface GateRemarks {
  readonly classified?: 'not-personal' | 'personal' | 'sensitive' | 'anonymous';
  readonly treatment?: 'deidentify' | 'anonymize';
  readonly effect?: Names;
  /** Of a device permission: how it stands before anybody has touched it, and whether the function goes on without it. */
  readonly default?: 'off' | 'on';
  readonly optional?: boolean;
}
export type GateVerdict = GateRemarks &
  (
    | {
        readonly may: true;
        readonly basis?: BasisKind | 'exception';
        readonly consent?: string;
        readonly notice?: string;
        /** The platform holds this data itself: it has what it asks about, and Lethe opens nothing. */
        readonly heldBy?: 'platform';
        readonly clause: ClauseId;
      }
    | ({ readonly may: false } & Refusal)
  );

/** What is held of one person, as collection counts it. */
export interface Holding {
  readonly compartment: CompartmentName;
  readonly class: string;
  readonly custody: Custody;
  readonly method: Method;
  readonly parts: number;
  readonly floor?: Day | undefined;
  /** The anchor has not come. */
  readonly waiting: boolean;
  /** Parts under a hold. */
  readonly held: number;
  readonly restricted: number;
}

/** What an erasure does: everything that is not in `restrict` goes, `shred` by its key. */
export interface EraseScope {
  readonly shred: readonly CompartmentName[];
  readonly restrict: readonly {
    readonly compartment: CompartmentName;
    readonly class: string;
    readonly until?: Day;
    readonly basis: string;
  }[];
  readonly refuse?: { readonly code: RefusalCode; readonly clause: ClauseId };
}

/** One act of consent, before it is recorded. */
export interface ConsentActFacts {
  readonly purpose: string;
  readonly state: 'given' | 'refused' | 'withdrawn';
  readonly level: ConsentLevel;
  readonly notice?: string | undefined;
  /** Given together with something else in one act (a ticked box for all, the acceptance of terms). */
  readonly bundled?: boolean;
  /** It follows from using the service. */
  readonly implied?: boolean;
  /** The person has said yes to an earlier version of the policy. */
  readonly acceptedBefore?: boolean;
  /** In which way the person withdrew. */
  readonly route?: string;
  /** Which of several was chosen. */
  readonly choice?: string;
  /** Legal time of the act; now unless said. */
  readonly at?: Date;
  /** The latest notice about this that was shown to the person. */
  readonly shown?: {
    readonly version: string;
    readonly channel: string;
    readonly says: readonly string[];
    readonly at: Date;
  };
  readonly guardian: GuardianState;
  /** From this instant on nothing is collected any more. */
  readonly ceased?: Date;
}
export type ConsentVerdict =
  | { readonly kind: 'accepted'; readonly level: ConsentLevel; readonly notice: string; readonly clause: ClauseId }
  | ({ readonly kind: 'refused' } & Refusal);
