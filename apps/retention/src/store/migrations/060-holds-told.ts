import { tenantTable, type MigrationStep } from '@lethe/platform';

/** Which of the platform's stores were told of a hold, or of its end, and which have said that they act by it. */
export const holdsToldStep: MigrationStep = {
  number: 1_799_450_000_001,
  name: 'holds-told',
  statements: [
    `create table hold_told (
      tenant text not null, hold uuid not null, participant text not null,
      -- placed or released: what it was told of last
      state text not null,
      -- machine time
      told_at timestamptz not null, acked_at timestamptz,
      primary key (tenant, hold, participant),
      foreign key (tenant, hold) references hold (tenant, hold) on delete cascade
    )`,
    ...tenantTable('hold_told'),
  ],
};
