import { events, TENANT_SLOT } from '@lethe/contracts';
import { nextDay, slotOf, subjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import { ofEveryTenant, type ServiceContext } from '@lethe/platform';
import { awaited } from './domain/backup.ts';
import { Clearing } from './clearing.ts';
import { disposalOrdered } from './domain/disposal.ts';
import { consentOf } from './extensions.service.ts';
import type { MattersService } from './matters.service.ts';
import { BackupStore } from './store/backup.store.ts';
import { EndStore } from './store/end.store.ts';
import { ExtensionStore } from './store/extension.store.ts';
import { HoldStore } from './store/hold.store.ts';
import { MatterStore } from './store/matter.store.ts';
import { OrderStore } from './store/order.store.ts';

/** Anchors of one transaction. */
const AT_ONCE = 1_000;

/**
 * States retention's present anew, for who missed how it came about: what keeps a person's data longer (holds, agreed
 * extensions), from when it counts (anchors), who is frozen here and how orders of erasure were answered, what became of backups, and how far anything goes by its date; and its orders that nobody has
 * carried out. All of it is told under the name it had, so that who knows it changes nothing.
 */
export class Restating {
  constructor(
    private readonly context: ServiceContext,
    private readonly matters: Pick<MattersService, 'stateErasures'>,
  ) {}

  /** The id of the last event. */
  async state(slot: number): Promise<string | undefined> {
    return ofEveryTenant(this.context.packs, async (tenant) => {
      const anchored = await this.stateAnchors(tenant, slot);
      const kept = await this.within(tenant, (sql) => this.stateKept(sql, tenant, slot));
      const backups =
        slot === TENANT_SLOT ? await this.within(tenant, (sql) => this.stateBackups(sql, tenant)) : undefined;
      const cleared = slot === TENANT_SLOT ? await this.stateCleared(tenant) : undefined;
      return cleared ?? backups ?? kept ?? anchored;
    });
  }

  /** The id of the last order; each is of a whole tenant. */
  async stateOrders(slot: number): Promise<string | undefined> {
    if (slot !== TENANT_SLOT) return undefined;
    return ofEveryTenant(this.context.packs, (tenant) => this.within(tenant, (sql) => this.stateOrdersOf(sql, tenant)));
  }

  private async stateAnchors(tenant: TenantId, slot: number): Promise<string | undefined> {
    const { outbox, clock, config } = this.context;
    let last: string | undefined;
    for (let after = '', more = true; more;) {
      const page = await this.within(tenant, (sql) => new MatterStore(sql, tenant).anchorsAfter(after, AT_ONCE));
      const here = page.filter(({ subject }) => slotOf(subjectRef(subject), config.slots) === slot);
      const told = await this.within(tenant, (sql) =>
        outbox.announceAll(
          sql,
          events.MatterAnchoredV1,
          clock.machineNow(),
          here.map(({ matter, subject, anchor, version, at }) => ({
            about: { tenant, subject },
            data: { matter, anchor, version, at: at.toISOString() },
          })),
        ),
      );
      last = told.at(-1) ?? last;
      after = page.at(-1)?.matter ?? after;
      more = page.length >= AT_ONCE;
    }
    return last;
  }

  /** Holds and extensions that stand or that somebody may still have to let go, and who is frozen. */
  private async stateKept(sql: Transaction, tenant: TenantId, slot: number): Promise<string | undefined> {
    const { outbox, clock, config } = this.context;
    const now = clock.machineNow();
    // What names no person stands in every slot.
    const isHere = (subject: string | undefined): boolean =>
      subject === undefined || slotOf(subjectRef(subject), config.slots) === slot;
    const holds = (await new HoldStore(sql, tenant).unsettled()).filter(({ scope }) =>
      isHere('subject' in scope ? scope.subject : undefined),
    );
    const about = (subject: string | undefined) => (subject === undefined ? { tenant, slot } : { tenant, subject });
    const ofHold = ({ scope }: (typeof holds)[number]) => about('subject' in scope ? scope.subject : undefined);
    const placed = await outbox.announceAll(
      sql,
      events.HoldPlacedV1,
      now,
      holds
        .filter(({ releasedAt }) => releasedAt === null)
        .map((row) => ({
          about: ofHold(row),
          data: { hold: row.hold, scope: row.scope, at: row.placedAt.toISOString() },
        })),
    );
    const released = await outbox.announceAll(
      sql,
      events.HoldReleasedV1,
      now,
      holds.flatMap((row) =>
        row.releasedAt === null
          ? []
          : [{ about: ofHold(row), data: { hold: row.hold, at: row.releasedAt.toISOString() } }],
      ),
    );
    const extensions = (await new ExtensionStore(sql, tenant).unsettled()).filter(({ scope }) => isHere(scope.subject));
    const legalNow = (await clock.legalNow(tenant)).toISOString();
    const agreed = await outbox.announceAll(
      sql,
      events.ExtensionAgreedV2,
      now,
      extensions
        .filter(({ state }) => state !== 'withdrawn')
        .map(({ extension, scope, until, agreedAt, ground, evidence: rests }) => {
          const consent = consentOf(rests);
          const evidence = [...rests];
          const data = { extension, scope, goes: nextDay(until), at: agreedAt.toISOString(), ground, evidence };
          return { about: about(scope.subject), data: consent === undefined ? data : { ...data, consent } };
        }),
    );
    const withdrawn = await outbox.announceAll(
      sql,
      events.ExtensionWithdrawnV1,
      now,
      extensions
        .filter(({ state }) => state === 'withdrawn')
        .map(({ extension, scope }) => ({ about: about(scope.subject), data: { extension, at: legalNow } })),
    );
    const erasures = await this.matters.stateErasures(sql, tenant, slot);
    return [...placed, ...released, ...agreed, ...withdrawn, ...erasures].at(-1);
  }

  private async stateCleared(tenant: TenantId): Promise<string | undefined> {
    return this.within(tenant, async (sql) => {
      await new BackupStore(sql, tenant).lockGuard();
      return new Clearing(this.context).state(sql, tenant, this.context.clock.machineNow());
    });
  }

  private async stateBackups(sql: Transaction, tenant: TenantId): Promise<string | undefined> {
    const { outbox, clock } = this.context;
    const now = clock.machineNow();
    const about = { tenant, slot: TENANT_SLOT };
    const backups = await new BackupStore(sql, tenant).known();
    const of = (state: (typeof backups)[number]['state']) => backups.filter((row) => row.state === state);
    const ordered = await outbox.announceAll(
      sql,
      events.BackupOrderedV1,
      now,
      of('taking').map(({ backup, takenAt }) => ({ about, data: { backup, at: takenAt.toISOString() } })),
    );
    const isolated = await outbox.announceAll(
      sql,
      events.BackupIsolatedV1,
      now,
      of('isolated').flatMap(({ backup, because, isolatedAt, holder }) =>
        because === null || isolatedAt === null || holder !== null
          ? []
          : [{ about, data: { backup, because, at: isolatedAt.toISOString() } }],
      ),
    );
    const gone = await outbox.announceAll(
      sql,
      events.BackupGoneV1,
      now,
      of('purged').flatMap(({ backup, purgedAt }) =>
        purgedAt === null ? [] : [{ about, data: { backup, at: purgedAt.toISOString() } }],
      ),
    );
    return [...ordered, ...isolated, ...gone].at(-1);
  }

  private async stateOrdersOf(sql: Transaction, tenant: TenantId): Promise<string | undefined> {
    const { outbox, clock } = this.context;
    const now = clock.machineNow();
    const legalNow = await clock.legalNow(tenant);
    const at = legalNow.toISOString();
    const about = { tenant, slot: TENANT_SLOT };
    const disposals = await outbox.announceAll(
      sql,
      events.DisposalOrderedV2,
      now,
      (await new OrderStore(sql, tenant).inForce()).map((order) => ({ about, data: disposalOrdered(order, legalNow) })),
    );
    const purges = await outbox.announceAll(
      sql,
      events.BackupPurgedV1,
      now,
      (await new BackupStore(sql, tenant).known())
        .filter(({ state, filesGone }) => state === 'purging' && filesGone)
        .map(({ backup }) => ({ about, data: { backup, at } })),
    );
    const theirs = await outbox.announceAll(
      sql,
      events.PlatformBackupOrderedV1,
      now,
      (await new BackupStore(sql, tenant).known()).flatMap((row) => {
        const wanted = awaited(row);
        const { backup, holder, because } = row;
        if (wanted === undefined || holder === null) return [];
        const why = wanted === 'purge' || because === null ? {} : { because };
        return [{ about, data: { backup, holder, wanted, ...why, at } }];
      }),
    );
    const store = new EndStore(sql, tenant);
    const end = await store.inForce();
    const ends: string[] = [];
    if (end?.orderedAt && end.stoppedAt === undefined)
      ends.push(
        await outbox.announce(
          sql,
          events.EndOrderedV1,
          { ...about, now },
          { end: end.end, at: end.orderedAt.toISOString() },
        ),
      );
    if (end?.orderedAt && end.stoppedAt && end.emptiedAt && end.reachedAt && end.shreddedAt === undefined)
      ends.push(
        await outbox.announce(
          sql,
          events.EndReachedV1,
          { ...about, now },
          {
            end: end.end,
            orderedAt: end.orderedAt.toISOString(),
            stoppedAt: end.stoppedAt.toISOString(),
            emptiedAt: end.emptiedAt.toISOString(),
            disposals: await store.disposals(),
            at: end.reachedAt.toISOString(),
          },
        ),
      );
    return [...disposals, ...purges, ...theirs, ...ends].at(-1);
  }

  private within<Answer>(tenant: TenantId, work: (sql: Transaction) => Promise<Answer>): Promise<Answer> {
    return this.context.database.within(tenant, work);
  }
}
