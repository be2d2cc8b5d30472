import { plainTable, tenantTable, type MigrationStep } from '@lethe/platform';

/**
 * Consent's tables. `consent_history` and `guardian_history` are append-only: a row is never altered, only disposed of
 * on its date; whether a person's evidence is restricted stands in `person`, so that restricting alters no evidence.
 */
const tables = `
create table person (
  tenant text not null,
  subject text not null,
  -- the erasure that froze this person, and the number of the freeze in the slot's stream
  frozen_by uuid,
  freeze_number bigint,
  -- from here on the evidence is kept for its period and shown to nobody but an officer
  restricted_at timestamptz,
  primary key (tenant, subject)
);

create table consent_history (
  tenant text not null,
  subject text not null,
  purpose text not null,
  version integer not null check (version > 0),
  consent uuid not null,
  state text not null check (state in ('given', 'refused', 'withdrawn')),
  level text not null,
  notice text not null,
  channel text,
  -- who told Lethe: the platform on the person's behalf, or the person
  stated_by text not null check (stated_by in ('backend', 'subject')),
  -- the announcement of this row, by which a service is asked whether it has applied it
  event uuid not null,
  -- legal time of the act, as stated
  at timestamptz not null,
  -- legal time at which Lethe knew it, and enforced it; never before the one of the version before
  recorded_at timestamptz not null,
  dispose_on date not null,
  primary key (tenant, subject, purpose, version),
  unique (tenant, consent),
  foreign key (tenant, subject) references person (tenant, subject)
);

create table guardian_history (
  tenant text not null,
  subject text not null,
  version integer not null check (version > 0),
  guardian text not null check (guardian in ('not-needed', 'missing', 'verified')),
  until timestamptz,
  recorded_at timestamptz not null,
  dispose_on date not null,
  primary key (tenant, subject, version),
  foreign key (tenant, subject) references person (tenant, subject)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'evidence is append-only' using errcode = 'restrict_violation';
end $$;
create trigger consent_history_is_append_only before update on consent_history for each row execute function refuse_change();
create trigger guardian_history_is_append_only before update on guardian_history for each row execute function refuse_change();

create table opened_tenant (
  tenant text not null primary key,
  pack text not null,
  pack_version text not null,
  pack_digest text not null,
  movable_clock boolean not null,
  -- legal time is machine time plus this; other than 0 only where the clock is movable
  offset_ms bigint not null default 0,
  opened_at timestamptz not null
);

create table tenant_proposal (
  tenant text not null,
  proposal uuid not null,
  pack text not null,
  pack_version text not null,
  -- token subjects, issuer and all: an approval needs two different ones
  proposed_by text not null,
  proposed_at timestamptz not null,
  confirmed_by text check (confirmed_by <> proposed_by),
  confirmed_at timestamptz,
  primary key (tenant, proposal)
);

-- one row: the beat that was announced last
create table heartbeat (
  only_row boolean primary key default true check (only_row),
  beat bigint not null,
  beaten_at timestamptz not null
);
insert into heartbeat (beat, beaten_at) values (0, '-infinity');
`;

export const consentStep: MigrationStep = {
  number: 1_795_300_000_000,
  name: 'consents',
  statements: [
    tables,
    ...tenantTable('person'),
    ...tenantTable('consent_history', ['select', 'insert', 'delete']),
    ...tenantTable('guardian_history', ['select', 'insert', 'delete']),
    ...tenantTable('opened_tenant'),
    ...tenantTable('tenant_proposal'),
    ...plainTable('heartbeat', ['select', 'update']),
  ],
};
