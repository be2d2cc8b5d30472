import type { Service } from '@lethe/contracts';
import { messagingTables } from '@lethe/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One numbered step, forward only: a name in kebab-case and the statements, in order. */
export interface MigrationStep {
  /** Milliseconds since 1970, as in the style of TypeORM: decides the order, never reused. */
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/** The schema of one database, as steps that have been written by hand. */
export interface Migrations {
  readonly database: Service | 'keyring' | 'log';
  readonly steps: readonly (new () => MigrationInterface)[];
}

const pascal = (text: string): string =>
  text.replace(/(?:^|[-_])([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/**
 * The migrations of one service: `migrations('consent', [{ number: 1766400000000, name: 'consents', statements: [...] }])`.
 * Run under the owner's login; the service's own login owns nothing. Messaging's tables are there already (`FOUNDATION`);
 * a step that names them again is not run twice.
 */
export function migrations(database: Migrations['database'], steps: readonly MigrationStep[]): Migrations {
  const own = steps.map((step) => ({
    ...step,
    statements: step.statements
      .map((statement) => statement.replace(messagingTables, '').trim())
      .filter((statement) => statement !== ''),
  }));
  return { database, steps: own.map(migrationOf) };
}

/** One step as TypeORM runs it. */
export function migrationOf(step: MigrationStep): new () => MigrationInterface {
  const name = `${pascal(step.name)}${String(step.number)}`;
  return class implements MigrationInterface {
    readonly name = name;
    async up(runner: QueryRunner): Promise<void> {
      for (const statement of step.statements) await runner.query(statement);
    }
    down(): Promise<void> {
      return Promise.reject(new Error('migrations go forward only'));
    }
  };
}

const NAME = /^[a-z][a-z0-9_]{0,62}$/;

/**
 * Statements that put a table under row-level security: only rows of the entered tenant can be seen, counted or written.
 * The table must have `tenant text not null`; every unique index of it starts with `tenant`. `rights` are what the
 * service's login may do; TRUNCATE is never among them.
 */
export function tenantTable(
  table: string,
  rights: readonly ('select' | 'insert' | 'update' | 'delete')[] = ['select', 'insert', 'update', 'delete'],
): string[] {
  if (!NAME.test(table)) throw new Error('tenantTable takes a snake_case table name');
  return [
    `alter table ${table} enable row level security`,
    `alter table ${table} force row level security`,
    `create policy tenant_only on ${table} using (tenant = (select lethe.current_tenant())) with check (tenant = (select lethe.current_tenant()))`,
    `grant ${rights.join(', ')} on ${table} to lethe_service`,
  ];
}

/** Statements that let the service use a table that belongs to no tenant (positions, leases). */
export function plainTable(
  table: string,
  rights: readonly ('select' | 'insert' | 'update' | 'delete')[] = ['select', 'insert', 'update', 'delete'],
): string[] {
  if (!NAME.test(table)) throw new Error('plainTable takes a snake_case table name');
  return [`grant ${rights.join(', ')} on ${table} to lethe_service`];
}
