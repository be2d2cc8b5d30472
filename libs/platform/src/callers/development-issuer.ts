import type { KeyObject } from 'node:crypto';
import { role, subject, tenant } from '@lethe/contracts';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { AUDIENCE, LIFETIME_SECONDS } from './callers.ts';

export const DEVELOPMENT_ISSUER = 'lethe-development';

/** Body of `POST /v1/development/token`. */
export const developmentTokenBody = z.object({
  tenant,
  role: role.exclude(['service']),
  /** Who, within the issuer: two approvals need two. */
  sub: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)
    .optional(),
  subject: subject.optional(),
});

/** Signs a token for whoever asks: exists in instances of mode `development` only. @param now machine time */
export async function developmentToken(
  key: KeyObject,
  asked: z.output<typeof developmentTokenBody>,
  now: Date,
): Promise<{ token: string; expiresAt: string }> {
  const seconds = Math.floor(now.getTime() / 1000);
  const token = await new SignJWT({
    tenant: asked.tenant,
    role: asked.role,
    ...(asked.subject === undefined ? {} : { subject: asked.subject, auth_time: seconds }),
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: DEVELOPMENT_ISSUER })
    .setIssuer(DEVELOPMENT_ISSUER)
    .setSubject(asked.sub ?? `a-${asked.role}`)
    .setAudience(AUDIENCE)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + LIFETIME_SECONDS)
    .sign(key);
  return { token, expiresAt: new Date((seconds + LIFETIME_SECONDS) * 1000).toISOString() };
}
