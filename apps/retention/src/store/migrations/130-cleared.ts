import type { MigrationStep } from '@lethe/platform';

/** What the other services were last told of how far anything goes by its date: told anew when it is another. */
export const clearedStep: MigrationStep = {
  number: 1_800_320_000_000,
  name: 'cleared',
  statements: ['alter table tenant_guard add column told_through date, add column told_stop uuid'],
};
