import { createHash, type KeyObject } from 'node:crypto';
import { role as roles, type Envelope, type Role, type Service } from '@lethe/contracts';
import { Fault, isRef, isTenantId, type SubjectRef, type TenantId } from '@lethe/kernel';
import { decodeProtectedHeader, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Caller } from './caller.ts';
import type { DenyList, TokenNames } from './deny-list.ts';
import { signDetached, verifyDetached } from './detached.ts';
import { publicKeyOf, type PublicKeyEntry } from './keys.ts';

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

/** Who may say who is asking, for which tenants, with which fixed keys. `jku`, `x5u` and `jwk` of a token are never followed. */
export interface Issuer {
  readonly iss: string;
  readonly tenants: readonly string[] | 'all';
  readonly keys: readonly PublicKeyEntry[];
}

export interface CallersOptions {
  readonly service: Service;
  readonly signingKey: KeyObject;
  /** Public keys of all services, `kid` the service's name: the pinned list. */
  readonly services: readonly PublicKeyEntry[];
  readonly issuers: readonly Issuer[];
  /** Absent: no token is denied that is good by itself. */
  readonly denied?: Pick<DenyList, 'has'>;
  /** Machine time. */
  readonly now: () => Date;
}

interface Believed {
  readonly caller: Caller;
  readonly names: TokenNames;
}

export const AUDIENCE = 'lethe';
export const LIFETIME_SECONDS = 600;
const SKEW_SECONDS = 60;
/** A verified token is remembered no longer than this, so that an exchanged key is noticed. */
const REMEMBER_MS = 60_000;
const SERVICE_ISSUER = 'lethe/';

const refused = (): Fault => new Fault('forbidden', 'platform/no-caller', 'a valid token is needed');

/** Tokens and signatures with Ed25519 keys from a fixed list. */
export class KeyedCallers implements Callers {
  readonly #options: CallersOptions;
  readonly #services: ReadonlyMap<string, KeyObject>;
  readonly #issuers: ReadonlyMap<string, { readonly issuer: Issuer; readonly keys: ReadonlyMap<string, KeyObject> }>;
  readonly #remembered = new LRUCache<string, Believed & { readonly until: number }>({ max: 10_000 });

  constructor(options: CallersOptions) {
    this.#options = options;
    this.#services = new Map(options.services.map((entry) => [entry.kid, publicKeyOf(entry)]));
    this.#issuers = new Map(
      options.issuers.map((issuer) => [
        issuer.iss,
        { issuer, keys: new Map(issuer.keys.map((entry) => [entry.kid, publicKeyOf(entry)])) },
      ]),
    );
  }

  async verify(authorization: string | undefined): Promise<Caller> {
    const token = /^Bearer ([A-Za-z0-9_.-]{1,4096})$/.exec(authorization ?? '')?.[1];
    if (token === undefined) throw refused();
    const now = this.#options.now().getTime();
    const name = createHash('sha256').update(token).digest('base64url');
    const known = this.#remembered.get(name);
    if (known !== undefined && now < known.until) return this.#notDenied(known);
    const { caller, names, expires } = await this.#read(token);
    this.#remembered.set(name, {
      caller,
      names,
      until: Math.min(now + REMEMBER_MS, expires * 1000 + SKEW_SECONDS * 1000),
    });
    return this.#notDenied({ caller, names });
  }

  #notDenied({ caller, names }: Believed): Caller {
    if (this.#options.denied?.has(names) === true) throw refused();
    return caller;
  }

  async serviceToken(tenant: TenantId, actor?: string): Promise<string> {
    const { service, signingKey } = this.#options;
    const now = Math.floor(this.#options.now().getTime() / 1000);
    return new SignJWT({ tenant, role: 'service', ...(actor === undefined ? {} : { act: { sub: actor } }) })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: service })
      .setIssuer(`${SERVICE_ISSUER}${service}`)
      .setSubject(service)
      .setAudience(AUDIENCE)
      .setIssuedAt(now)
      .setExpirationTime(now + 120)
      .sign(signingKey);
  }

  signEvent(event: Omit<Envelope, 'signature'>): Promise<string> {
    return this.sign(event);
  }

  verifyEvent(event: Envelope): Promise<boolean> {
    const { signature, ...statement } = event;
    const by = event.type.split('.')[0] as Service;
    return signature === undefined ? Promise.resolve(false) : this.verifyStatement(by, statement, signature);
  }

  sign(statement: unknown): Promise<string> {
    return Promise.resolve(signDetached(this.#options.signingKey, this.#options.service, statement));
  }

  verifyStatement(by: Service, statement: unknown, signature: string): Promise<boolean> {
    const key = this.#services.get(by);
    return Promise.resolve(key !== undefined && verifyDetached(key, by, statement, signature));
  }

  async #read(token: string): Promise<Believed & { readonly expires: number }> {
    try {
      const { iss } = unverified(token);
      const { kid } = decodeProtectedHeader(token);
      const service = iss.startsWith(SERVICE_ISSUER) ? iss.slice(SERVICE_ISSUER.length) : undefined;
      const isService = service !== undefined && this.#services.has(service);
      const issuer = this.#issuers.get(iss);
      const key = isService ? (kid === service ? this.#services.get(service) : undefined) : issuer?.keys.get(kid ?? '');
      if (key === undefined) throw refused();
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['EdDSA'],
        audience: AUDIENCE,
        issuer: iss,
        typ: 'at+jwt',
        clockTolerance: SKEW_SECONDS,
        currentDate: this.#options.now(),
        requiredClaims: ['exp', 'iat', 'sub'],
      });
      if (
        payload.exp! - payload.iat! > LIFETIME_SECONDS ||
        payload.iat! > this.#options.now().getTime() / 1000 + SKEW_SECONDS
      )
        throw refused();
      const caller = callerOf(payload);
      // Only services speak as services, and a service never speaks as anyone else.
      if ((caller.role === 'service') !== isService) throw refused();
      if (!isService && issuer!.issuer.tenants !== 'all' && !issuer!.issuer.tenants.includes(caller.tenant))
        throw refused();
      const client = payload['client_id'] ?? payload['azp'];
      const names = {
        caller: caller.sub,
        token: payload.jti,
        client: typeof client === 'string' ? `${iss}#${client}` : undefined,
      };
      return { caller, names, expires: payload.exp! };
    } catch {
      throw refused();
    }
  }
}

function unverified(token: string): { readonly iss: string } {
  const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const iss = typeof payload === 'object' && payload !== null ? (payload as { iss?: unknown }).iss : undefined;
  if (typeof iss !== 'string') throw refused();
  return { iss };
}

function callerOf(payload: JWTPayload): Caller {
  const role = roles.safeParse(payload['role']);
  const { tenant, subject, auth_time: authTime, act } = payload as Record<string, unknown>;
  if (
    !role.success ||
    typeof tenant !== 'string' ||
    !isTenantId(tenant) ||
    payload.sub === undefined ||
    payload.sub.length > 256
  )
    throw refused();
  if (subject !== undefined && !(typeof subject === 'string' && isRef(subject))) throw refused();
  if ((role.data === 'subject') !== (subject !== undefined)) throw refused();
  const actor = typeof act === 'object' && act !== null ? (act as { sub?: unknown }).sub : undefined;
  return {
    tenant,
    role: role.data,
    sub: `${payload.iss!}#${payload.sub}`,
    ...(subject === undefined ? {} : { subject: subject as SubjectRef }),
    ...(typeof authTime === 'number' ? { authTime: new Date(authTime * 1000) } : {}),
    ...(role.data === 'service' && typeof actor === 'string' ? { actor } : {}),
  };
}
