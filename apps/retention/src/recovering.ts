import { events, http, type Envelope, type EventDefinition } from '@lethe/contracts';
import { dayBefore, dayOf, type TenantId, type Transaction } from '@lethe/kernel';
import type { LedgerEntry, Recovers, ServiceContext, Unmade } from '@lethe/platform';
import { backupPurgeDay } from '@lethe/policy';
import { Clearing } from './clearing.ts';
import type { IsolationCause } from './domain/backup.ts';
import type { RetentionService } from './retention.service.ts';
import { RECOVERED } from './domain/hold.ts';
import { BackupStore } from './store/backup.store.ts';
import { CatalogueStore } from './store/catalogue.store.ts';
import { EndStore } from './store/end.store.ts';
import { ExtensionStore } from './store/extension.store.ts';
import { HoldStore } from './store/hold.store.ts';
import { HoldToldStore } from './store/hold-told.store.ts';
import { MatterStore } from './store/matter.store.ts';
import { OrderStore } from './store/order.store.ts';

/** What follows from what others say and is heard again. */
const HEARD_AGAIN: readonly string[] = [events.RetentionErasureAckedV1.type, events.RetentionBackupTakenV1.type];
/**
 * What is about something that another slot, or the topic of orders, tells of. These are read in no order among each other, so
 * it waits until all has been heard, and is then taken by its time; at one time, in this order.
 */
const ABOUT_OTHERS: readonly string[] = [
  events.PlatformBackupOrderedV1.type,
  events.BackupIsolatedV1.type,
  events.BackupPurgedV1.type,
  events.PlatformBackupAckedV1.type,
  events.BackupGoneV1.type,
  events.HoldAckedV1.type,
  events.PlatformDisposalAckedV1.type,
  events.PlatformDisposalAckedV2.type,
];
/** Why a copy from before these is isolated. */
const CAUSES: Readonly<Partial<Record<LedgerEntry['kind'], IsolationCause>>> = {
  erased: 'erasure',
  withdrawn: 'withdrawal',
  disposed: 'disposal',
};
/**
 * How retention's database is brought up to what it has said: holds, extensions, anchors, orders and backups. Counts come again with
 * what collection says; the ledger destroys nothing here, because nothing here can be read. It says since when no copy is whole.
 */
export class Recovering implements Recovers {
  readonly #later = new Map<TenantId, Envelope[]>();

  constructor(
    private readonly context: ServiceContext,
    private readonly retention: Pick<RetentionService, 'recoverAck'>,
  ) {}

  /** Whatever a recovery that was broken off had heard is heard again. */
  async replay(sql: Transaction, tenant: TenantId, entries: readonly LedgerEntry[]): Promise<number> {
    this.#later.delete(tenant);
    const { clock } = this.context;
    const offset = (await clock.legalNow(tenant)).getTime() - clock.machineNow().getTime();
    const destroyed = entries.flatMap(({ kind, at }) => {
      const because = CAUSES[kind];
      return because === undefined ? [] : [{ because, at: new Date(at) }];
    });
    const last = destroyed.reduce<(typeof destroyed)[number] | undefined>(
      (latest, one) => (latest === undefined || one.at > latest.at ? one : latest),
      undefined,
    );
    if (last) await new BackupStore(sql, tenant).markDestroyed(last, new Date(last.at.getTime() + offset));
    return 0;
  }

