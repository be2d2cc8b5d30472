import { tenantTable, type MigrationStep } from '@lethe/platform';

/**
 * Notices as shown, what an act says beside yes and no, who answers for a child, and versions of a pack that were
 * proposed by one person and confirmed by another.
 */
const tables = `
alter table consent_history
  -- it followed from using the service; nobody said it
  add column implied boolean not null default false,
  -- one tick said yes to several things
  add column bundled boolean not null default false,
  -- where one of several is chosen: the level of trackers
  add column choice text,
  -- the language the notice was read in
  add column language text,
  -- the notice that was shown before
  add column shown uuid,
  -- in which way a person withdrew
  add column route text;
create index consent_history_of on consent_history (tenant, consent);

alter table guardian_history
  -- the person who answers, if that person has a ref here
  add column guardian_subject text,
  -- the part, admitted through collection, that shows it
  add column evidence uuid,
  -- until then everything about the person is sensitive
  add column sensitive_until timestamptz,
  -- found to be a child after data had been taken in: since when, and when the guardian is to be told at the latest
  add column found_at timestamptz,
  add column tell_by timestamptz,
  add column told_at timestamptz;

create table notice_shown (
  tenant text not null,
  subject text not null,
  notice uuid not null,
  -- what it was about: a purpose, or the policy
  about text not null,
  -- the version of the pack it gave
  version text not null,
  language text not null,
  channel text not null,
  -- what it said: purpose, scope, manner
  says text[] not null,
  -- whether it asked for something, or only told
  asks boolean not null,
  shown_at timestamptz not null,
  recorded_at timestamptz not null,
  dispose_on date not null,
  primary key (tenant, notice),
  foreign key (tenant, subject) references person (tenant, subject)
);
create index notice_shown_of on notice_shown (tenant, subject, about, shown_at);
create trigger notice_shown_is_append_only before update on notice_shown for each row execute function refuse_change();

create table pack_proposal (
  tenant text not null,
  proposal uuid not null,
  version text not null,
  digest text not null,
  effective_from timestamptz not null,
  -- where it was published and announced, and when
  publications jsonb not null,
  -- kinds of major change, by the policy's own list
  changes text[] not null,
  decided text check (decided in ('major', 'minor')),
  assessment text,
  high_risk boolean not null,
  cause text,
  -- token subjects, issuer and all: an activation needs two different ones
  proposed_by text not null,
  proposed_at timestamptz not null,
  confirmed_by text check (confirmed_by <> proposed_by),
  confirmed_at timestamptz,
  primary key (tenant, proposal)
);
`;

export const noticesStep: MigrationStep = {
  number: 1_795_600_000_000,
  name: 'notices',
  statements: [
    tables,
    ...tenantTable('notice_shown', ['select', 'insert', 'delete']),
    ...tenantTable('pack_proposal', ['select', 'insert', 'update']),
  ],
};
