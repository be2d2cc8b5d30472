import type { MigrationStep } from '@lethe/platform';

/** How far the end of the tenant is: on the row that says that nothing at all is collected any more. */
export const tenantEnd: MigrationStep = {
  number: 1_797_120_000_000,
  name: 'tenant-end',
  statements: [
    `alter table cessation
      add column end_id uuid,
      -- legal time: everything that waited has a date
      add column dated_at timestamptz,
      add column emptied_at timestamptz,
      -- of the ledger
      add column entry bigint,
      -- machine time
      add column shredded_at timestamptz,
      add constraint cessation_end check (end_id is null or product = '')`,
  ],
};
