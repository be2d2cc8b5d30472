import { tenantTable, type MigrationStep } from '@lethe/platform';

/** Evidence of security controls: digests of documents, never the documents. */
export const controls: MigrationStep = {
  number: 1_796_500_000_000,
  name: 'controls',
  statements: [
    `create table control_evidence (
      tenant text not null, filing uuid not null, control text not null, kind text not null, sha256 text not null,
      filed_on date not null, filed_by text not null, at timestamptz not null, dispose_on date not null,
      primary key (tenant, filing)
    )`,
    'create index on control_evidence (tenant, control, filed_on desc)',
    ...tenantTable('control_evidence'),
  ],
};
