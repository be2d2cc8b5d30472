import { type http } from '@lethe/contracts';
import { dayOf, disposalDay, type Day, type TenantId, type Transaction } from '@lethe/kernel';
import type { AnswerOf, ServiceContext } from '@lethe/platform';
import { evidenceDisposal, retentionClasses, type Pack } from '@lethe/policy';
import type { Dates } from './dates.ts';
import { ESCALATE_AFTER_MS, goingOn } from './domain/disposal.ts';
import { BACKED_UP } from './domain/backup.ts';
import {
  compare,
  FINDING_KINDS,
  foundAmong,
  NOT_TAKEN_AFTER_MS,
  waitingPastLimit,
  type Facts,
  type Found,
} from './domain/finding.ts';
import { EndStore } from './store/end.store.ts';
import { FindingStore, type FindingRow } from './store/finding.store.ts';
import { HoldStore } from './store/hold.store.ts';
import { HoldToldStore } from './store/hold-told.store.ts';
import { stopsSweep } from './domain/hold.ts';

/** Matters looked at in one transaction. */
const PAGE = 1_000;
/** Findings one answer lists. */
const LISTED = 1_000;
const OTHERS = FINDING_KINDS.filter((kind) => kind !== 'waiting-past-limit');

interface Looking {
  readonly now: Date;
  readonly legalNow: Date;
  readonly today: Day;
  readonly pack: Pack;
  /** The day evidence of what is resolved now must be gone. */
  readonly disposeOn: Day;
}

/** Lists what a person has to look at, and takes it off the list when it is no longer so. Nothing is decided here. */
export class FindingsService {
  constructor(
    private readonly context: ServiceContext,
    private readonly dates: Dates,
  ) {
    context.metrics.gauge('findings', 'Findings that are not resolved, by kind; all tenants together', async () => {
      const kinds = new Map<string, number>(FINDING_KINDS.map((kind) => [kind, 0]));
      for (const { tenant } of await context.packs.tenants())
        for (const { kind, count } of await this.byKind(tenant)) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
      return [...kinds].map(([kind, value]) => ({ labels: { kind }, value }));
    });
  }

  /** Looks at a tenant, as each sweep does. Safe in any number of replicas; how many are new. @param now machine time */
  async look(tenant: TenantId, now: Date): Promise<number> {
    const pack = await this.context.packs.pack(tenant);
    const legalNow = await this.context.clock.legalNow(tenant);
    const looking: Looking = {
      now,
      legalNow,
      today: dayOf(legalNow, pack.zone),
      pack,
      disposeOn: evidenceDisposal(pack, legalNow),
    };
    const classes = new Set(retentionClasses(pack).map(({ name }) => name));
    const opened = (await this.lookAtWaiting(tenant, looking)) + (await this.lookAtRest(tenant, looking, classes));
    if (opened > 0)
      this.context.logger.warn(
        { tenant, count: opened, code: 'retention/findings' },
        'there is something new for a person to look at',
      );
    return opened;
  }

  private async lookAtWaiting(tenant: TenantId, looking: Looking): Promise<number> {
    let opened = 0;
    for (let after: { class: string; matter: string } | undefined = { class: '', matter: '' }; after;) {
      const from: { class: string; matter: string } = after;
      const page = await this.context.database.within(tenant, async (sql) => {
        const store = new FindingStore(sql, tenant);
        const waiting = await store.waiting(looking.today, from, PAGE);
        const last = waiting.length === PAGE ? waiting.at(-1) : undefined;
        const open = await store.open(['waiting-past-limit'], { after: from, ...(last ? { upTo: last } : {}) });
        return { last, added: await this.write(store, open, waitingPastLimit(waiting, looking.today), looking) };
      });
      opened += page.added;
      after = page.last;
    }
    return opened;
  }

