import type { Sql } from '@lethe/kernel';

/** What a column is, and what becomes of it. */
export interface ColumnDeclaration {
  /** `ref` a subject ref or another id that leads to one person; `sealed` ciphertext; `value` personal data; `fact` nothing personal. */
  readonly class: 'ref' | 'sealed' | 'value' | 'fact';
  readonly purpose: string;
  /** When it goes: a period, `with the row`, `never` (facts only). */
  readonly disposal: string;
  /** What erasing a person does to it. */
  readonly onErasure: 'deleted' | 'shredded' | 'restricted' | 'kept';
}

/**
 * How a table's rows go. `on`: on the local day of a column. `evidence`: when the evidence period of the tenant's pack has
 * passed since an instant of a column. Both go by the clock door of every service. `with`: along a foreign key, with the row
 * of another table. `by`: the service's own work, named. `never`: for the reason given.
 */
export type RowDisposal =
  | {
      readonly how: 'on';
      readonly column: string;
      /** SQL over the row `r` and $2, today, and $3, before which evidence is over: it stays as long as this is true. */
      readonly keptWhile?: string;
    }
  | {
      readonly how: 'evidence';
      readonly since: string;
      /** Which clock the column was read from; legal unless said. */
      readonly time?: 'machine';
      readonly keptWhile?: string;
    }
  | { readonly how: 'with'; readonly table: string }
  | { readonly how: 'by'; readonly work: string }
  | { readonly how: 'never'; readonly because: string };

export interface TableDeclaration {
  readonly table: string;
  /** Must be said of a table that leads to people, or whose rows an erasure restricts. */
  readonly rows?: RowDisposal;
  readonly columns: Readonly<Record<string, ColumnDeclaration>>;
}

/** Declares a table: every column, its class, its purpose, when it goes and what an erasure does to it. */
export const declare = (declaration: TableDeclaration): TableDeclaration => declaration;

/** The declarations, each with the end of its rows. @throws Error an end of a table that is not declared */
export function ending(
  declarations: readonly TableDeclaration[],
  ends: Readonly<Record<string, RowDisposal>>,
): readonly TableDeclaration[] {
  const unknown = Object.keys(ends).filter((name) => declarations.every(({ table }) => table !== name));
  if (unknown.length > 0) throw new Error(`no such table: ${unknown.join(', ')}`);
  return declarations.map((declaration) => {
    const rows = ends[declaration.table];
    return rows === undefined ? declaration : { ...declaration, rows };
  });
}

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
