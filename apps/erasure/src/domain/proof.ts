import { Fault } from '@lethe/kernel';

/** A person's token is good for asking this long after they proved who they are. */
const FRESH_MS = 5 * 60_000;
const CLOCK_SKEW_MS = 5 * 60_000;

interface Asking {
  readonly role: string;
  readonly subject?: string | undefined;
  readonly authTime?: Date | undefined;
}

interface Asked {
  readonly subject: string;
  readonly identity?: { readonly method: string; readonly verifiedAt: string } | undefined;
}

/**
 * How it was proved who asks; undefined where an officer has to. A person proves it by a fresh token, the platform by
 * stating how and when.
 * @throws Fault `forbidden` for somebody else's request or a stale token; `invalid` for a proof from the future
 */
export function identityOf(
  asking: Asking,
  { subject, identity }: Asked,
  now: { readonly machine: Date; readonly legal: Date },
): string | undefined {
  if (asking.role === 'subject') {
    if (asking.subject !== subject) {
      throw new Fault('forbidden', 'erasure/not-your-own', 'a person may ask for themselves only', 'subject');
    }
    const age = asking.authTime === undefined ? Infinity : now.machine.getTime() - asking.authTime.getTime();
    if (age > FRESH_MS) {
      throw new Fault('forbidden', 'erasure/authenticate-again', 'the proof of who asks is older than 5 minutes');
    }
    return 'subject-token';
  }
  if (identity === undefined) return undefined;
  // The platform's clock is the machine's or, where the tenant's has been moved, the legal one.
  const latest = Math.max(now.legal.getTime(), now.machine.getTime()) + CLOCK_SKEW_MS;
  if (Date.parse(identity.verifiedAt) > latest) {
    const field = 'identity.verifiedAt';
    throw new Fault('invalid', 'erasure/identity-from-the-future', 'the proof is said to be from the future', field);
  }
  return identity.method;
}
