import { events, TENANT_SLOT, type Envelope } from '@lethe/contracts';
import { Fault, type TenantId, type Transaction } from '@lethe/kernel';
import { crashPoint } from '@lethe/platform';
import type { Matters } from './matters.ts';
import type { Moment, Room } from './room.ts';
import { CHUNK } from './shredding.ts';
import { EndStore } from './store/end.store.ts';
import { lockAllSlots } from './store/locks.ts';

/** Who declares it, where two persons have: retention knows their names. */
const BY_TWO = 'two-persons';
const MATTERS_AT_ONCE = 100;

/**
 * The end of a tenant: from one commit on nothing is taken in; what waits is dated from that instant, since no anchor can come
 * later; when no part is left it is said so, and once the ledger has it every key dies. Each step can be repeated.
 */
export class TenantEnds {
  constructor(
    private readonly room: Room,
    private readonly matters: Matters,
  ) {}

  /** The order of two persons. Every slot's stream has it after the last admission of that slot. */
  async stop(sql: Transaction, event: Envelope<typeof events.EndOrderedV1>, at: Moment): Promise<void> {
    const { context } = this.room;
    const { tenant, data } = event;
    await lockAllSlots(sql, tenant, context.config.slots);
    const store = new EndStore(sql, tenant);
    if (!(await store.stop(data.end, at.legal, BY_TWO))) return;
    const { stoppedAt } = (await store.present()) ?? { stoppedAt: at.legal };
    await context.outbox.announceEverywhere(
      sql,
      events.CollectingEndedV1,
      { tenant, now: at.machine },
      { end: data.end, at: stoppedAt.toISOString() },
    );
    sql.afterCommit(() => {
      this.room.standings.forget(tenant);
      this.room.wake(tenant);
    });
  }

  /** The ledger has the end: the keys may die. */
  async recorded(sql: Transaction, event: Envelope<typeof events.EndRecordedV1>): Promise<void> {
    const { tenant, data } = event;
    const store = new EndStore(sql, tenant);
    if ((await store.present())?.end !== data.end)
      throw new Fault('unavailable', 'collection/end-unknown', 'the end of the tenant has not been heard of yet');
    await store.record(data.end, data.entry);
    sql.afterCommit(() => this.room.wake(tenant));
  }

  /** Says again how far the end has come, to whoever still waits for it. */
  async stateAnew(sql: Transaction, tenant: TenantId, now: Date): Promise<void> {
    const { outbox } = this.room.context;
    const store = new EndStore(sql, tenant);
    const end = await store.present();
    if (end === undefined) return;
    const about = { tenant, slot: TENANT_SLOT, now };
    await outbox.announce(sql, events.CollectingEndedV1, about, { end: end.end, at: end.stoppedAt.toISOString() });
    if (end.emptiedAt !== undefined)
      await outbox.announce(sql, events.TenantEmptiedV1, about, { end: end.end, at: end.emptiedAt.toISOString() });
    if (end.entry === undefined || end.shreddedAt === undefined) return;
    // The keyring remembers what it destroyed under an entry: asked again it answers that, and destroys nothing.
    const { keys, effectiveAt } = await this.room.keyring.forgetTenant(tenant, end.entry);
    await lockAllSlots(sql, tenant, this.room.context.config.slots);
    while ((await store.forgetFacts(CHUNK)) > 0);
    await outbox.announce(sql, events.TenantShreddedV1, about, {
      end: end.end,
      entry: end.entry,
      keys,
      effectiveAt: effectiveAt.toISOString(),
      rescan: await store.rescan(),
    });
  }

  /** What there is to do for a tenant that ends. */
  async work(tenant: TenantId, at: Moment): Promise<void> {
    const end = await this.room.context.database.within(tenant, (sql) => new EndStore(sql, tenant).present());
    if (end === undefined) return;
    // What has come since: a digest of what was refused, a consent withdrawn after the end.
    if (end.shreddedAt !== undefined) return this.forget(tenant);
    if (end.datedAt === undefined) await this.dateAll(tenant, end.stoppedAt, at);
    if (end.emptiedAt === undefined) await this.lookWhetherEmpty(tenant, end.end, at);
    if (end.entry !== undefined) await this.shred(tenant, end.end, end.entry, at);
  }

  private async dateAll(tenant: TenantId, stoppedAt: Date, at: Moment): Promise<void> {
    const { context } = this.room;
    for (let after = ''; ;) {
      const page = await context.database.within(tenant, async (sql) => {
        const waiting = await new EndStore(sql, tenant).waiting(after, MATTERS_AT_ONCE);
        if (waiting.length === 0) return waiting;
        await lockAllSlots(sql, tenant, context.config.slots);
        for (const { matter, subject } of waiting)
          await this.matters.endWaiting(sql, { tenant, matter, subject }, stoppedAt, at);
        return waiting;
      });
      crashPoint('collection.end.dated');
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.matter;
    }
    await context.database.within(tenant, (sql) => new EndStore(sql, tenant).mark('dated_at', at.legal));
  }

  private async lookWhetherEmpty(tenant: TenantId, end: string, at: Moment): Promise<void> {
    const { context } = this.room;
    await context.database.within(tenant, async (sql) => {
      await lockAllSlots(sql, tenant, context.config.slots);
      const store = new EndStore(sql, tenant);
      if (!(await store.isEmpty()) || !(await store.mark('emptied_at', at.legal))) return;
      await context.outbox.announce(
        sql,
        events.TenantEmptiedV1,
        { tenant, slot: TENANT_SLOT, now: at.machine },
        { end, at: at.legal.toISOString() },
      );
    });
  }

  private async shred(tenant: TenantId, end: string, entry: number, at: Moment): Promise<void> {
    const { context, keyring } = this.room;
    const empty = await context.database.within(tenant, (sql) => new EndStore(sql, tenant).isEmpty());
    // A restore has let something in since: it goes first, as everything did.
    if (!empty) return;
    const { keys, effectiveAt } = await keyring.forgetTenant(tenant, entry);
    crashPoint('collection.end.keys-dead');
    await this.forget(tenant);
    const left = await context.database.within(tenant, async (sql) => {
      // The last look: whoever submits has its slot until it commits, so nothing comes between it and what is told.
      await lockAllSlots(sql, tenant, context.config.slots);
      const store = new EndStore(sql, tenant);
      while ((await store.forgetFacts(CHUNK)) > 0);
      const rescan = await store.rescan();
      if (rescan > 0 || !(await store.mark('shredded_at', at.machine))) return rescan;
      await context.outbox.announce(
        sql,
        events.TenantShreddedV1,
        { tenant, slot: TENANT_SLOT, now: at.machine },
        { end, entry, keys, effectiveAt: effectiveAt.toISOString(), rescan },
      );
      return rescan;
    });
    if (left > 0)
      context.logger.warn(
        { tenant, count: left, code: 'collection/end-rescan' },
        'something of a tenant has come since its keys died: it goes first',
      );
    crashPoint('collection.end.told');
  }

  /** A chunk a transaction: nobody waits long for it. */
  private async forget(tenant: TenantId): Promise<void> {
    const { database } = this.room.context;
    while ((await database.within(tenant, (sql) => new EndStore(sql, tenant).forgetFacts(CHUNK))) > 0);
  }
}
