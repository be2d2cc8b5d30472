import { tenantTable, type MigrationStep } from '@lethe/platform';

/** Of a tenant that collects nothing any more nobody agrees to anything. */
export const ceasedStep: MigrationStep = {
  number: 1_800_210_000_000,
  name: 'ceased',
  statements: [
    `create table cessation (
       tenant text primary key,
       -- legal time
       stops_at timestamptz not null
     )`,
    ...tenantTable('cessation'),
  ],
};
