import { Fault, type Database } from '@lethe/kernel';

/**
 * Refuses to serve under a login for which row-level security would not hold: superuser, BYPASSRLS, an owner of tables,
 * one that may create in a schema, or a tenant table without forced security.
 * @throws Fault `forbidden`
 */
export async function checkLogin(database: Database): Promise<void> {
  const [row] = await database.transaction((sql) =>
    sql.query<{ mighty: boolean; owns: number; bare: number; truncates: number }>(
      `select (select rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = current_user) as mighty,
              (select count(*)::int from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where c.relowner = (select oid from pg_roles where rolname = current_user) and n.nspname not like 'pg\\_%') as owns,
              (select count(*)::int from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped
                 join pg_namespace n on n.oid = c.relnamespace
                where c.relkind in ('r', 'p') and n.nspname = 'public' and not (c.relrowsecurity and c.relforcerowsecurity)
                  and has_table_privilege(c.oid, 'select') and c.relname <> all ($1)) as bare,
              (select count(*)::int from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where c.relkind in ('r', 'p') and n.nspname = 'public' and has_table_privilege(c.oid, 'truncate')) as truncates`,
      [CROSS_TENANT],
    ),
  );
  if (row === undefined || row.mighty)
    throw new Fault(
      'forbidden',
      'platform/login-too-mighty',
      'the service login is superuser, bypasses row security or makes roles',
    );
  if (row.owns > 0) throw new Fault('forbidden', 'platform/login-owns-tables', 'the service login owns tables');
  if (row.bare > 0)
    throw new Fault(
      'forbidden',
      'platform/table-without-row-security',
      'a table with a tenant has no forced row security',
    );
  if (row.truncates > 0)
    throw new Fault('forbidden', 'platform/login-may-truncate', 'the service login may truncate a table');
}

/** Tables that name a tenant but are read across tenants by the service itself: references only, no value of a person. */
const CROSS_TENANT = [
  ...['outbox', 'parked', 'refused_message'],
  ...['known_tenant', 'known_version', 'disposal_cleared', 'backup_task'],
];
