import type { http } from '@lethe/contracts';
import type { Day } from '@lethe/kernel';

type EndState = NonNullable<(typeof http.End)['answer']['_output']['state']>;

/** How far the end of a tenant is. Legal time. */
export interface EndProgress {
  readonly confirmedAt?: Date | undefined;
  /** Collection takes nothing more in. */
  readonly stoppedAt?: Date | undefined;
  /** Collection has no part left. */
  readonly emptiedAt?: Date | undefined;
  readonly reachedAt?: Date | undefined;
  readonly shreddedAt?: Date | undefined;
  readonly finalAt?: Date | undefined;
}

export function stateOf(end: EndProgress): EndState {
  if (end.finalAt) return 'final';
  if (end.shreddedAt) return 'shredded';
  if (end.reachedAt) return 'reached';
  if (end.stoppedAt) return 'stopped';
  return end.confirmedAt ? 'ordered' : 'proposed';
}

/** What stands between an end and being reached. */
export interface Remaining {
  /** Orders somebody has not carried out. */
  readonly outstanding: number;
  /** Holds that are in force or being placed. */
  readonly holds: number;
}

/** No part is left with anybody: collection says so, every order is carried out by everyone, and nothing is held. */
export const isReached = (end: EndProgress, { outstanding, holds }: Remaining): boolean =>
  end.emptiedAt !== undefined && end.reachedAt === undefined && outstanding === 0 && holds === 0;

/** A tenant that takes nothing more in: its days go as soon as no floor is on them, and two persons have let that happen. */
export interface Ended {
  readonly end: string;
  /** The local day on which collecting stopped. */
  readonly stoppedOn: Day;
}

/** What the two persons let go: everything on which there was no floor when collecting stopped. */
export const letGoBy = ({ stoppedOn }: Ended, { floor }: { readonly floor?: Day | undefined }): boolean =>
  floor === undefined || floor <= stoppedOn;
