import { tenantTable, type MigrationStep } from '@lethe/platform';

/** When a product, or everything (no product), stops being collected for. */
export const cessation: MigrationStep = {
  number: 1_795_670_000_000,
  name: 'cessation',
  statements: [
    `create table cessation (
      tenant text not null, product text not null default '', stops_at timestamptz not null, declared_by text not null, at timestamptz not null,
      primary key (tenant, product)
    )`,
    ...tenantTable('cessation'),
  ],
};
