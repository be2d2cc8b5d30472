import type { Compartment } from '@lethe/contracts';
import type { Day, MatterId, PartId, SubjectRef } from '@lethe/kernel';

/** Which time key a part is sealed under: the day's, where its date cannot move, otherwise its matter's. */
export type PartTime =
  | { readonly kind: 'day'; readonly day: Day; readonly class: string }
  | { readonly kind: 'matter'; readonly matter: MatterId; readonly class: string };

/** What a ciphertext is bound to. Opened under anything else, it does not open. */
export interface PartLabels {
  readonly part: PartId;
  readonly subject: SubjectRef;
  readonly compartment: Compartment;
  readonly time: PartTime;
}

export interface SealItem extends PartLabels {
  readonly plaintext: Buffer;
  /**
   * The subject key's generation. A consent-based compartment passes the version of the consent it is admitted under, so that
   * a withdrawal shreds what came before it and nothing of what comes after. Absent: the youngest living generation, or a new one.
   */
  readonly generation?: number;
}

/**
 * Why a part is not sealed. `subject-key-dead`: this generation, or the whole subject, has been shredded;
 * `day-closing`, `day-dead`: its day (or its matter's) is being or has been disposed of.
 */
export type SealRefusal = 'subject-key-dead' | 'day-closing' | 'day-dead';
export type SealOutcome =
  | { readonly sealed: Buffer; readonly generation: number; readonly reason?: undefined }
  | { readonly reason: SealRefusal; readonly sealed?: undefined };

export interface OpenItem extends PartLabels {
  readonly sealed: Buffer;
}

/** Why a part does not open. `day-dead`: also of a matter, whose key is then removed; `unknown-key`: no such key was ever made; `altered`: the ciphertext or its labels are not what was sealed. */
export type OpenRefusal = 'subject-key-dead' | 'day-dead' | 'unknown-key' | 'altered';
export type OpenOutcome =
  | { readonly plaintext: Buffer; readonly reason?: undefined }
  | { readonly reason: OpenRefusal; readonly plaintext?: undefined };

/** What `verifyOpen` asks about a part sealed a moment ago. */
export interface SealedLabels extends PartLabels {
  readonly generation: number;
}
