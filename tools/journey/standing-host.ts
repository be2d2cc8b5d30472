/**
 * A host for tests of rotation alone, beside `lethe start`: the same services and servers, but the rotation of the keyring's epoch stands
 * still before the step that `LETHE_STAND_AT` names, for good, and says so with a file of that name in LETHE_HOME. There is no switch for
 * this anywhere else.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

await host({ keyring: keyringOf });
