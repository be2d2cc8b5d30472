import type { MigrationStep } from '@lethe/platform';

/** An extension that names nothing keeps nothing. */
export const nothingExtendedStep: MigrationStep = {
  number: 1_800_230_000_001,
  name: 'nothing-extended',
  statements: [
    `alter table extension drop constraint extension_state_check`,
    `alter table extension add constraint extension_state_check
       check (state in ('placing', 'in-force', 'too-late', 'no-consent', 'nothing', 'withdrawn', 'ended'))`,
  ],
};
