import { backupContext } from './backup-keys.ts';
import { intakeContext } from './intake-keys.ts';
import { keptContext } from './keyring-sealer.ts';
import { indexContext, nameContext } from './names.ts';
import { classContext, dayContext, matterContext, subjectContext } from './part-keys.ts';
import type { WrapContext } from './wrap.ts';

/** A row that holds something wrapped by an epoch key, and the columns of its primary key. */
export interface WrappedRow {
  readonly epoch: number;
  readonly wrapped: Buffer;
  /** Where the row lies; good for as long as the transaction that read it has it locked. */
  readonly place: string;
  readonly [key: string]: unknown;
}

export interface WrappedTable {
  readonly name: string;
  /** The primary key: text, but for versions and generations. */
  readonly key: readonly (readonly [column: string, type: 'text' | 'integer'])[];
  /** What a row is, as it was said when it was wrapped. */
  readonly context: (...key: readonly string[]) => WrapContext;
}

const table = (name: string, columns: string, context: (...key: string[]) => WrapContext): WrappedTable => ({
  name,
  key: columns
    .split(' ')
    .map((column) => [column, column === 'version' || column === 'generation' ? 'integer' : 'text'] as const),
  context: context,
});

/** Every table with something wrapped by an epoch key. One that is missing here would lose its keys when its epoch ends. */
export const WRAPPED_TABLES: readonly WrappedTable[] = [
  table('index_key', 'version', (version) => indexContext(Number(version))),
  table('class_key', 'tenant class', (tenant, kind) => classContext(tenant, kind)),
  table('day_key', 'tenant day class', (tenant, day, kind) => dayContext(tenant, day, kind)),
  table('matter_key', 'tenant matter class', (tenant, matter, kind) => matterContext(tenant, matter, kind)),
  table('subject_key', 'tenant subject compartment generation', (tenant, subject, compartment) =>
    subjectContext(tenant, subject, compartment),
  ),
  table('kept_key', 'tenant hold part', (tenant, hold, part) => keptContext(tenant, hold, part)),
  table('name', 'tenant ref', (tenant, ref) => nameContext(tenant, ref)),
  table('backup_key', 'tenant backup', (tenant, backup) => backupContext(tenant, backup)),
  table('intake_key', 'tenant kid', (tenant, kid) => intakeContext(tenant, kid)),
];

export const contextOf = (of: WrappedTable, row: WrappedRow): WrapContext =>
  of.context(...of.key.map(([column]) => String(row[column])));
