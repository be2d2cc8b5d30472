import { tenantTable, type MigrationStep } from '@lethe/platform';

/** Withdrawals of what the platform holds itself, and what its stores have said of them. Legal time. */
const tables = `
create table withdrawal (
  tenant text not null,
  -- of the ledger
  entry bigint not null,
  subject text not null,
  purpose text not null,
  ordered_at timestamptz not null,
  -- the last day on which the platform's stores may still be silent
  deadline date not null,
  done_at timestamptz,
  escalated_at timestamptz,
  dispose_on date not null,
  primary key (tenant, entry)
);
create index withdrawal_waiting on withdrawal (tenant, deadline) where done_at is null;
create index withdrawal_over on withdrawal (tenant, dispose_on);

-- who was asked: fixed with the order, whoever registers later
create table withdrawal_participant (
  tenant text not null,
  entry bigint not null,
  participant text not null,
  found bigint,
  deleted bigint,
  restricted bigint,
  done_at timestamptz,
  -- statements that were not believed
  disbelieved integer not null default 0,
  primary key (tenant, entry, participant),
  foreign key (tenant, entry) references withdrawal (tenant, entry) on delete cascade
);
`;

export const withdrawalsStep: MigrationStep = {
  number: 1_796_400_000_000,
  name: 'withdrawals of what the platform holds',
  statements: [tables, ...['withdrawal', 'withdrawal_participant'].flatMap((table) => tenantTable(table))],
};
