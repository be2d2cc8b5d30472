import { plainTable, tenantTable, type MigrationStep } from '@lethe/platform';

/** Requests, who takes part in them, what is handed out, and what the ledger was told. Legal time unless a comment says machine. */
const tables = `
create table request (
  tenant text not null,
  request uuid not null,
  subject text not null,
  kind text not null check (kind in ('erasure', 'close-account')),
  ground text not null,
  -- HMAC of the caller's key, and of what was asked under it
  idempotency text not null,
  asked text not null,
  -- shows whose the certificate is, to whoever holds both
  receipt text not null,
  progress text not null check (progress in ('received', 'verified', 'scoped', 'frozen', 'ordered', 'shredding', 'effective', 'swept', 'certified', 'final', 'refused')),
  deadline date not null,
  received_at timestamptz not null,
  verified_at timestamptz,
  identity_method text,
  -- token subject, issuer and all, of who verified or refused
  decided_by text,
  refused_code text,
  refused_clause text,
  refused_at timestamptz,
  scope jsonb,
  registry_version integer,
  freeze_event uuid,
  freeze_number bigint,
  frozen_at timestamptz,
  ordered_at timestamptz,
  ledger_entry bigint,
  keys_destroyed integer,
  effective_at timestamptz,
  -- machine time: a key epoch must end that began after it
  keys_dead_by timestamptz,
  swept_at timestamptz,
  certificate uuid,
  certified_at timestamptz,
  final_at timestamptz,
  escalated_at timestamptz,
  -- machine time at which somebody looks again if nothing happens before
  look_at timestamptz not null,
  attempts integer not null default 0,
  dispose_on date not null,
  primary key (tenant, request),
  unique (tenant, idempotency)
);
create unique index request_open on request (tenant, subject) where progress <> 'refused';
create index request_over on request (tenant, dispose_on) where progress in ('final', 'refused');
create index request_look on request (tenant, look_at) where progress not in ('final', 'refused');

create table participant (
  tenant text not null,
  participant text not null,
  classes text[] not null,
  -- the registry when it came in
  registry_version integer not null,
  registered_by text not null,
  registered_at timestamptz not null,
  primary key (tenant, participant)
);

-- who takes part in one request: fixed with the freeze, whoever registers later
create table request_participant (
  tenant text not null,
  request uuid not null,
  participant text not null,
  kind text not null check (kind in ('service', 'platform')),
  registry_version integer not null,
  frozen_position bigint,
  found bigint,
  deleted bigint,
  restricted bigint,
  rescan bigint,
  position bigint,
  done_at timestamptz,
  -- statements that were not believed
  disbelieved integer not null default 0,
  primary key (tenant, request, participant),
  foreign key (tenant, request) references request (tenant, request) on delete cascade
);

-- drafted first, so that issuing can be repeated: the same text and salt give the same leaf
create table certificate (
  tenant text not null,
  certificate uuid not null,
  request uuid not null,
  body text not null,
  salt text not null,
  log_from bigint not null,
  -- canonical JSON as handed out
  document text,
  sha256 text,
  final_body text,
  final_salt text,
  final_from bigint,
  primary key (tenant, certificate),
  unique (tenant, request),
  foreign key (tenant, request) references request (tenant, request) on delete cascade
);

create table certificate_backup (
  tenant text not null,
  certificate uuid not null,
  backup uuid not null,
  primary key (tenant, certificate, backup),
  foreign key (tenant, certificate) references certificate (tenant, certificate) on delete cascade
);

create table backup_gone (
  tenant text not null,
  backup uuid not null,
  gone_at timestamptz not null,
  primary key (tenant, backup)
);

-- of the installation, not of a tenant; machine time
create table epoch_ended (
  epoch bigint primary key,
  before timestamptz not null,
  ended_at timestamptz not null
);

create table out_head (
  tenant text not null primary key,
  number bigint not null
);
create table out_item (
  tenant text not null,
  number bigint not null,
  id uuid not null,
  kind text not null,
  at timestamptz not null,
  subject text,
  data jsonb not null,
  primary key (tenant, number)
);

-- which facts the ledger has: a hash of what they are about, so that none is written twice
create table ledger_record (
  tenant text not null,
  key text not null,
  entry bigint not null,
  primary key (tenant, key)
);

-- the two halves of a hold, which come on two topics
create table hold_seen (
  tenant text not null,
  hold uuid not null,
  subject text,
  placed boolean not null default false,
  recorded boolean not null default false,
  primary key (tenant, hold)
);
`;

export const erasureStep: MigrationStep = {
  number: 1_795_300_000_000,
  name: 'erasures',
  statements: [
    tables,
    ...[
      'request',
      'participant',
      'request_participant',
      'certificate',
      'certificate_backup',
      'backup_gone',
      'out_head',
      'out_item',
      'ledger_record',
      'hold_seen',
    ].flatMap((table) => tenantTable(table)),
    ...plainTable('epoch_ended', ['select', 'insert']),
  ],
};
