/**
 * A host for tests of rotation alone, beside `lethe start`: the same services and servers, but the rotation of the keyring's epoch stands
 * still before the step that `LETHE_STAND_AT` names, for good, and says so with a file of that name in LETHE_HOME. There is no switch for
 * this anywhere else.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collection } from '@lethe/collection';
import type { ServiceDefinition } from '@lethe/platform';
import type { Keyring, RotationOptions } from '@lethe/sealing';
import { host } from './host.ts';

const at = process.env['LETHE_STAND_AT'] ?? '';
let standing = false;
const onStep = async (step: string): Promise<void> => {
  if (step !== at || standing) return;
  standing = true;
  writeFileSync(join(process.env['LETHE_HOME'] ?? '', `standing-${step}`), '');
  await new Promise(() => undefined);
};
const keyringOf = (own: Keyring): Keyring =>
  Object.create(own, {
    // So few at once that it stands in the middle of them.
    rotateEpoch: { value: (options?: RotationOptions) => own.rotateEpoch({ ...options, batch: 2, onStep }) },
  }) as Keyring;

const definition: ServiceDefinition = {
  ...collection,
  open: (context) => {
    const { keyring } = context;
    if (keyring === undefined) throw new Error('no keyring');
    return collection.open(Object.create(context, { keyring: { value: keyringOf(keyring) } }) as typeof context);
  },
};

await host(definition);
