import { type Day, type Sql, type TenantId } from '@lethe/kernel';
import type { Facts, Found, FindingKind, Waiting } from '../domain/finding.ts';

export interface FindingRow extends Found {
  readonly finding: string;
  readonly class: string;
  readonly about: string;
  readonly foundAt: Date;
  readonly resolvedAt: Date | null;
}

const ROW = `finding, kind, class, about, since::text as since, parts::int as parts, found_at as "foundAt", resolved_at as "resolvedAt"`;

/** The SQL of findings, and of the facts they are found in, inside one transaction of one tenant. */
export class FindingStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: TenantId,
  ) {}

  /** Waits past their limit, a page at a time, in the order of class and matter. */
  async waiting(today: Day, after: { class: string; matter: string }, limit: number): Promise<Waiting[]> {
    return this.sql.query<Waiting>(
      `select class, matter, min(limit_on)::text as "limit", sum(parts)::int as parts from waiting_tally
        where tenant = $1 and limit_on <= $2::date and (class, matter) > ($3, $4)
        group by class, matter order by class, matter limit $5`,
      [this.tenant, today, after.class, after.matter, limit],
    );
  }

  async counted(): Promise<Facts['counted']> {
    return this.sql.query(
      `select class, sum(greatest(parts, 0))::int as parts from (
         select class, parts from day_tally where tenant = $1 union all
         select class, parts from waiting_tally where tenant = $1) as counts
       group by class order by class`,
      [this.tenant],
    );
  }

  /** Orders given before this instant of machine time and not carried out by everyone. */
  async unanswered(before: Date): Promise<Facts['unanswered']> {
    return this.sql.query(
      `select order_id::text as "order", class, day::text as day, expected::int as parts,
              case when 'lethe' = any(custody) and effective_at is null then array['lethe'] else '{}' end
                || array(select p.participant from disposal_participant p
                          where p.tenant = o.tenant and p.order_id = o.order_id and p.acked_at is null
                            and p.closed_at is null order by 1) as missing
         from disposal_order o where tenant = $1 and closed_at is null and ordered_at <= $2
        order by ordered_at, order_id limit 10000`,
      [this.tenant, before],
    );
  }

  /** Backups whose holder was ordered something before this instant of machine time, and has not said it did. */
  async silent(before: Date, zone: string): Promise<Facts['silent']> {
    return this.sql.query(
      `select backup::text as backup, holder, (told_at at time zone $3)::date::text as since from backup
        where tenant = $1 and told_at <= $2 and holder is not null
          and (state = 'isolated' and moved_at is null or state = 'purging' and files_gone_at is null)
        order by backup`,
      [this.tenant, before, zone],
    );
  }

  /** Lethe's own backups that were isolated before this instant of machine time, and whose files lie where they lay. */
  async unmoved(before: Date, zone: string): Promise<Facts['unmoved']> {
    return this.sql.query(
      `select backup::text as backup, (at at time zone $3)::date::text as since
         from (select backup, state, moved_at, holder, coalesce(told_at, ordered_at) as at from backup where tenant = $1) b
        where at <= $2 and state = 'isolated' and moved_at is null and holder is null
        order by backup`,
      [this.tenant, before, zone],
    );
  }

  async holds(): Promise<Facts['holds']> {
    return this.sql.query(
      `select hold::text as hold, review_on::text as "reviewOn", parts::int as parts from hold
        where tenant = $1 and state in ('placing', 'in-force') order by hold`,
      [this.tenant],
    );
  }

  /** One that was ordered before this instant of machine time, if no other was ordered since. */
  async untakenBackups(before: Date, services: number, zone: string): Promise<Facts['untakenBackups']> {
    return this.sql.query(
      `select backup::text as backup, (ordered_at at time zone $4)::date::text as since
         from (select * from backup where tenant = $1 and holder is null order by ordered_at desc, backup desc limit 1) b
        where ordered_at <= $2
          and (select count(*) from backup_part p where p.tenant = b.tenant and p.backup = b.backup) < $3`,
      [this.tenant, before, services, zone],
    );
  }

  async backups(): Promise<Facts['backups']> {
    return this.sql.query(
      `select backup::text as backup, purge_on::text as "purgeOn", failures from backup
        where tenant = $1 and (state <> 'purged' or late_at is not null) order by backup`,
      [this.tenant],
    );
  }

  /** Findings of these kinds that are not resolved, locked; of `within`, those of classes and matters after one and up to another. */
  async open(
    kinds: readonly FindingKind[],
    within?: { readonly after: { class: string; matter: string }; readonly upTo?: { class: string; matter: string } },
  ): Promise<FindingRow[]> {
    const range = within ? ` and (class, about) > ($3, $4)${within.upTo ? ' and (class, about) <= ($5, $6)' : ''}` : '';
    const ends = within
      ? [within.after.class, within.after.matter, ...(within.upTo ? [within.upTo.class, within.upTo.matter] : [])]
      : [];
    return this.sql.query<FindingRow>(
      `select ${ROW} from finding where tenant = $1 and kind = any($2) and resolved_at is null${range} order by finding for update`,
      [this.tenant, kinds, ...ends],
    );
  }

  async add(found: readonly (Found & { readonly finding: string })[], foundAt: Date): Promise<number> {
    if (found.length === 0) return 0;
    const rows = await this.sql.query(
      `insert into finding (tenant, finding, kind, class, about, since, parts, found_at)
       select $1, f, k, c, a, s, p, $8
         from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::bigint[]) as x (f, k, c, a, s, p)
       on conflict (tenant, kind, class, about) where resolved_at is null do nothing returning 1 as one`,
      [
        this.tenant,
        found.map((one) => one.finding),
        found.map((one) => one.kind),
        found.map((one) => one.class ?? ''),
        found.map((one) => one.about ?? ''),
        found.map((one) => one.since),
        found.map((one) => one.parts),
        foundAt,
      ],
    );
    return rows.length;
  }

  /** No longer so. A matter leads to a person, and is forgotten. */
  async resolve(findings: readonly string[], at: Date, disposeOn: Day): Promise<void> {
    if (findings.length === 0) return;
    await this.sql.query(
      `update finding set resolved_at = $3, dispose_on = $4::date, about = case when kind = 'waiting-past-limit' then '' else about end
        where tenant = $1 and finding = any($2) and resolved_at is null`,
      [this.tenant, findings, at, disposeOn],
    );
  }

  /** Findings about these matters for which nothing waits any more. */
  async settled(matters: readonly string[]): Promise<string[]> {
    const rows = await this.sql.query<{ finding: string }>(
      `select finding from finding f where tenant = $1 and kind = 'waiting-past-limit' and about = any($2) and resolved_at is null
          and not exists (select 1 from waiting_tally w where w.tenant = f.tenant and w.class = f.class and w.matter = f.about and w.parts > 0)`,
      [this.tenant, matters],
    );
    return rows.map(({ finding }) => finding);
  }

  /** Open ones first, oldest first; then the latest resolved. */
  async list(limit: number): Promise<FindingRow[]> {
    return this.sql.query<FindingRow>(
      `select ${ROW} from finding where tenant = $1
        order by resolved_at is not null, resolved_at desc, since, kind, class, about limit $2`,
      [this.tenant, limit],
    );
  }

  async openByKind(): Promise<{ readonly kind: FindingKind; readonly count: number }[]> {
    return this.sql.query(
      `select kind, count(*)::int as count from finding where tenant = $1 and resolved_at is null group by kind order by kind`,
      [this.tenant],
    );
  }
}
