import type { MigrationStep } from '@lethe/platform';

/** When a ref of the ledger can no longer be needed: counted from when what its entry destroys is dead everywhere. */
const tables = `
alter table ledger_record
  -- machine time
  add column dead_at timestamptz,
  -- legal days: of that, and on which it is looked whether the ref is needed
  add column dead_on date,
  add column look_on date;
create index ledger_record_entry on ledger_record (tenant, entry);
create index ledger_record_look on ledger_record (tenant, look_on) where look_on is not null;
`;

export const refsStep: MigrationStep = {
  number: 1_799_400_000_000,
  name: 'refs that can no longer be needed',
  statements: [tables],
};
