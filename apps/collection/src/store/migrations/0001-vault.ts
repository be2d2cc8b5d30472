/**
 * The vault of sealed parts and what collection remembers beside it. Forward only.
 * Every table here is a tenant's: the migration list puts row-level security on each (`tenantTables`).
 */
export const tenantTables = [
  'part',
  'submission',
  'refusal',
  'opening',
  'consent_state',
  'guardian_state',
  'subject_state',
  'shred',
  'matter_anchor',
  'matter_date',
  'disposal',
  'hold',
  'cell',
  'counted',
  'backup',
] as const;

export const vault: readonly string[] = [
  /* One sealed part. `sealed` is written once and never again; a part whose purpose the platform holds has none. */
  `create table part (
    tenant text not null, part uuid not null, record uuid not null, subject text not null, slot smallint not null,
    purpose text not null, compartment text not null, class text not null, custody text not null, method text not null,
    basis text not null, consent uuid, consent_version integer, notice text, fields text[] not null, place text,
    matter text, disposal date, floor date, limit_on date,
    collected_at timestamptz not null, admitted_at timestamptz not null,
    sealed bytea,
    restricted boolean not null default false, restricted_until date, restricted_basis text,
    kept boolean not null default false,
    primary key (tenant, part)
  )`,
  `create index part_of_subject on part (tenant, subject)`,
  `create index part_due on part (tenant, class, disposal) where matter is null`,
  `create index part_of_matter on part (tenant, matter, class) where matter is not null`,
  `create index part_floored on part (tenant, class, disposal) where floor > disposal`,
  `create index part_kept on part (tenant, class) where kept`,
  `create index part_restricted on part (tenant, restricted_until) where restricted`,

  /* Idempotency, 30 days of machine time: HMACs of the key and of the body, and the first answer (references only). */
  `create table submission (
    tenant text not null, key_hmac bytea not null, body_hmac bytea not null, submission uuid not null,
    subject text not null, slot smallint not null, answer jsonb not null, at timestamptz not null,
    primary key (tenant, key_hmac)
  )`,
  `create index submission_at on submission (at)`,
  `create index submission_of_subject on submission (tenant, subject)`,

  /* Evidence of a refusal: the code, the clause and the field's name; never the data. */
  `create table refusal (
    tenant text not null, submission uuid not null, subject text not null, purpose text, code text not null, clause text,
    field text, notice text, at timestamptz not null, dispose_on date not null,
    primary key (tenant, submission)
  )`,
  `create index refusal_of_subject on refusal (tenant, subject)`,
  `create index refusal_due on refusal (tenant, dispose_on)`,

  /* Evidence of an opening: who, what for, which parts; written in the transaction that hands the values out. */
  `create table opening (
    tenant text not null, opening uuid not null, actor text not null, kind text not null, purpose text,
    subject text, parts uuid[] not null, fields text[] not null, refused integer not null, at timestamptz not null,
    dispose_on date not null,
    primary key (tenant, opening)
  )`,
  `create index opening_due on opening (tenant, dispose_on)`,

  /* What consent last said, applied in its order. */
  `create table consent_state (
    tenant text not null, subject text not null, purpose text not null, consent uuid not null, version integer not null,
    state text not null, level text not null, notice text not null, at timestamptz not null,
    primary key (tenant, subject, purpose)
  )`,
  `create table guardian_state (
    tenant text not null, subject text not null, version integer not null, guardian text not null,
    until timestamptz, at timestamptz not null,
    primary key (tenant, subject)
  )`,

  /* Freeze and fence of one person. The row outlives the person's parts: a ref never comes back. */
  `create table subject_state (
    tenant text not null, subject text not null, slot smallint not null,
    frozen_by uuid, frozen_number bigint, frozen_at timestamptz,
    erased_by uuid, erased_entry bigint, erased_at timestamptz,
    ordered_by uuid, ordered jsonb,
    primary key (tenant, subject)
  )`,

  /* One shredding by ledger entry. Open until its rows are gone and a rescan finds none. */
  `create table shred (
    tenant text not null, entry bigint not null, subject text not null, slot smallint not null, erasure uuid, cause text not null,
    compartments text[] not null, consent_version integer, state text not null, keys integer, parts_found integer,
    effective_at timestamptz, deleted integer not null default 0, swept_at timestamptz, ordered_at timestamptz not null,
    primary key (tenant, entry)
  )`,
  `create index shred_open on shred (tenant, entry) where state <> 'swept'`,
  `create index shred_of_subject on shred (tenant, subject)`,

  `create table matter_anchor (
    tenant text not null, matter text not null, subject text not null, anchor text not null, version integer not null, at timestamptz not null,
    primary key (tenant, matter, anchor)
  )`,
  /* The present date of a matter's parts of one class; only this row moves, no part is touched. */
  `create table matter_date (
    tenant text not null, matter text not null, class text not null, subject text not null, day date, floor date, limit_on date,
    primary key (tenant, matter, class)
  )`,
  `create index matter_date_due on matter_date (tenant, class, day)`,
  `create index matter_date_of_subject on matter_date (tenant, subject)`,

  /* One order of disposal. From the row's first commit the day is closing; it never opens again. */
  `create table disposal (
    tenant text not null, class text not null, day date not null, "order" uuid not null, entry bigint not null, method text not null,
    state text not null, recorded_at timestamptz not null,
    found integer not null default 0, anonymized integer not null default 0, forgotten integer not null default 0,
    held integer not null default 0, restricted integer not null default 0, cells integer not null default 0,
    deleted integer not null default 0, effective_at timestamptz, swept_at timestamptz,
    also uuid[] not null default '{}',
    primary key (tenant, class, day)
  )`,
  `create unique index disposal_order on disposal (tenant, "order")`,
  `create index disposal_open on disposal (tenant, day) where state <> 'swept'`,

  `create table hold (
    tenant text not null, hold uuid not null, kind text not null, subject text, record uuid, matter text,
    state text not null, late_order uuid, parts integer not null, at timestamptz not null, lifted_at timestamptz,
    primary key (tenant, hold)
  )`,
  `create index hold_in_force on hold (tenant, kind) where state = 'in-force'`,

  /* Anonymized aggregates: only cells of k people or more are ever written here. */
  `create table cell (
    tenant text not null, class text not null, cohort date not null, cell smallint not null, dimensions jsonb not null,
    people integer not null, records integer not null, "order" uuid not null, at timestamptz not null,
    primary key (tenant, class, cohort, cell)
  )`,

  /* Counts by what happened: one row a batch, added up when asked, folded together by the clock door. */
  `create table counted (
    tenant text not null, counting uuid not null, what text not null, code text not null default '', clause text not null default '',
    n bigint not null, at timestamptz not null,
    primary key (tenant, counting)
  )`,
  `create index counted_what on counted (tenant, what)`,

  `create table backup (
    tenant text not null, backup uuid not null, public_key text not null, state text not null, ordered_at timestamptz not null,
    taken_at timestamptz, isolated_at timestamptz, destroyed_at timestamptz,
    primary key (tenant, backup)
  )`,
];
