import type { Sql } from '@lethe/kernel';

/** What a column is, and what becomes of it: design §3, "Lethe keeps its own promises". */
export interface ColumnDeclaration {
  /** `ref` a subject ref or another id that leads to one person; `sealed` ciphertext; `value` personal data; `fact` nothing personal. */
  readonly class: 'ref' | 'sealed' | 'value' | 'fact';
  readonly purpose: string;
  /** When it goes: a period, `with the row`, `never` (facts only). */
  readonly disposal: string;
  /** What erasing a person does to it. */
  readonly onErasure: 'deleted' | 'shredded' | 'restricted' | 'kept';
}

export interface TableDeclaration {
  readonly table: string;
  readonly columns: Readonly<Record<string, ColumnDeclaration>>;
}

/** Declares a table: every column, its class, its purpose, when it goes and what an erasure does to it. */
export const declare = (declaration: TableDeclaration): TableDeclaration => declaration;

/** `table.column` of every column in the database's own schemas that no declaration names: an empty list, or the build fails. */
export async function undeclared(sql: Sql, declarations: readonly TableDeclaration[]): Promise<string[]> {
  const rows = await sql.query<{ name: string }>(
    `select c.table_name || '.' || c.column_name as name
       from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
      where t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema') and c.table_schema not like 'quarantine\\_%'
      order by c.table_name, c.ordinal_position`,
  );
  const declared = new Set(
    declarations.flatMap(({ table, columns }) => Object.keys(columns).map((column) => `${table}.${column}`)),
  );
  return rows.map(({ name }) => name).filter((name) => !declared.has(name));
}
