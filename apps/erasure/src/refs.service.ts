import { http } from '@lethe/contracts';
import { addPeriod, dayOf, nextDay, type Day, type SubjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import type { LedgerEntry } from '@lethe/ledger';
import { crashPoint, type ServiceContext } from '@lethe/platform';
import { catalogueOf } from './catalogue.ts';
import { firstLook, neededFor, type Need, type OlderCopy } from './domain/forgetting.ts';
import { legalOf, momentOf, type Moment } from './moment.ts';
import type { Books } from './store/books.ts';
import { RefStore, type Candidate } from './store/ref.store.ts';

const AT_ONCE = 500;
/** Where a law or a hold keeps something of the person, it is looked again after this: it seldom ends sooner. */
const KEPT_AGAIN = 'P7D';

/**
 * Drops the refs of the ledger that can no longer be needed. Entries and numbers stay; the ref goes from the disk. Everything
 * it decides by is looked up anew each time, and what it cannot find out keeps the ref.
 */
export class RefsService {
  private readonly lookedOn = new Map<TenantId, Day>();
  private stopping = false;

  constructor(
    private readonly context: ServiceContext,
    private readonly books: Pick<Books, 'ledger'>,
  ) {}

  /** What these entries destroy is dead: from now on it is counted until nobody needs their refs. @param at machine time */
  async dead(
    sql: Transaction,
    tenant: TenantId,
    of: { readonly keys?: readonly string[]; readonly entries?: readonly number[] },
    at: Date,
  ): Promise<void> {
    const [pack, moment] = await Promise.all([this.context.packs.pack(tenant), momentOf(this.context, tenant)]);
    const legal = legalOf(at, moment);
    await new RefStore(sql, tenant).dead(of, {
      at,
      on: dayOf(legal, pack.zone),
      lookOn: firstLook(pack, legal),
    });
  }

  /** Looks once a day of each tenant. One tenant's trouble keeps no other waiting. */
  async sweep(): Promise<void> {
    for (const { tenant } of await this.context.packs.tenants()) {
      if (this.stopping) return;
      const { today } = await momentOf(this.context, tenant);
      if (this.lookedOn.get(tenant) === today) continue;
      try {
        while ((await this.look(tenant)) === AT_ONCE && !this.stopping);
        this.lookedOn.set(tenant, today);
      } catch {
        this.context.logger.warn(
          { tenant, code: 'erasure/no-look' },
          'it could not be found out which refs are still needed',
        );
      }
    }
  }

  stop(): void {
    this.stopping = true;
  }

  /** How many entries were looked at. @throws Fault `unavailable` while retention or collection does not answer */
  async look(tenant: TenantId): Promise<number> {
    const { context } = this;
    const moment = await momentOf(context, tenant);
    const candidates = await context.database.within(tenant, (sql) =>
      new RefStore(sql, tenant).candidates(moment.today, AT_ONCE),
    );
    if (candidates.length === 0) return 0;
    const entries = await this.entries(candidates);
    const needs = await this.needs(tenant, moment, candidates, entries);
    const drop = [...entries.keys()].filter((entry) => needs.get(entry) === undefined);
    if (drop.length > 0) await this.books.ledger.forget(tenant, drop, moment.machine);
    crashPoint('erasure.refs.dropped');
    const kept = [...needs].filter(([, need]) => need === 'something-is-kept').map(([entry]) => entry);
    const later = [...needs].filter(([, need]) => need !== undefined && need !== 'something-is-kept');
    await context.database.within(tenant, async (sql) => {
      const store = new RefStore(sql, tenant);
      // Also those that were dropped by somebody who was killed before saying so here.
      await store.dropped(candidates.flatMap(({ entry }) => (needs.get(entry) === undefined ? [entry] : [])));
      await store.lookAgain(kept, addPeriod(moment.today, KEPT_AGAIN));
      await store.lookAgain(
        later.map(([entry]) => entry),
        nextDay(moment.today),
      );
    });
    if (drop.length > 0)
      context.logger.info({ tenant, count: drop.length }, 'refs of the ledger that nobody needs any more were dropped');
    return candidates.length;
  }

  /** The candidates that have a ref. */
  private async entries(candidates: readonly Candidate[]): Promise<ReadonlyMap<number, Named>> {
    const wanted = new Set(candidates.map(({ entry }) => entry));
    const found = new Map<number, Named>();
    for (const { entry } of candidates) {
      if (!wanted.has(entry)) continue;
      const page = await this.books.ledger.after(entry - 1, AT_ONCE);
      for (const each of page)
        if (wanted.delete(each.entry) && each.subject !== undefined)
          found.set(each.entry, { ...each, subject: each.subject });
    }
    return found;
  }

  private async needs(
    tenant: TenantId,
    moment: Moment,
    candidates: readonly Candidate[],
    entries: ReadonlyMap<number, Named>,
  ): Promise<ReadonlyMap<number, Need | undefined>> {
    const { context } = this;
    const [pack, copies, known] = await Promise.all([
      context.packs.pack(tenant),
      this.copies(tenant),
      context.database.within(tenant, async (sql) => {
        const store = new RefStore(sql, tenant);
        const requests = [...entries.values()].flatMap(({ erasure }) => erasure ?? []);
        return { requests: await store.requests(requests), unanswered: await store.unanswered([...entries.keys()]) };
      }),
    ]);
    const needs = new Map<number, Need | undefined>();
    for (const { entry, deadOn, epochEnded } of candidates) {
      const named = entries.get(entry);
      if (named === undefined) continue;
      const facts = {
        deadOn,
        epochEnded,
        request: named.erasure === undefined ? undefined : known.requests.get(named.erasure),
        unanswered: known.unanswered.has(entry),
        kept: 0,
      };
      const now = { today: moment.today, firstLook: firstLook(pack, noonOf(deadOn)), copies };
      // Nobody is asked about a person whose ref is needed anyway.
      const need = neededFor(facts, now);
      const isErased = named.kind === 'erased' || named.kind === 'restricted';
      needs.set(
        entry,
        need ?? (isErased ? neededFor({ ...facts, kept: await this.kept(tenant, named.subject) }, now) : undefined),
      );
    }
    return needs;
  }

  /** Backups that are not purged, Lethe's and the platform's. */
  private async copies(tenant: TenantId): Promise<OlderCopy[]> {
    const [catalogue, zone] = await Promise.all([catalogueOf(this.context, tenant), this.context.clock.zone(tenant)]);
    return catalogue.map(({ backup, takenAt, platform }) => ({
      backup,
      from: dayOf(new Date(platform?.from ?? takenAt), zone),
    }));
  }

  private async kept(tenant: TenantId, subject: SubjectRef): Promise<number> {
    const { holdings } = await this.context.peers.ask(http.Holdings, { tenant, params: { subject } });
    return holdings.reduce((sum, { parts, held, restricted }) => sum + Math.max(parts, held, restricted), 0);
  }
}

type Named = LedgerEntry & { readonly subject: SubjectRef };

/** An instant of a day, in any zone of the tenants. */
const noonOf = (day: Day): Date => new Date(`${day}T04:00:00.000Z`);
