import {
  declare,
  tenantTable,
  type ColumnDeclaration,
  type MigrationStep,
  type TableDeclaration,
} from '@lethe/platform';

/** What the edge remembers. No table of it holds a person's ref: what came in is named by topic, slot and offset. */
const tables = [
  /* Who may speak for the tenant. A kid never changes its key. */
  `create table platform_key (
    tenant text not null, kid text not null, x text not null, registered_by text not null, registered_at timestamptz not null, ended_at timestamptz,
    primary key (tenant, kid)
  )`,
  /* A believed session, as it came: its secret opens with the hour's intake key only, and dies with it. */
  `create table intake_session (
    tenant text not null, session uuid not null, signer text not null, intake_kid text not null, jwe text not null, expires_at timestamptz not null, at timestamptz not null,
    primary key (tenant, session)
  )`,
  `create index intake_session_at on intake_session (tenant, at)`,
  `create table intake_position (
    tenant text not null, topic text not null, slot integer not null, next bigint not null,
    primary key (tenant, topic, slot)
  )`,
  /* Evidence of a message that was no submission: where it stood and its hash; never the payload. */
  `create table intake_refusal (
    tenant text not null, refusal uuid not null, topic text not null, slot integer not null, "offset" bigint not null,
    sha256 text not null, code text not null, size bigint not null, at timestamptz not null, dispose_on date not null,
    primary key (tenant, refusal)
  )`,
  `create index intake_refusal_due on intake_refusal (tenant, dispose_on)`,
  /* Submissions whose basis is uncertain at the moment, as sealed by the platform; they wait here and others flow. */
  `create table intake_waiting (
    tenant text not null, topic text not null, slot integer not null, "offset" bigint not null, value text not null, appended_at timestamptz, since timestamptz not null,
    primary key (tenant, topic, slot, "offset")
  )`,
  /* Who reads the fence has passed everything sealed under the key. */
  `create table intake_fence (
    tenant text not null, kid text not null, slot integer not null, id uuid not null, asked_at timestamptz not null, passed_at timestamptz,
    primary key (tenant, kid, slot)
  )`,
];
const names = ['platform_key', 'intake_session', 'intake_position', 'intake_refusal', 'intake_waiting', 'intake_fence'];

export const edgeStep: MigrationStep = {
  number: 1_795_370_000_000,
  name: 'edge',
  statements: [...tables, ...names.flatMap((table) => tenantTable(table))],
};

type Columns = Partial<Record<ColumnDeclaration['class'], string[]>>;
const table = (
  name: string,
  purpose: string,
  disposal: string,
  onErasure: ColumnDeclaration['onErasure'],
  columns: Columns,
): TableDeclaration =>
  declare({
    table: name,
    columns: Object.fromEntries(
      Object.entries(columns).flatMap(([kind, all]) =>
        all.map((column) => [column, { class: kind as ColumnDeclaration['class'], purpose, disposal, onErasure }]),
      ),
    ),
  });

export const edgeDeclarations: readonly TableDeclaration[] = [
  table('platform_key', 'who speaks for the tenant', 'never', 'kept', {
    fact: ['tenant', 'kid', 'x', 'registered_by', 'registered_at', 'ended_at'],
  }),
  table('intake_session', 'opening what a platform has sealed', 'P2D; unreadable after 26 hours', 'kept', {
    sealed: ['jwe'],
    fact: ['tenant', 'session', 'signer', 'intake_kid', 'expires_at', 'at'],
  }),
  table('intake_position', 'how far the intake has read', 'never', 'kept', {
    fact: ['tenant', 'topic', 'slot', 'next'],
  }),
  table('intake_refusal', 'evidence of messages that were no submissions', 'on dispose_on', 'kept', {
    fact: ['tenant', 'refusal', 'topic', 'slot', 'offset', 'sha256', 'code', 'size', 'at', 'dispose_on'],
  }),
  table('intake_waiting', 'submissions whose basis is uncertain', 'answered, or unreadable after 26 hours', 'kept', {
    sealed: ['value'],
    fact: ['tenant', 'topic', 'slot', 'offset', 'appended_at', 'since'],
  }),
  table('intake_fence', 'knowing when an intake key may die', 'with the key', 'kept', {
    fact: ['tenant', 'kid', 'slot', 'id', 'asked_at', 'passed_at'],
  }),
];
