import { messagingTableNames, messagingTables } from '@lethe/messaging';
import { declare, type ColumnDeclaration, type TableDeclaration } from '../declarations.ts';
import { plainTable, tenantTable, type MigrationStep } from './migrations.ts';

/**
 * What stands in every service's database before its own first step: messaging's tables, the tenants this service has heard
 * of, and the consent lease. They belong to no tenant: references and counts, read across tenants by the service itself.
 */
export const FOUNDATION: readonly MigrationStep[] = [
  {
    number: 1_700_000_000_000,
    name: 'foundation',
    statements: [
      messagingTables,
      ...messagingTableNames.flatMap((table) => plainTable(table)),
      `create table known_tenant (
         tenant text primary key,
         pack text not null,
         pack_version text not null,
         pack_digest text not null,
         movable_clock boolean not null,
         offset_ms bigint, -- null until the first move: a clock may start in the past, and moves forward from there
         opened_at timestamptz not null
       )`,
      ...plainTable('known_tenant'),
      `create table consent_lease (
         slot int primary key,
         beat bigint not null,
         sent_at timestamptz not null,
         renewed_at timestamptz not null
       )`,
      ...plainTable('consent_lease'),
      `create table backup_task (
         backup uuid primary key,
         tenant text not null,
         public_key text not null,
         asked_at timestamptz not null,
         done_at timestamptz
       )`,
      ...plainTable('backup_task'),
    ],
  },
  {
    number: 1_700_000_000_001,
    name: 'pack-versions',
    statements: [
      `create table known_version (
         tenant text not null,
         digest text not null,
         version text not null,
         -- legal time from which it governs
         effective_from timestamptz not null,
         activated_at timestamptz not null,
         primary key (tenant, digest)
       )`,
      ...plainTable('known_version', ['select', 'insert']),
      // The archive: a version is added and read, never changed or removed.
      `create table known_pack (
         digest text primary key,
         pack text not null,
         version text not null,
         policy text not null,
         clauses text,
         deployer text
       )`,
      ...plainTable('known_pack', ['select', 'insert']),
    ],
  },
  {
    number: 1_700_000_000_002,
    name: 'ended-incarnations',
    statements: [
      // Lives of this database that ended in a restore; kept, because what was told in them may be met for ever.
      `create table ended_incarnation (
         incarnation text primary key,
         ended_at timestamptz not null
       )`,
      ...plainTable('ended_incarnation', ['select']),
    ],
  },
  {
    number: 1_700_000_000_003,
    name: 'recoveries',
    statements: [
      `create table recovery (
         -- the life that began with it
         incarnation text primary key,
         ended text[] not null,
         at timestamptz not null,
         decided_by text[] not null,
         replayed bigint not null,
         heard bigint not null,
         dropped bigint not null,
         lost bigint not null
       )`,
      `create table recovery_lost (
         -- whose it was; lethe for what concerns no one tenant
         tenant text not null,
         incarnation text not null,
         nth bigint not null,
         topic text,
         slot int,
         first bigint,
         last bigint,
         event uuid,
         type text,
         part uuid,
         record uuid,
         primary key (tenant, incarnation, nth)
       )`,
      ...plainTable('ended_incarnation', ['select', 'insert']),
      ...plainTable('recovery', ['select']),
      ...tenantTable('recovery_lost', ['select', 'insert']),
    ],
  },
  {
    number: 1_800_320_000_001,
    name: 'disposal-cleared',
    statements: [
      `create table disposal_cleared (
         tenant text primary key,
         -- of the machine's clock, in the tenant's zone; null: no sweep has looked at a day yet
         through date,
         stopped boolean not null,
         -- where retention told it
         incarnation text not null,
         number bigint not null
       )`,
      ...plainTable('disposal_cleared'),
    ],
  },
  {
    number: 1_800_420_000_000,
    name: 'parked-discards',
    statements: [
      // One person's proposal to give the message up: it goes with the message.
      `alter table parked add column discard uuid unique, add column discard_reason text,
         add column discard_by text, add column discard_at timestamptz`,
      // What was given up is shown to its tenant.
      'alter table refused_message add column tenant text, add column type text',
      `create index refused_message_discarded on refused_message (consumer, tenant, at) where decided_by is not null`,
    ],
  },
];

const fact: ColumnDeclaration = { class: 'fact', purpose: 'operation', disposal: 'never', onErasure: 'kept' };
const facts = (...columns: string[]): Record<string, ColumnDeclaration> =>
  Object.fromEntries(columns.map((column) => [column, fact]));

/** Ids of what is not there any more: they lead to nobody. */
const lost: ColumnDeclaration = { class: 'ref', purpose: 'what a restore lost', disposal: 'never', onErasure: 'kept' };

/** Declarations of what `FOUNDATION` makes; messaging's own tables are declared by it. */
export const FOUNDATION_DECLARATIONS: readonly TableDeclaration[] = [
  declare({
    table: 'known_tenant',
    columns: facts('tenant', 'pack', 'pack_version', 'pack_digest', 'movable_clock', 'offset_ms', 'opened_at'),
  }),
  declare({
    table: 'known_version',
    columns: facts('tenant', 'digest', 'version', 'effective_from', 'activated_at'),
  }),
  declare({
    table: 'known_pack',
    columns: facts('digest', 'pack', 'version', 'policy', 'clauses', 'deployer'),
  }),
  declare({
    table: 'disposal_cleared',
    columns: facts('tenant', 'through', 'stopped', 'incarnation', 'number'),
  }),
  declare({ table: 'consent_lease', columns: facts('slot', 'beat', 'sent_at', 'renewed_at') }),
  declare({ table: 'backup_task', columns: facts('backup', 'tenant', 'public_key', 'asked_at', 'done_at') }),
  declare({ table: 'ended_incarnation', columns: facts('incarnation', 'ended_at') }),
  declare({
    table: 'recovery',
    columns: facts('incarnation', 'ended', 'at', 'decided_by', 'replayed', 'heard', 'dropped', 'lost'),
  }),
  declare({
    table: 'recovery_lost',
    columns: {
      ...facts('incarnation', 'nth', 'topic', 'slot', 'first', 'last', 'event', 'type', 'tenant'),
      part: lost,
      record: lost,
    },
  }),
  declare({ table: 'migration', columns: facts('id', 'timestamp', 'name') }),
  declare({ table: 'tenant_secret', columns: facts('only_one', 'inner_pad', 'outer_pad') }),
];