  private lookAtRest(tenant: TenantId, looking: Looking, classes: ReadonlySet<string>): Promise<number> {
    return this.context.database.within(tenant, async (sql) => {
      const store = new FindingStore(sql, tenant);
      const before = new Date(looking.now.getTime() - ESCALATE_AFTER_MS);
      const ended = (await new EndStore(sql, tenant).present())?.confirmedBy ?? undefined;
      const holds = new HoldStore(sql, tenant);
      const held = stopsSweep(await holds.beforeOrders()) === 'held';
      const facts = {
        counted: await store.counted(),
        // What a hold on the whole tenant keeps is not late.
        unordered: held ? [] : await this.overdue(sql, tenant, looking.today),
        unanswered: await store.unanswered(before),
        silent: await store.silent(before, looking.pack.zone),
        unmoved: await store.unmoved(before, looking.pack.zone),
        untaken: await new HoldToldStore(sql, tenant).silent(before, looking.pack.zone),
        unrecorded: await holds.unanswered(new Date(looking.legalNow.getTime() - ESCALATE_AFTER_MS), looking.pack.zone),
        holds: await store.holds(),
        backups: await store.backups(),
        // Of a tenant that ends no backup is needed any more.
        untakenBackups:
          ended !== undefined
            ? []
            : await store.untakenBackups(
                new Date(looking.now.getTime() - NOT_TAKEN_AFTER_MS),
                BACKED_UP.length,
                looking.pack.zone,
              ),
        end: held ? undefined : await this.endOf(sql, tenant, looking),
      };
      return this.write(store, await store.open(OTHERS), foundAmong(facts, looking.today, classes), looking);
    });
  }

  /** Where the policy says within which time, counted from the day on which collecting stopped. */
  private async endOf(sql: Transaction, tenant: TenantId, { pack, today }: Looking): Promise<Facts['end']> {
    const within = pack.cessation?.disposal.within?.value;
    const store = new EndStore(sql, tenant);
    const stopped = within === undefined ? undefined : await store.stopped();
    if (within === undefined || stopped === undefined) return undefined;
    const { atOnce, waiting } = await store.left(today);
    const dueOn = disposalDay(dayOf(stopped.stoppedAt, pack.zone), within);
    return { end: stopped.end, dueOn, left: atOnce + waiting };
  }

  /** Days on which something should have gone, and that have no order although their floors have passed. */
  private async overdue(sql: Transaction, tenant: TenantId, today: Day): Promise<Facts['unordered']> {
    const days = new Map<string, { class: string; day: Day; parts: number }>();
    for (const tally of await this.dates.unordered(sql, tenant, today)) {
      if (tally.order !== undefined || (tally.floor !== undefined && tally.floor > today)) continue;
      const key = `${goingOn(tally)} ${tally.class}`;
      const { parts } = days.get(key) ?? { parts: 0 };
      days.set(key, { class: tally.class, day: goingOn(tally), parts: parts + tally.parts });
    }
    return [...days.values()];
  }

  private async write(
    store: FindingStore,
    open: readonly FindingRow[],
    found: readonly Found[],
    { legalNow, disposeOn }: Looking,
  ): Promise<number> {
    const { opened, resolved } = compare(open, found);
    await store.resolve(
      resolved.map(({ finding }) => finding),
      legalNow,
      disposeOn,
    );
    return store.add(
      opened.map((one) => ({ ...one, finding: this.context.newId() })),
      legalNow,
    );
  }

  /** Anchors of these matters came, or what waited was removed; part of the consumer's transaction. */
  async settle(sql: Transaction, tenant: TenantId, matters: readonly string[]): Promise<void> {
    const store = new FindingStore(sql, tenant);
    const settled = matters.length === 0 ? [] : await store.settled(matters);
    if (settled.length === 0) return;
    const legalNow = await this.context.clock.legalNow(tenant);
    await store.resolve(settled, legalNow, evidenceDisposal(await this.context.packs.pack(tenant), legalNow));
  }

  async all(tenant: TenantId): Promise<AnswerOf<typeof http.Findings>> {
    return this.context.database.within(tenant, async (sql) => {
      const store = new FindingStore(sql, tenant);
      const rows = await store.list(LISTED);
      return {
        open: Object.fromEntries((await store.openByKind()).map(({ kind, count }) => [kind, count])),
        findings: rows.map(({ finding, kind, class: of, about, since, parts, foundAt, resolvedAt }) => ({
          finding,
          kind,
          ...(of === '' ? {} : { class: of }),
          ...(about === '' ? {} : { about }),
          since,
          parts,
          foundAt: foundAt.toISOString(),
          ...(resolvedAt ? { resolvedAt: resolvedAt.toISOString() } : {}),
        })),
      };
    });
  }

  private byKind(tenant: TenantId) {
    return this.context.database.within(tenant, (sql) => new FindingStore(sql, tenant).openByKind());
  }
}
