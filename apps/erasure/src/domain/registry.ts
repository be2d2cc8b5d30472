import { hasClass } from '@lethe/policy';

/**
 * Would a store that takes part in these classes be asked about less, if it said those? None named is a statement of its own:
 * whatever the platform holds, and no copy of what Lethe does.
 */
export const takesBack = (has: readonly string[], says: readonly string[]): boolean =>
  has.length === 0 || says.length === 0 ? has.length !== says.length : !has.every((one) => hasClass(says, one));
