import { tenantTable, type MigrationStep } from '@lethe/platform';

/** How each part came in, shadow mode, and who of the staff may see whom. */
export const circumstances: MigrationStep = {
  number: 1_795_660_000_000,
  name: 'circumstances',
  statements: [
    /* Names the pack declares and nothing else: source, party, ground, product, channel, region, use, declarations. */
    `alter table part add column circumstances jsonb`,
    `alter table refusal add column shadow boolean not null default false`,
    `alter table opening add column staff text`,
    `create table shadow_mode (tenant text not null primary key, is_on boolean not null, changed_by text not null, at timestamptz not null)`,
    ...tenantTable('shadow_mode'),
    `create table staff_approval (
      tenant text not null, approval uuid not null, staff text not null, subject text not null, purpose text not null,
      fields text[], until timestamptz not null, approved_by text not null, at timestamptz not null, dispose_on date not null,
      primary key (tenant, approval)
    )`,
    `create index staff_approval_of_subject on staff_approval (tenant, subject)`,
    ...tenantTable('staff_approval'),
  ],
};
