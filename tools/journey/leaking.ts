import type { Lethe } from '@lethe/client';
import type { SubjectRef, TenantId } from '@lethe/kernel';
import type { Auditor } from './auditor.ts';
import { eventually } from './eventually.ts';
import type { Ciphertext } from './living-keys.ts';
import { freshKey } from './people.ts';

const WAIT_MS = 20_000;

/** Asks to close the account of a person who has proved to be that person; on this ground, where the policy asks for one. @returns the request */
export async function askErasure(
  platform: Lethe,
  subject: SubjectRef,
  verifiedAt: string,
  ground?: string,
): Promise<string> {
  const { request } = await platform.askErasure({
    subject,
    kind: 'close-account',
    identity: { method: 'login-and-code', verifiedAt },
    idempotencyKey: freshKey(),
    ...(ground === undefined ? {} : { ground }),
  });
  return request;
}

/** Resolves, when the request is certified, with the name of its certificate. */
export const certificateOf = (platform: Lethe, request: string): Promise<string> =>
  eventually('the certificate', async () => {
    const asked = await platform.request(request, 'certified', WAIT_MS);
    if (asked.certificate === undefined) throw new Error(`${asked.state}, waits for ${asked.waitingFor.join(', ')}`);
    return asked.certificate;
  });

/** Closes the account of a person. @returns the request and its certificate, as handed out */
export async function erase(
  ...asked: Parameters<typeof askErasure>
): Promise<{ request: string; certificate: string }> {
  const [platform] = asked;
  const request = await askErasure(...asked);
  const certificate = await certificateOf(platform, request);
  return { request, certificate: JSON.stringify(await platform.certificate(certificate)) };
}

/** What is sealed of these people, as it lies in the vault. */
export const inVault = (data: Auditor, tenant: TenantId, subjects: readonly SubjectRef[]): Promise<Ciphertext[]> =>
  data.rows<Ciphertext>(
    'lethe_collection',
    'select part, subject, compartment, class, matter, sealed from part where tenant = $1 and subject = any($2) and sealed is not null',
    [tenant, subjects],
  );

/** Places and forms of what was found, each once. */
export const places = (hits: readonly { place: string; form: string }[]): string[] => [
  ...new Set(hits.map(({ place, form }) => `${place}: ${form}`)),
];
