import type { Envelope, Role, Service } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import type { Caller } from './caller.ts';

/** What a token of the development issuer says. */
export interface DevelopmentToken {
  readonly tenant: string;
  readonly role: Exclude<Role, 'service'>;
  readonly sub?: string | undefined;
  readonly subject?: string | undefined;
}

/** Who may ask and who has signed: tokens of callers, tokens between services, signatures of orders. */
export interface Callers {
  /** @throws Fault `forbidden` `platform/no-caller` (no token, or one that is not good for us) */
  verify(authorization: string | undefined): Promise<Caller>;
  /** A token of role `service` for a question to a peer. */
  serviceToken(tenant: TenantId, actor?: string): Promise<string>;
  /** Compact JWS with detached payload (EdDSA) over the canonical event without `signature`. */
  signEvent(event: Omit<Envelope, 'signature'>): Promise<string>;
  /** True when the event carries a signature of the service that its type names, and nothing in it was changed. */
  verifyEvent(event: Envelope): Promise<boolean>;
  /** Signs any canonical statement of this service (RFC 8785), detached. */
  sign(statement: unknown): Promise<string>;
  verifyStatement(by: Service, statement: unknown, signature: string): Promise<boolean>;
}

