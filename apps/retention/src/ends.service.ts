import { events, type Envelope, type http } from '@lethe/contracts';
import { dayOf, Fault, type TenantId, type Transaction } from '@lethe/kernel';
import { twoPersons, type AnswerOf, type Caller, type ServiceContext } from '@lethe/platform';
import { isReached, stateOf } from './domain/end.ts';
import type { LongPoll } from './long-poll.ts';
import { BackupStore } from './store/backup.store.ts';
import { EndStore, type EndRow, type EndStep } from './store/end.store.ts';
import { OrderStore } from './store/order.store.ts';

/** Facts about the end concern no one person: one slot carries them in order. */
const END_SLOT = 0;
/** How long a proposal waits for the second person. Milliseconds of machine time. */
const PROPOSAL_MS = 24 * 60 * 60_000;

/**
 * The end of a tenant, by two persons: collecting stops, the ordinary sweep takes what no floor keeps and the rest on its
 * dates, and when no part is left with anybody the keys of the tenant are ordered to die. Each step is heard of and marked
 * once; whoever is killed between two is followed by a sweep that sees the same.
 */
export class EndsService {
  constructor(
    private readonly context: ServiceContext,
    private readonly longPoll: LongPoll,
  ) {}

  /** @throws Fault `conflict` when the tenant has ended already @param now machine time */
  async propose(
    { tenant, sub }: Pick<Caller, 'tenant' | 'sub'>,
    reason: string,
    now: Date,
  ): Promise<AnswerOf<typeof http.ProposeEnd>> {
    const end = this.context.newId();
    const today = await this.today(tenant);
    return this.context.database.within(tenant, async (sql) => {
      const store = new EndStore(sql, tenant);
      if (await store.inForce()) throw ended();
      await store.propose(end, reason, sub, now);
      return { end, left: counted(await store.left(today)) };
    });
  }

  /**
   * Confirms what another person proposed within a day; waits until collection has stopped.
   * @param now machine time @throws Fault `missing`, `forbidden`, `conflict` when it is too old or there is an end already
   */
  async confirm(
    caller: Pick<Caller, 'tenant' | 'sub'>,
    end: string,
    waitMs: number,
    now: Date,
  ): Promise<AnswerOf<typeof http.ConfirmEnd>> {
    const { tenant, sub } = caller;
    const legalNow = await this.context.clock.legalNow(tenant);
    await this.context.database.within(tenant, async (sql) => {
      await new BackupStore(sql, tenant).lockGuard();
      const store = new EndStore(sql, tenant);
      const row = await store.lock(end);
      if (!row) throw new Fault('missing', 'retention/no-such-end', 'no such proposal', 'end');
      twoPersons(row.proposedBy, caller);
      if (await store.inForce()) throw ended();
      if (now.getTime() - row.proposedAt.getTime() > PROPOSAL_MS)
        throw new Fault('conflict', 'retention/proposal-too-old', 'propose again: what is held is another', 'end');
      await store.confirm(end, sub, now, legalNow);
      await this.context.outbox.announce(sql, events.EndOrderedV1, this.about(tenant, now), {
        end,
        at: legalNow.toISOString(),
      });
    });
    const look = () => this.context.database.within(tenant, (sql) => new EndStore(sql, tenant).lock(end));
    await this.longPoll.until(waitMs, async () => ((await look())?.stoppedAt ? true : undefined));
    return { end, state: stateOf((await look()) ?? {}) };
  }

  async hasStopped(sql: Transaction, tenant: TenantId): Promise<boolean> {
    return (await new EndStore(sql, tenant).stopped()) !== undefined;
  }

  async state(tenant: TenantId): Promise<AnswerOf<typeof http.End>> {
    const legalNow = await this.context.clock.legalNow(tenant);
    const today = await this.today(tenant);
    return this.context.database.within(tenant, async (sql) => {
      const store = new EndStore(sql, tenant);
      const row = await store.present();
      const { lastDay, ...left } = await store.left(today);
      return {
        legalTime: legalNow.toISOString(),
        ...(row ? { state: stateOf(row), ...shown(row) } : {}),
        left,
        outstanding: await new OrderStore(sql, tenant).outstanding(),
        holds: await store.holds(),
        backups: (await new BackupStore(sql, tenant).unpurged()).length,
        ...(lastDay === undefined ? {} : { lastDay }),
      };
    });
  }

