import type { Sql } from '@lethe/kernel';
import type { TableDeclaration } from '../declarations.ts';
import { byItself, statement } from './rows.ts';

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
}

/**
 * What is wrong with the ends of declared tables, a sentence each; empty, or the build fails. A table that leads to people,
 * or whose rows an erasure restricts, must say how its rows go; and what it says must stand in the database: the column and
 * its type, the right to delete, the foreign key along which it goes; and the service's own login must be able to do it.
 */
export async function undisposed(sql: Sql, declarations: readonly TableDeclaration[]): Promise<string[]> {
  const columns = await sql.query<Column>(
    `select table_name as "table", column_name as "column", data_type as type from information_schema.columns where table_schema = 'public'`,
  );
  const may = await sql.query<{ table: string }>(
    `select c.relname as "table" from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind in ('r', 'p') and has_table_privilege('lethe_service', c.oid, 'delete')`,
  );
  const cascades = await sql.query<{ child: string; parent: string }>(
    `select child.relname as child, parent.relname as parent from pg_constraint k
       join pg_class child on child.oid = k.conrelid join pg_class parent on parent.oid = k.confrelid
      where k.contype = 'f' and k.confdeltype = 'c'`,
  );
  const typeOf = (table: string, column: string) =>
    columns.find((one) => one.table === table && one.column === column)?.type;
  const ends = new Map(declarations.map(({ table, rows }) => [table, rows]));
  const wrong = declarations.flatMap(({ table, columns: declared, rows }): string[] => {
    const leads = Object.values(declared).some((each) => each.class !== 'fact' || each.onErasure === 'restricted');
    if (rows === undefined) return leads ? [`${table}: says no way in which its rows go`] : [];
    if (rows.how === 'with') {
      if (ends.get(rows.table) === undefined) return [`${table}: goes with ${rows.table}, which says no way`];
      return cascades.some(({ child, parent }) => child === table && parent === rows.table)
        ? []
        : [`${table}: no foreign key takes it along with ${rows.table}`];
    }
    if (!byItself(rows)) return [];
    const [column, type] =
      rows.how === 'on' ? [rows.column, 'date'] : ([rows.since, 'timestamp with time zone'] as const);
    return [
      ...(typeOf(table, 'tenant') === undefined ? [`${table}: is no tenant's`] : []),
      ...(typeOf(table, column) === type ? [] : [`${table}.${column}: is no ${type}`]),
      ...(may.some((one) => one.table === table) ? [] : [`${table}: the service may not delete`]),
    ];
  });
  return wrong.length > 0 ? wrong : triedAsTheService(sql, declarations);
}

/** Plans what the clock would run, under the rights it would have. */
async function triedAsTheService(sql: Sql, declarations: readonly TableDeclaration[]): Promise<string[]> {
  await sql.query('set local role lethe_service');
  for (const { table, rows } of declarations) {
    if (!byItself(rows)) continue;
    await sql.query('savepoint tried');
    try {
      await sql.query(`explain ${statement(table, rows)}`, ['a-tenant', '2026-01-01', new Date(0), new Date(0), 1]);
    } catch {
      await sql.query('rollback to tried');
      await sql.query('reset role');
      return [`${table}: what it says cannot be done by the service`];
    }
  }
  await sql.query('reset role');
  return [];
}
