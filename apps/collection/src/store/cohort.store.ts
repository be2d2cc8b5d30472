import type { Compartment } from '@lethe/contracts';
import type { Day, MatterId, PartId, Sql, SubjectRef, Zone } from '@lethe/kernel';
import { DUE } from './disposal.store.ts';
import { endedBefore, withdrawalBefore } from './part-conditions.ts';

/**
 * What becomes of a part on the day of its cohort: `folds` into the cells; `withdrawn`, `ended`: it would have gone before its day,
 * for a withdrawal or for the end of a restriction; `goes`: it goes without having been read.
 */
export type Fate = 'folds' | 'withdrawn' | 'ended' | 'goes';

/** Rows of a cohort that share a fate. */
export interface Page {
  readonly fate: Fate;
  /** Where the rows lie; good as long as nothing but this transaction moves them. */
  readonly places: string;
}

/** A part that has been taken out of the vault, as far as it takes to open it. */
export interface Member {
  readonly part: PartId;
  readonly record: string;
  readonly subject: SubjectRef;
  readonly compartment: Compartment;
  readonly matter: MatterId | null;
  readonly sealed: Buffer;
}

/* Asked once a statement: where nothing is being shredded, no part is looked at for it. */
const ANY_SHRED = `(select exists (select 1 from shred where state <> 'swept'))`;
/* Of nobody erased or frozen, not restricted, not withdrawn before, and with something to read. */
const FOLDS = `p.sealed is not null and not p.restricted
  and not exists (select 1 from subject_state s where s.subject = p.subject and (s.frozen_by is not null or s.erased_entry is not null))
  and case when ${ANY_SHRED} then not exists (select 1 from shred x where x.subject = p.subject and p.compartment = any(x.compartments) and x.state <> 'swept') else true end
  and c.subject is null`;

/** The rows of one day's cohort, inside the one transaction that folds it. */
export class CohortStore {
  constructor(
    private readonly sql: Sql,
    private readonly order: { readonly class: string; readonly day: Day; readonly goes: Day },
  ) {}

  /** Every row the order is about, at most `size` a page, those of one person together: what is kept of a person is then looked up, and counted down, once. */
  async pages(zone: Zone, size: number): Promise<Page[]> {
    // All these rows are in memory once this has read them: to fetch a thousand by their places costs less than to read the table again.
    await this.sql.query('set local random_page_cost = 1');
    return this.sql.query<Page>(
      `select fate, array_agg(place)::text as places
       from (select fate, place, (row_number() over (partition by fate order by subject collate "C") - 1) / $4::int as page
             from (select p.ctid as place, p.subject,
                     case when ${FOLDS} then 'folds' when c.subject is not null then 'withdrawn'
                       when ${endedBefore('$5::date')} then 'ended' else 'goes' end as fate
                   from part p left join consent_state c on ${withdrawalBefore('$5::date', '$3')} where ${DUE}) due) paged
       group by fate, page`,
      [this.order.class, this.order.day, zone, size, this.order.goes],
    );
  }

  /** Takes the rows of a page out of the vault: each is read and deleted in one go. */
  take(page: Page): Promise<Member[]> {
    return this.sql.query<Member>(
      `delete from part p where p.ctid = any($3::tid[]) and ${DUE}
       returning p.part, p.record, p.subject, p.compartment, p.matter, p.sealed`,
      [this.order.class, this.order.day, page.places],
    );
  }
}
