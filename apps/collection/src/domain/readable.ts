import type { RefusalCode } from '@lethe/contracts';

/** What collection itself knows of a part, beside what the rules say about its person and purpose. */
export interface Standing {
  readonly custody: 'lethe' | 'platform';
  readonly restricted: boolean;
  /** The order under which its day is closing or dead. */
  readonly order?: string | undefined;
  readonly kept: boolean;
}

/**
 * Why a part is not opened, whatever the rules say: the platform holds it; its day is closing and nothing keeps it; or
 * nothing but a floor keeps it, and then storage and security are all that is left. Undefined: it may be.
 */
export function unreadable(part: Standing): RefusalCode | undefined {
  if (part.order !== undefined && !part.kept) return 'disposed';
  if (part.restricted) return 'restricted';
  if (part.custody === 'platform') return 'held-by-platform';
  return undefined;
}
