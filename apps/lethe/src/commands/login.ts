import { tenantId } from '@lethe/kernel';
import { installationOf } from '../installation.ts';
import { makePlatformLogin, removePlatformLogin } from '../platform-login.ts';

/** Prints the new login of a platform as JSON, once; its password is kept nowhere. */
export async function login(name: string, options: { readonly remove?: boolean }): Promise<void> {
  const tenant = tenantId(name);
  const installation = installationOf(process.env);
  if (options.remove) {
    await removePlatformLogin(installation, tenant);
    process.stderr.write(`lethe: the login of ${tenant} is gone\n`);
  } else {
    process.stdout.write(`${JSON.stringify(await makePlatformLogin(installation, tenant))}\n`);
  }
}
