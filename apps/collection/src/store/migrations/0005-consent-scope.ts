import type { MigrationStep } from '@lethe/platform';

/** A consent narrowed to some fields, and until when everything about a young person is sensitive. */
export const consentScope: MigrationStep = {
  number: 1_795_660_000_000,
  name: 'consent-scope',
  statements: [
    'alter table consent_state add column fields text[]',
    'alter table guardian_state add column sensitive_until timestamptz',
  ],
};
