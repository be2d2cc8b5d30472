import type { events, EventInput } from '@lethe/contracts';
import type { Sql, TenantId } from '@lethe/kernel';

/** A backup that is not purged, with all that retention knows of it. */
export type Stated = EventInput<typeof events.BackupStatedV1>;

/* In the order in which a backup comes into them. */
const RANK = `array_position(array['taking', 'available', 'isolated', 'purging', 'purged'],`;
const instant = (column: string): string => `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** The catalogue of backups as it is stated and heard again, inside one transaction of one tenant. */
export class CatalogueStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** True for the one who is to state it: nobody has since `before`. Both machine time. */
  async claim(now: Date, before: Date): Promise<boolean> {
    const rows = await this.sql.query(
      `insert into tenant_guard as g (tenant, stated_at) values ($1, $2)
       on conflict (tenant) do update set stated_at = excluded.stated_at where g.stated_at is null or g.stated_at <= $3 returning 1`,
      [this.tenant, now, before],
    );
    return rows.length > 0;
  }

  /** One that was given up and of which a late file lies there is stated as what it is: on its way out, with a file. */
  async unpurged(): Promise<Stated[]> {
    const rows = await this.sql.query<{ stated: Stated }>(
      `select jsonb_strip_nulls(jsonb_build_object('backup', b.backup, 'state', case when b.late_at is null then b.state else 'purging' end, 'takenAt', ${instant('b.taken_at')},
           'purgeOn', b.purge_on, 'orderedAt', ${instant('b.ordered_at')}, 'because', b.isolated_because,
           'isolatedAt', ${instant('b.isolated_at')}, 'movedAt', ${instant('b.moved_at')}, 'filesGoneAt', case when b.late_at is null then ${instant('b.files_gone_at')} end,
           'toldAt', ${instant('b.told_at')}, 'holder', b.holder, 'classes', b.classes, 'from', ${instant('b.covers_from')},
           'parts', coalesce((select jsonb_agg(jsonb_build_object('service', p.service, 'tables', p.tables, 'rows', p.rows, 'bytes', p.bytes,
               'sha256', p.sha256, 'snapshotAt', ${instant('p.snapshot_at')}, 'classes', p.classes) order by p.service)
             from backup_part p where p.tenant = b.tenant and p.backup = b.backup), '[]'))) as stated
         from backup b where b.tenant = $1 and (b.state <> 'purged' or b.late_at is not null) order by b.ordered_at, b.backup`,
      [this.tenant],
    );
    return rows.map(({ stated }) => stated);
  }

  /** Makes true what was stated; what is known to be further stays there. */
  async putBack(one: Stated): Promise<void> {
    await this.sql.query(
      `insert into backup (tenant, backup, state, taken_at, purge_on, ordered_at, isolated_because, isolated_at, moved_at, files_gone_at, told_at, holder, classes, covers_from)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
       on conflict (tenant, backup) do update set
         state = case when ${RANK} backup.state) < ${RANK} excluded.state) then excluded.state else backup.state end,
         purge_on = excluded.purge_on,
         isolated_because = coalesce(backup.isolated_because, excluded.isolated_because), isolated_at = coalesce(backup.isolated_at, excluded.isolated_at),
         moved_at = coalesce(backup.moved_at, excluded.moved_at), files_gone_at = coalesce(backup.files_gone_at, excluded.files_gone_at),
         told_at = greatest(backup.told_at, excluded.told_at)`,
      [
        ...[this.tenant, one.backup, one.state, one.takenAt, one.purgeOn, one.orderedAt, one.because ?? null],
        ...[one.isolatedAt ?? null, one.movedAt ?? null, one.filesGoneAt ?? null, one.toldAt ?? null],
        ...[one.holder ?? null, one.classes, one.from ?? null],
      ],
    );
  }
}
