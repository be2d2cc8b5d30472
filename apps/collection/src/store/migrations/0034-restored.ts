import type { MigrationStep } from '@lethe/platform';
import { tenantTable } from '@lethe/platform';

/** What a restore did, written in the commit that let the survivors in: whoever has lost the answer is told the same again. */
export const restored: MigrationStep = {
  number: 1_800_000_000_002,
  name: 'restored',
  statements: [
    `create table restored (
       tenant text not null, restore uuid not null, report jsonb not null, at timestamptz not null,
       primary key (tenant, restore)
     )`,
    ...tenantTable('restored', ['select', 'insert', 'delete']),
  ],
};
