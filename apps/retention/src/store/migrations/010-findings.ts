import { tenantTable, type MigrationStep } from '@lethe/platform';

const tables = `
create table finding (
  tenant text not null,
  finding uuid not null,
  kind text not null,
  class text not null default '',
  -- the matter, day, order and participant, hold or backup; a matter is forgotten when the finding is resolved
  about text not null default '',
  since date not null,
  parts bigint not null,
  -- legal time
  found_at timestamptz not null,
  resolved_at timestamptz,
  dispose_on date,
  primary key (tenant, finding),
  check ((resolved_at is null) = (dispose_on is null))
);
create unique index finding_open on finding (tenant, kind, class, about) where resolved_at is null;
create index finding_over on finding (tenant, dispose_on) where dispose_on is not null;
create index waiting_tally_limit on waiting_tally (tenant, limit_on);
`;

export const findingsStep: MigrationStep = {
  number: 1_796_200_000_010,
  name: 'findings',
  statements: [tables, ...tenantTable('finding')],
};
