import { declare, type ColumnDeclaration } from '@lethe/platform';

const fact = (purpose: string): ColumnDeclaration => ({
  class: 'fact',
  purpose,
  disposal: 'with the row',
  onErasure: 'restricted',
});
const evidence: ColumnDeclaration = {
  class: 'ref',
  purpose: 'evidence of consent',
  disposal: 'on dispose_on: three years, or what the pack says',
  onErasure: 'restricted',
};
const installation = (purpose: string): ColumnDeclaration => ({
  class: 'fact',
  purpose,
  disposal: 'never',
  onErasure: 'kept',
});

/** Every table of consent: what its columns are, when they go, and what an erasure does to them. */
export const consentDeclarations = [
  declare({
    table: 'person',
    columns: {
      tenant: fact('whose person'),
      subject: evidence,
      frozen_by: { ...evidence, purpose: 'the erasure under way' },
      freeze_number: fact('where the freeze stood in the slot'),
      restricted_at: fact('since when the evidence is restricted'),
    },
  }),
  declare({
    table: 'consent_history',
    columns: {
      tenant: fact('whose person'),
      subject: evidence,
      purpose: fact('what was agreed to'),
      version: fact('order of the acts of one person and purpose'),
      consent: evidence,
      state: fact('given, refused or withdrawn'),
      level: fact('how it was given'),
      notice: fact('the notice that was shown'),
      channel: fact('where the act was done'),
      stated_by: fact('who told Lethe'),
      event: fact('the announcement'),
      at: fact('when the act was done'),
      recorded_at: fact('when Lethe knew it'),
      dispose_on: fact('the day this evidence must be gone'),
    },
  }),
  declare({
    table: 'guardian_history',
    columns: {
      tenant: fact('whose person'),
      subject: evidence,
      version: fact('order of the statements'),
      guardian: fact('whether a guardian is needed, and verified'),
      until: fact('when the person stops being a child; no birth date'),
      recorded_at: fact('when Lethe knew it'),
      dispose_on: fact('the day this evidence must be gone'),
    },
  }),
  declare({
    table: 'opened_tenant',
    columns: {
      tenant: installation('the tenant'),
      pack: installation('its policy'),
      pack_version: installation('its policy'),
      pack_digest: installation('its policy'),
      movable_clock: installation('whether legal time can be moved'),
      offset_ms: installation('legal time'),
      opened_at: installation('since when'),
    },
  }),
  declare({
    table: 'tenant_proposal',
    columns: {
      tenant: installation('the tenant'),
      proposal: installation('the proposal'),
      pack: installation('the policy proposed'),
      pack_version: installation('the policy proposed'),
      proposed_by: installation('the token subject of an officer'),
      proposed_at: installation('when'),
      confirmed_by: installation('the token subject of another officer'),
      confirmed_at: installation('when'),
    },
  }),
  declare({
    table: 'heartbeat',
    columns: {
      only_row: installation('there is one'),
      beat: installation('the last beat'),
      beaten_at: installation('machine time of the last beat'),
    },
  }),
];
