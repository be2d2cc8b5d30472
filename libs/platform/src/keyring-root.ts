import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@lethe/kernel';
import { FileRoot, TransitRoot, type Root } from '@lethe/sealing';
import type { Home } from './home/home.ts';

/** Where the root is that the epoch keys are wrapped under: a key of Vault's or OpenBao's transit engine. */
export interface TransitPlace {
  /** `https://bao.internal:8200`; plain HTTP from loopback only. */
  readonly address: string;
  readonly key: string;
  readonly mount?: string;
  readonly namespace?: string;
}

/** Below the home's secrets: the root itself, or the token with which the transit engine is asked. */
const FILE = 'keyring/keyring-root';
const TOKEN = 'keyring/transit-token';

/**
 * The root of this home: a file, or Transit where one is named. What was wrapped under one does not open under the other, so a
 * home that began with a file stays with it.
 * @throws Fault `conflict` `platform/root-differs`, `missing` `platform/no-secret` without a token, `invalid` for plain HTTP to elsewhere
 */
export async function rootOf(home: Home, transit: TransitPlace | undefined): Promise<Root> {
  const file = join(home.secrets.folder, FILE);
  if (transit === undefined) {
    if (home.secrets.find(TOKEN) !== undefined && !existsSync(file)) {
      throw new Fault(
        'conflict',
        'platform/root-differs',
        'the root of this home is in Transit; say where (LETHE_TRANSIT_URL)',
      );
    }
    return FileRoot.open(file, { create: true });
  }
  if (existsSync(file)) {
    throw new Fault('conflict', 'platform/root-differs', 'the root of this home is a file, and stays one');
  }
  refusePlain(transit.address);
  home.secrets.need(TOKEN);
  return new TransitRoot({ ...transit, token: () => Promise.resolve(home.secrets.need(TOKEN)) });
}

function refusePlain(address: string): void {
  const { protocol, hostname } = new URL(address);
  if (protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) return;
  throw new Fault('invalid', 'platform/plain-transit', 'the transit root is asked over https, or on this machine');
}
