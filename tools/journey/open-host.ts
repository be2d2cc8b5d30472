/**
 * A host for the leak test alone, beside `lethe start`: the same services and servers, but the vault's sealer does nothing. What
 * that test finds here it would find there, if the sealing were broken. There is no switch for this anywhere else.
 */
import type { Keyring, Sealer } from '@lethe/sealing';
import { host } from './host.ts';

const sealsNothing: Sealer = {
  seal: (_, items) =>
    Promise.resolve(items.map(({ plaintext, generation = 1 }) => ({ sealed: plaintext, generation }))),
  verifyOpen: (_, items) => Promise.resolve(items.map(() => undefined)),
  forgotten: (_, parts) => Promise.resolve(parts.map(() => false)),
  open: (_, items) => Promise.resolve(items.map(({ sealed }) => ({ plaintext: sealed }))),
};
const withoutSealing = (keyring: Keyring): Keyring =>
  Object.create(keyring, { sealer: { value: sealsNothing } }) as Keyring;

await host({ keyring: withoutSealing });