  /** Collection takes nothing more in; what it had taken in before has been told in this slot. */
  async collectingEnded(
    sql: Transaction,
    tenant: TenantId,
    { end, at }: Envelope<typeof events.CollectingEndedV1>['data'],
  ): Promise<void> {
    await this.mark(sql, tenant, end, 'stopped_at', new Date(at));
  }

  async emptied(
    sql: Transaction,
    tenant: TenantId,
    { end, at }: Envelope<typeof events.TenantEmptiedV1>['data'],
    now: Date,
  ): Promise<void> {
    await this.mark(sql, tenant, end, 'emptied_at', new Date(at));
    await this.reachIn(sql, tenant, now);
  }

  /** Every key is dead: no backup is of any use to anybody, and all go with the next sweep. */
  async shredded(sql: Transaction, tenant: TenantId, end: string): Promise<void> {
    await this.mark(sql, tenant, end, 'shredded_at', await this.context.clock.legalNow(tenant));
  }

  async stated(sql: Transaction, tenant: TenantId, data: Envelope<typeof events.EndStatedV1>['data']): Promise<void> {
    if (data.final) await this.mark(sql, tenant, data.end, 'final_at', new Date(data.at));
  }

  /** Orders the keys of a tenant to die once no part of it is left with anybody. Asked by each sweep. @param now machine time */
  async reach(tenant: TenantId, now: Date): Promise<void> {
    await this.context.database.within(tenant, (sql) => this.reachIn(sql, tenant, now));
  }

  private async reachIn(sql: Transaction, tenant: TenantId, now: Date): Promise<void> {
    const store = new EndStore(sql, tenant);
    const row = await store.inForce();
    if (!row?.orderedAt || !row.stoppedAt || !row.emptiedAt) return;
    const outstanding = await new OrderStore(sql, tenant).outstanding();
    if (!isReached(row, { outstanding, holds: await store.holds() })) return;
    const legalNow = await this.context.clock.legalNow(tenant);
    await this.mark(sql, tenant, row.end, 'reached_at', legalNow);
    await this.context.outbox.announce(sql, events.EndReachedV1, this.about(tenant, now), {
      end: row.end,
      orderedAt: row.orderedAt.toISOString(),
      stoppedAt: row.stoppedAt.toISOString(),
      emptiedAt: row.emptiedAt.toISOString(),
      disposals: await store.disposals(),
      at: legalNow.toISOString(),
    });
  }

  private async mark(sql: Transaction, tenant: TenantId, end: string, step: EndStep, at: Date): Promise<void> {
    if (await new EndStore(sql, tenant).mark(end, step, at)) sql.afterCommit(() => this.longPoll.wake());
  }

  private async today(tenant: TenantId) {
    const { clock } = this.context;
    return dayOf(await clock.legalNow(tenant), await clock.zone(tenant));
  }

  private about(tenant: TenantId, now: Date) {
    return { tenant, slot: END_SLOT, now };
  }
}

const ended = () => new Fault('conflict', 'retention/tenant-ended', 'the tenant has ended already', 'end');
const counted = ({ atOnce, floored, waiting }: { atOnce: number; floored: number; waiting: number }) => ({
  atOnce,
  floored,
  waiting,
});

function shown({ end, reason, proposedBy, confirmedBy, ...row }: EndRow) {
  return {
    end,
    reason,
    proposedBy,
    proposedAt: row.proposedAt.toISOString(),
    ...(confirmedBy === undefined ? {} : { confirmedBy }),
    ...(row.confirmedAt === undefined ? {} : { confirmedAt: row.confirmedAt.toISOString() }),
    ...(row.stoppedAt === undefined ? {} : { stoppedAt: row.stoppedAt.toISOString() }),
    ...(row.reachedAt === undefined ? {} : { reachedAt: row.reachedAt.toISOString() }),
    ...(row.finalAt === undefined ? {} : { finalAt: row.finalAt.toISOString() }),
  };
}
