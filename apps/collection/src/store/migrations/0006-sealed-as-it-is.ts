import type { MigrationStep } from '@lethe/platform';

/** Ciphertext does not compress: the server is not to try. Whoever searches the files for what must not be there finds it as it is. */
export const sealedAsItIs: MigrationStep = {
  number: 1_795_680_000_000,
  name: 'sealed-as-it-is',
  statements: ['alter table part alter column sealed set storage external'],
};
