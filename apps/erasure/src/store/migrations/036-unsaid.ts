import { tenantTable, type MigrationStep } from '@lethe/platform';

/** Withdrawals that the ledger has and the platform's stream has not: told again once consent has said that they stand. */
export const unsaidStep: MigrationStep = {
  number: 1_800_210_000_001,
  name: 'unsaid-withdrawals',
  statements: [
    `create table withdrawal_unsaid (
       tenant text not null,
       -- of the ledger
       entry bigint not null,
       subject text not null,
       purpose text not null,
       consent_version integer not null,
       dispose_on date not null,
       primary key (tenant, entry)
     )`,
    ...tenantTable('withdrawal_unsaid'),
  ],
};
