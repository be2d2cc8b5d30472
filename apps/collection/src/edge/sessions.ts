import { createPublicKey, createSecretKey } from 'node:crypto';
import { SESSION_JWE, SESSION_JWS, SESSION_MS, sessionSecret } from '@lethe/contracts';
import type { Database, TenantId } from '@lethe/kernel';
import type { Keyring } from '@lethe/sealing';
import { compactDecrypt, compactVerify, decodeProtectedHeader } from 'jose';
import { LRUCache } from 'lru-cache';
import { EdgeStore, type StoredSession } from './edge.store.ts';
import type { OpenSession } from './messages.ts';

/** How long an opened session may stay in memory, milliseconds: what keys are allowed. */
const KEPT_MS = 60_000;
/** Clocks of a platform and of Lethe may differ by this much. */
const SKEW_MS = 60_000;
/** After so long the private half of an intake key dies whatever waits, milliseconds. */
export const INTAKE_KEY_LIVES_MS = 26 * SESSION_MS;
const HOUR = /^\d{4}-\d{2}-\d{2}T\d{2}$/;

export type Believed = { readonly open: OpenSession; readonly stored: StoredSession } | { readonly code: string };
export type Found = { readonly open: OpenSession } | { readonly code: string };

/** Sessions of platforms: who opened one, and its secret, which opens as long as the hour's intake key lives. */
export class Sessions {
  private readonly opened = new LRUCache<string, OpenSession>({ max: 10_000, ttl: KEPT_MS });

  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  /**
   * Reads the statement with which a session is opened: signed by a key of this tenant, sealed to an intake key of this tenant,
   * naming this tenant and this session.
   * @param sentAt when the log took it, machine time
   */
  async believe(tenant: TenantId, session: string, statement: string, sentAt: Date): Promise<Believed> {
    const signer = kidOf(statement);
    if (signer === undefined) return { code: 'not-signed' };
    const key = await this.database.within(tenant, (sql) => new EdgeStore(sql, tenant).key(signer));
    if (key === undefined || key.ended_at !== null) return { code: 'unknown-signer' };
    let jwe: string;
    try {
      const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key.x }, format: 'jwk' });
      const { payload, protectedHeader } = await compactVerify(statement, publicKey, { algorithms: [SESSION_JWS.alg] });
      if (protectedHeader.typ !== SESSION_JWS.typ) return { code: 'forged-signature' };
      jwe = Buffer.from(payload).toString('utf8');
    } catch {
      return { code: 'forged-signature' };
    }
    const intakeKid = kidOf(jwe);
    if (intakeKid === undefined || !HOUR.test(intakeKid)) return { code: 'broken-jwe' };
    const open = await this.open(tenant, session, intakeKid, jwe);
    if ('code' in open) return open;
    const left = open.open.expires.getTime() - sentAt.getTime();
    if (left < -SKEW_MS) return { code: 'session-expired' };
    if (left > SESSION_MS + SKEW_MS) return { code: 'session-too-long' };
    // A key of an hour takes no session of a later one: so it is known when nothing under it can come any more.
    if (open.open.expires.getTime() > hourOf(intakeKid) + 2 * SESSION_MS + SKEW_MS) return { code: 'intake-key-over' };
    this.opened.set(`${tenant} ${session}`, open.open);
    return { ...open, stored: { session, signer, intakeKid, jwe, expires: open.open.expires } };
  }

  /** The session a message names, if it may speak at that instant. */
  async find(tenant: TenantId, session: string, sentAt: Date): Promise<Found> {
    const known = this.opened.get(`${tenant} ${session}`);
    if (known !== undefined) return notOver(known, sentAt);
    const stored = await this.database.within(tenant, (sql) => new EdgeStore(sql, tenant).session(session));
    if (stored === undefined) return { code: 'unknown-session' };
    const open = await this.open(tenant, session, stored.intakeKid, stored.jwe);
    if ('code' in open) return open;
    this.opened.set(`${tenant} ${session}`, open.open);
    return notOver(open.open, sentAt);
  }

  /** Nothing opened stays in memory: a signer was ended, an intake key has died. */
  forget(): void {
    this.opened.clear();
  }

  private async open(tenant: TenantId, session: string, intakeKid: string, jwe: string): Promise<Found> {
    const key = await this.keyring.intakeKeys.open(tenant, intakeKid);
    if (key === undefined) return { code: 'intake-key-gone' };
    let plain: Uint8Array;
    try {
      const read = await compactDecrypt(jwe, key, {
        keyManagementAlgorithms: [SESSION_JWE.alg],
        contentEncryptionAlgorithms: [SESSION_JWE.enc],
      });
      if (read.protectedHeader.typ !== SESSION_JWE.typ || read.protectedHeader.zip !== undefined)
        return { code: 'broken-jwe' };
      plain = read.plaintext;
    } catch {
      return { code: 'broken-jwe' };
    }
    const secret = sessionSecret.safeParse(jsonOf(plain));
    plain.fill(0);
    if (!secret.success) return { code: 'broken-jwe' };
    if (secret.data.tenant !== tenant) return { code: 'foreign-tenant' };
    if (secret.data.session !== session) return { code: 'not-its-session' };
    const bytes = Buffer.from(secret.data.key, 'base64url');
    const digestBytes = Buffer.from(secret.data.digestKey, 'base64url');
    const open = {
      tenant,
      session,
      key: createSecretKey(bytes),
      digestKey: createSecretKey(digestBytes),
      expires: new Date(secret.data.expires),
    };
    bytes.fill(0);
    digestBytes.fill(0);
    return { open };
  }
}

const notOver = (open: OpenSession, sentAt: Date): Found =>
  sentAt.getTime() > open.expires.getTime() + SKEW_MS ? { code: 'session-expired' } : { open };

/** The start of the hour a kid names, machine milliseconds. */
export const hourOf = (kid: string): number => Date.parse(`${kid}:00:00.000Z`);
export const kidOfHour = (now: Date): string => now.toISOString().slice(0, 13);

function kidOf(compact: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(compact);
    return typeof kid === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(kid) ? kid : undefined;
  } catch {
    return undefined;
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
