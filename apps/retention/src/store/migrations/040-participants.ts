import { tenantTable, type MigrationStep } from '@lethe/platform';

/** Who of the platform takes part in disposals, and what each has said about each order. */
export const participantsStep: MigrationStep = {
  number: 1_798_200_000_001,
  name: 'participants',
  statements: [
    `create table participant (
      tenant text not null, participant text not null, classes text[] not null, primary key (tenant, participant)
    )`,
    ...tenantTable('participant'),
    // fixed with the order, whoever registers later
    `create table disposal_participant (
      tenant text not null, order_id uuid not null, participant text not null, found bigint, deleted bigint,
      -- machine time
      acked_at timestamptz, escalated_at timestamptz,
      -- statements that were not believed
      disbelieved integer not null default 0,
      primary key (tenant, order_id, participant),
      foreign key (tenant, order_id) references disposal_order (tenant, order_id)
    )`,
    // The platform as one answered until now. Whoever migrates enters no tenant.
    'alter table disposal_order no force row level security',
    `insert into disposal_participant (tenant, order_id, participant, found, deleted, acked_at, escalated_at)
     select tenant, order_id, 'platform', platform_found, platform_deleted, platform_acked_at, escalated_at
       from disposal_order where 'platform' = any(custody)`,
    'alter table disposal_order force row level security',
    'alter table disposal_order drop column platform_acked_at, drop column platform_found, drop column platform_deleted',
    ...tenantTable('disposal_participant'),
  ],
};
