import type { MigrationStep } from '@lethe/platform';

/** Acts that were done before Lethe was here, and what of them is not known any more. */
export const importsStep: MigrationStep = {
  number: 1_795_600_000_200,
  name: 'imports',
  statements: [
    `alter table consent_history
       add column imported boolean not null default false,
       add column unknown text[] not null default '{}' check (unknown <@ array['at', 'level', 'notice'])`,
  ],
};
