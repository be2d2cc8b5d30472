import { tenantTable, type MigrationStep } from '@lethe/platform';

const tables = `
alter table epoch_ended rename to epoch_ended_of_all;
alter table epoch_ended_of_all drop constraint epoch_ended_pkey;
-- machine time: what died before opens in no copy any more. Of each tenant: what was sent over the log has keys of its own
create table epoch_ended (
  tenant text not null,
  epoch bigint not null,
  before timestamptz not null,
  ended_at timestamptz not null,
  primary key (tenant, epoch)
);
insert into epoch_ended select k.tenant, e.epoch, e.before, e.ended_at from epoch_ended_of_all e cross join known_tenant k;
drop table epoch_ended_of_all;
`;

export const epochsOfTenantsStep: MigrationStep = {
  number: 1_799_600_000_000,
  name: 'key epochs end for each tenant',
  statements: [tables, ...tenantTable('epoch_ended', ['select', 'insert'])],
};
