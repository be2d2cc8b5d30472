import type { MigrationStep } from '@lethe/platform';

/** A hold on a record, or on the records of a matter, finds what it names without reading what else is due. */
export const partOfRecord: MigrationStep = {
  number: 1_800_300_000_001,
  name: 'part-of-record',
  statements: ['create index part_of_record on part (tenant, record)'],
};