  async said(sql: Transaction, tenant: TenantId, batch: readonly Envelope[]): Promise<Unmade[]> {
    const unmade: Unmade[] = [];
    for (const event of batch) {
      if (HEARD_AGAIN.includes(event.type)) continue;
      if (ABOUT_OTHERS.includes(event.type))
        this.#later
          .set(tenant, this.#later.get(tenant) ?? [])
          .get(tenant)
          ?.push(event);
      else if (!(await this.made(sql, tenant, event))) unmade.push({ event: event.id });
    }
    return unmade;
  }

  async settle(sql: Transaction, tenant: TenantId): Promise<{ dropped: number; lost: [] }> {
    const rank = ({ type }: Envelope): number => ABOUT_OTHERS.indexOf(type);
    const later = (this.#later.get(tenant) ?? []).sort(
      (one, other) => one.time.localeCompare(other.time) || rank(one) - rank(other),
    );
    for (const event of later) await this.made(sql, tenant, event);
    this.#later.delete(tenant);
    return { dropped: 0, lost: [] };
  }

  private async made(sql: Transaction, tenant: TenantId, event: Envelope): Promise<boolean> {
    const holds = new HoldStore(sql, tenant);
    const backups = new BackupStore(sql, tenant);
    if (is(event, events.HoldPlacedV1)) {
      const { hold, scope, at } = event.data;
      if (await holds.get(hold)) return true;
      const placedAt = new Date(at);
      const reviewOn = dayOf(placedAt, await this.context.clock.zone(tenant));
      const words = { reason: RECOVERED, authority: RECOVERED, placedBy: RECOVERED };
      await holds.add({ hold, scope, ...words, placedAt, reviewOn });
      return true;
    }
    if (is(event, events.HoldReleasedV1)) {
      await holds.release(event.data.hold, 'recovered-release', new Date(event.data.at));
      return true;
    }
    if (is(event, events.DisposalClearedV1)) {
      await new Clearing(this.context).recover(sql, tenant, event);
      return true;
    }
    if (is(event, events.HoldAckedV1)) {
      const { hold, participant, state, at } = event.data;
      await new HoldToldStore(sql, tenant).recover(hold, participant, state, new Date(at));
      return true;
    }
    if (is(event, events.ExtensionAgreedV1) || is(event, events.ExtensionAgreedV2)) {
      const { extension, scope, goes, at } = event.data;
      const store = new ExtensionStore(sql, tenant);
      if (await store.lock(extension)) return true;
      // Who agreed no event says, and version 1 neither the ground nor the evidence.
      const { ground, evidence } = 'ground' in event.data ? event.data : { ground: RECOVERED, evidence: [] };
      const listed = (await this.context.packs.pack(tenant)).retention?.extensions[ground];
      const words = { ground, clause: listed?.clause ?? RECOVERED, evidence, agreedBy: RECOVERED };
      await store.add({ extension, scope, ...words, until: dayBefore(goes), agreedAt: new Date(at) });
      return true;
    }
    if (is(event, events.ExtensionWithdrawnV1)) {
      await new ExtensionStore(sql, tenant).withdraw(event.data.extension);
      return true;
    }
    if (is(event, events.MatterAnchoredV1) && event.subject !== undefined) {
      const { matter, version, anchor, at } = event.data;
      const store = new MatterStore(sql, tenant);
      const known = (await store.lock([{ matter, subject: event.subject }])).get(matter);
      if ((known?.version ?? 0) < version)
        await store.append(
          [{ matter, subject: event.subject, version, anchor, at: new Date(at) }],
          new Date(event.time),
        );
      return true;
    }
    if (is(event, events.DisposalOrderedV1) || is(event, events.DisposalOrderedV2)) {
      const { order, class: partClass, day, method, custody, expected } = event.data;
      await sql.query(
        `insert into disposal_order (tenant, order_id, class, day, method, custody, expected, ordered_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
        [tenant, order, partClass, day, method, custody, expected, new Date(event.time)],
      );
      const unnamed = custody.includes('platform') ? [http.UNNAMED_PARTICIPANT] : [];
      const participants = 'participants' in event.data ? event.data.participants : unnamed;
      await new OrderStore(sql, tenant).address(participants.map((participant) => ({ order, participant })));
      return true;
    }
    if (is(event, events.PlatformDisposalAckedV1) || is(event, events.PlatformDisposalAckedV2)) {
      const { order, found, deleted, at } = event.data;
      const by = 'participant' in event.data ? event.data.participant : http.UNNAMED_PARTICIPANT;
      await this.retention.recoverAck(sql, tenant, order, by, { found, deleted }, new Date(at));
      return true;
    }
    if (is(event, events.EndOrderedV1)) {
      await sql.query(
        `insert into tenant_end (tenant, end_id, reason, proposed_by, proposed_at, confirmed_by, confirmed_at, ordered_at)
         values ($1, $2, $3, $3, $4, $5, $4, $6) on conflict do nothing`,
        [tenant, event.data.end, RECOVERED, new Date(event.time), 'recovered-confirmation', new Date(event.data.at)],
      );
      return true;
    }
    if (is(event, events.EndReachedV1)) {
      const { end, stoppedAt, emptiedAt, at } = event.data;
      const store = new EndStore(sql, tenant);
      await store.mark(end, 'stopped_at', new Date(stoppedAt));
      await store.mark(end, 'emptied_at', new Date(emptiedAt));
      await store.mark(end, 'reached_at', new Date(at));
      return true;
    }
    if (is(event, events.BackupOrderedV1)) {
      const { backup, at } = event.data;
      if (await backups.lock(backup)) return true;
      // For how long it was asked to be kept no event says: as long as the pack lets any.
      const takenAt = new Date(at);
      const purgeOn = backupPurgeDay(await this.context.packs.pack(tenant), takenAt, undefined);
      await backups.add({ backup, takenAt, purgeOn, orderedAt: new Date(event.time) });
      return true;
    }
    if (is(event, events.BackupStatedV1)) {
      await new CatalogueStore(sql, tenant).putBack(event.data);
      for (const { service, ...part } of event.data.parts)
        await backups.addPart(service, { backup: event.data.backup, ...part });
      return true;
    }
    if (is(event, events.BackupRegisteredV1)) {
      const { from, until, at: _, ...said } = event.data;
      const orderedAt = new Date(event.time);
      await backups.register({ ...said, from: new Date(from), until: new Date(until), orderedAt });
      return true;
    }
    if (is(event, events.PlatformBackupOrderedV1)) {
      const { backup, wanted, because = 'erasure', at } = event.data;
      const known = await backups.lock(backup);
      if (wanted === 'isolation' && known?.state === 'available')
        await backups.markIsolated(backup, because, new Date(at));
      if (wanted === 'purge' && known?.purgedAt === null) await backups.markPurging([backup]);
      await backups.markTold(backup, new Date(event.time));
      return true;
    }
    if (is(event, events.PlatformBackupAckedV1)) {
      const { backup, wanted } = event.data;
      await (wanted === 'isolation'
        ? backups.markMoved(backup, new Date(event.time))
        : backups.markFilesGone(backup, new Date(event.time)));
      return true;
    }
    if (is(event, events.BackupIsolatedV1)) {
      const { backup, because, at } = event.data;
      await backups.markIsolated(backup, because, new Date(at));
      await backups.markTold(backup, new Date(event.time));
      return true;
    }
    if (is(event, events.BackupPurgedV1)) {
      await backups.markPurging([event.data.backup]);
      await backups.markFilesGone(event.data.backup, new Date(event.time));
      return true;
    }
    if (is(event, events.BackupGoneV1)) {
      await backups.markPurged(event.data.backup, new Date(event.data.at));
      return true;
    }
    return false;
  }
}

const is = <Definition extends EventDefinition>(
  event: Envelope,
  definition: Definition,
): event is Envelope<Definition> & Envelope => event.type === definition.type;
