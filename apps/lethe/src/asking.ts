import { readFileSync } from 'node:fs';
import { HttpTransport } from '@lethe/client';
import { http, type Asking, type Role, type Route } from '@lethe/contracts';
import { Fault, isTenantId } from '@lethe/kernel';
import type { z } from 'zod';
import { addressesOf, Instance } from './demo/instance.ts';

/** A tenant of a running instance, as the command line names it. */
export interface Asked {
  readonly tenant: string;
  /** A base URL, or `compose`; absent: this machine's own. */
  readonly target?: string | undefined;
  /** Absent: a token of the development issuer. */
  readonly tokenFile?: string | undefined;
}

/** One role's doors of one tenant. */
export type Ask = <R extends Route>(route: R, asking: Asking<R>) => Promise<z.output<R['answer']>>;

export function asking({ target, tenant, tokenFile }: Asked, role: Role, sub: string = role): Ask {
  if (!isTenantId(tenant)) throw new Error('a tenant is named by small letters, digits and hyphens, from a letter on');
  const addresses = addressesOf(target);
  const instance = new Instance(addresses, tenant);
  const token =
    tokenFile === undefined
      ? () => instance.token(role, sub)
      : () => Promise.resolve(readFileSync(tokenFile, 'utf8').trim());
  const transport = new HttpTransport(addresses, token);
  return (route, asked) => transport.ask(route, asked);
}

/**
 * An auditor's doors of each of these tenants. @param tenants none: all that are open, in development
 * @throws where a token is given for several; where the instance tells nobody which tenants it has
 */
export async function askingEach(
  tenants: readonly string[],
  { target, tokenFile }: Omit<Asked, 'tenant'>,
): Promise<{ readonly tenant: string; readonly ask: Ask }[]> {
  if (tokenFile !== undefined && tenants.length !== 1)
    throw new Error('a token is of one tenant: name it, and no other, with --token-file');
  const named = tenants.length > 0 ? tenants : await openTenants(target);
  return named.map((tenant) => ({ tenant, ask: asking({ tenant, target, tokenFile }, 'auditor') }));
}

async function openTenants(target: string | undefined): Promise<string[]> {
  const anybody = new HttpTransport(addressesOf(target), () => '');
  const { tenants } = await anybody.ask(http.Tenants).catch((fault: unknown) => {
    throw fault instanceof Fault && fault.kind !== 'unavailable'
      ? new Error('this instance tells nobody which tenants it has: name one')
      : fault;
  });
  return tenants.map(({ tenant }) => tenant);
}
