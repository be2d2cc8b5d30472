import { randomBytes } from 'node:crypto';
import { inTopic, outTopic } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import { platformLogin, platformRights, type Installation } from '@lethe/platform';
import { administration } from './administration.ts';

/** What a platform needs to reach its two topics. */
export interface PlatformLogin {
  readonly mechanism: 'SCRAM-SHA-512';
  readonly username: string;
  readonly password: string;
  readonly in: string;
  readonly out: string;
}

/** Makes the login of a platform, or gives it another password; what it has open goes on. */
export async function makePlatformLogin(installation: Installation, tenant: TenantId): Promise<PlatformLogin> {
  const { open } = await administration(installation);
  try {
    const username = platformLogin(tenant);
    const password = randomBytes(32).toString('base64url');
    await open.ensure(username, password, platformRights(tenant));
    return { mechanism: 'SCRAM-SHA-512', username, password, in: inTopic(tenant), out: outTopic(tenant) };
  } finally {
    await open.close();
  }
}

/** Takes it away with all its rights, also from what it has open. */
export async function removePlatformLogin(installation: Installation, tenant: TenantId): Promise<void> {
  const { open } = await administration(installation);
  try {
    await open.remove(platformLogin(tenant));
  } finally {
    await open.close();
  }
}
