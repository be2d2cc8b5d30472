import type { MigrationStep } from '@lethe/platform';

/** A day that a later version has shortened is disposed of before it: floors are held against the day on which it really goes. */
export const goesOn: MigrationStep = {
  number: 1_797_400_000_000,
  name: 'goes-on',
  statements: ['alter table disposal add column goes_on date'],
};
