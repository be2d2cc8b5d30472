/** Whether a person needs a guardian's consent, and has it. */
export type Guardian = 'not-needed' | 'missing' | 'verified';

/** One statement of the platform about a person. No age and no birth date: the platform keeps those. */
export interface GuardianStatement {
  readonly version: number;
  readonly guardian: Guardian;
  /** Legal time at which the person stops being a child, and the statement ends by itself. */
  readonly until?: Date;
}

/** What a statement says from the moment it is made. */
export const guardianOf = (stated: { readonly child: boolean; readonly guardianVerified: boolean }): Guardian =>
  stated.child ? (stated.guardianVerified ? 'verified' : 'missing') : 'not-needed';

/** What the latest statement means at an instant; a person nobody has called a child needs no guardian. */
export function guardianAt(latest: GuardianStatement | undefined, now: Date): Guardian {
  if (!latest || (latest.until && latest.until.getTime() <= now.getTime())) return 'not-needed';
  return latest.guardian;
}
