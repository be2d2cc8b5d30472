import type { Role } from '@lethe/contracts';
import type { SubjectRef, TenantId } from '@lethe/kernel';

/** Who asks. Everything here comes out of a verified token, nothing from a path, a query, a header or a body. */
export interface Caller {
  readonly tenant: TenantId;
  readonly role: Role;
  /** `iss#sub`: two approvals must come from two of these. */
  readonly sub: string;
  /** The person, in a token of role `subject`. */
  readonly subject?: SubjectRef;
  /** When the person last proved who they are; destructive acts of a subject ask for 5 minutes at most. */
  readonly authTime?: Date;
  /** The service that asks on behalf of someone, in a token of role `service`: `iss#sub` of the first caller. */
  readonly actor?: string;
}
