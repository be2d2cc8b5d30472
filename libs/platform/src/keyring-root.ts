import { existsSync, readdirSync } from 'node:fs';
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
/** The two slots of the epoch keys, below `keys` and below the secrets of the keyring. */
const EPOCHS = 'epoch';

/**
 * The root of this home: a file, or Transit where one is named. What was wrapped under one does not open under the other, so a
 * home that began with a file stays with it, and a file is made once.
 * @throws Fault `unavailable` `sealing/no-root` when the file is gone and epoch keys are there; `conflict` `platform/root-differs`, `missing` `platform/no-secret` without a token, `invalid` for plain HTTP to elsewhere
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
    // Where keys lie that a root has wrapped, another one opens nothing: it would only hide that theirs is lost.
    const isNew = ![join(home.folder('keys'), EPOCHS), join(home.secrets.folder, 'keyring', EPOCHS)].some(holdsAny);
    return FileRoot.open(file, { create: isNew });
  }
  if (existsSync(file)) {
    throw new Fault('conflict', 'platform/root-differs', 'the root of this home is a file, and stays one');
  }
  refusePlain(transit.address);
  home.secrets.need(TOKEN);
  return new TransitRoot({ ...transit, token: () => Promise.resolve(home.secrets.need(TOKEN)) });
}

const holdsAny = (folder: string): boolean => existsSync(folder) && readdirSync(folder).length > 0;

function refusePlain(address: string): void {
  const { protocol, hostname } = new URL(address);
  if (protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) return;
  throw new Fault('invalid', 'platform/plain-transit', 'the transit root is asked over https, or on this machine');
}
