import { type http } from '@lethe/contracts';
import { Fault, type TenantId, type Transaction } from '@lethe/kernel';
import { within } from '@lethe/messaging';
import { crashPoint, listLost, ReplayList, type LostThing, type Quarantine } from '@lethe/platform';
import { eraseScope } from '@lethe/policy';
import type { Keyring } from '@lethe/sealing';
import type { z } from 'zod';
import { openItem } from './opening.ts';
import { momentOf, type Room } from './room.ts';
import { Said, type Told } from './said.ts';
import { DisposalStore } from './store/disposal.store.ts';
import { ErasureStore } from './store/erasure.store.ts';
import { claim, lockAllSlots } from './store/locks.ts';
import { PartStore } from './store/part.store.ts';
import { QuarantineStore } from './store/quarantine.store.ts';

export type RestoreReport = z.input<typeof http.restoreReport>;
type Asked = z.output<typeof http.RestoreBackup.body & object>;
type Answered = z.input<typeof http.RestoreBackup.answer>;

/** Longer than this nobody in front of a proxy waits. Milliseconds of machine time. */
const ANSWER_WITHIN_MS = 20_000;
const PARTS_AT_ONCE = 2_000;
/** Of what cannot be recovered, how much stands in an answer; the count is whole, and so is the list that is kept. */
const LISTED_AT_MOST = 10_000;

/** How often it is looked whether another process has done with a tenant. Milliseconds of machine time. */
const LOOK_EVERY_MS = 500;

/** The one way back, always through quarantine: nothing gets out of it that the ledger or a dead key forbids. */
export class Restore {
  /** By the restore's id. */
  private readonly underWay = new Map<string, Promise<Answered>>();
  /** The last one that was asked for: each waits for the one before, so that however many are asked for, people are served. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly room: Room) {}

  /**
   * Opens a backup in a schema of its own, replays the ledger to its end, reads its own topic to its end, tries every part with the keys
   * that still live, lets in what survives and is not there already, and lists one by one what was admitted and is nowhere. Asked again under the same id it waits for the same restore, and then
   * answers what that did.
   * @throws Fault `forbidden` when the two who approved are one, `missing` when the backup or its key is gone, `invalid` when what
   * lies there is not what was taken
   */
  async run(tenant: TenantId, asked: Asked): Promise<Answered> {
    if (asked.service !== 'collection')
      throw new Fault('invalid', 'collection/own-tables-only', 'a service restores its own tables only', 'service');
    let work = this.underWay.get(asked.restore);
    if (work === undefined) {
      work = this.last.then(() => this.inTurn(tenant, asked)).finally(() => this.underWay.delete(asked.restore));
      this.last = work.catch(() => undefined);
      this.underWay.set(asked.restore, work);
    }
    return (await within(ANSWER_WITHIN_MS, work)) ?? { state: 'running' };
  }

  /** While another process restores something of the tenant this one waits, as long as anybody waits for an answer. */
  private async inTurn(tenant: TenantId, asked: Asked): Promise<Answered> {
    for (let waited = 0; waited < ANSWER_WITHIN_MS; waited += LOOK_EVERY_MS) {
      const answer = await this.once(tenant, asked);
      if (answer !== undefined) return answer;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return { state: 'running' };
  }

  /** One restore of a tenant at a time, by one process, however many replicas are asked. Undefined: another is under way. */
  private once(tenant: TenantId, asked: Asked): Promise<Answered | undefined> {
    return this.room.context.database.within(tenant, async (sql) => {
      if (!(await claim(sql, tenant, 'restore'))) return undefined;
      const report = (await this.before(sql, asked.restore)) ?? (await this.through(tenant, asked));
      return { ...report, state: 'restored' };
    });
  }

  private async before(sql: Transaction, restore: string): Promise<RestoreReport | undefined> {
    const [row] = await sql.query<{ report: RestoreReport }>('select report from restored where restore = $1', [
      restore,
    ]);
    return row?.report;
  }

  private async through(tenant: TenantId, asked: Asked): Promise<RestoreReport> {
    const { context, keyring } = this.room;
    const [one, other] = asked.approvals;
    if (one === undefined || other === undefined)
      throw new Fault('invalid', 'collection/two-approvals', 'two approvals are needed', 'approvals');
    const key = await keyring.openBackupKey(tenant, asked.backup, [
      { by: one, reason: 'restore-proposed' },
      { by: other, reason: 'restore-confirmed' },
    ]);
    const list = new ReplayList(context.peers, tenant);
    await list.readOn();
    const quarantine = await context.quarantine(tenant, asked.backup, asked.sha256, key);
    try {
      const away = await new Said(this.room).away(tenant, quarantine);
      const report = await context.database.within(tenant, async (sql) => {
        const released = await this.release(sql, tenant, { quarantine, list, away });
        await sql.query('insert into restored (tenant, restore, report, at) values ($1, $2, $3, $4)', [
          tenant,
          asked.restore,
          JSON.stringify(released),
          context.clock.machineNow(),
        ]);
        return released;
      });
      crashPoint('collection.restore.merged');
      context.logger.info(
        { tenant, backup: asked.backup, rows: report.restored, count: report.dropped },
        'a backup was restored through quarantine',
      );
      return report;
    } finally {
      await quarantine.drop();
    }
  }

  /** What came back for a day that is closing is held, or kept, as what was there when it closed. */
  private async setAside(sql: Transaction, tenant: TenantId): Promise<void> {
    const disposals = new DisposalStore(sql, tenant);
    const zone = await this.room.context.clock.zone(tenant);
    for (const order of await disposals.open(['closing', 'folded'])) {
      const { held, restricted } = await disposals.setAside(order, order.goes, zone);
      await disposals.update(order, { held: order.held + held, restricted: order.restricted + restricted });
    }
  }

  /**
   * Of people whose erasure is ordered and waits, what came back is restricted as the order found the rest (I15, I17): by what it
   * named, and by the same rule what it could not name, because it was not there.
   */
  private async keepOrdered(sql: Transaction, tenant: TenantId, legal: Date): Promise<void> {
    const [erasures, parts] = [new ErasureStore(sql, tenant), new PartStore(sql, tenant)];
    const pack = await this.room.context.packs.pack(tenant);
    for (const { subject, restrict } of await erasures.orderedNow()) {
      const unnamed = eraseScope(pack, await parts.holdings(subject), legal).restrict.filter(
        (one) => !restrict.some(({ compartment, class: of }) => compartment === one.compartment && of === one.class),
      );
      await erasures.restrict(subject, [...restrict, ...unnamed]);
    }
  }

  /** Under all slot locks: no admission, erasure or hold moves while survivors are let in. */
  private async release(
    sql: Transaction,
    tenant: TenantId,
    from: { readonly quarantine: Quarantine; readonly list: ReplayList; readonly away: readonly Told[] },
  ): Promise<RestoreReport> {
    const { quarantine, list, away } = from;
    await lockAllSlots(sql, tenant, this.room.context.config.slots);
    // What went while the backup was unpacked. What is written from here on is carried out on what is let in.
    await list.readOn();
    const { entries } = list;
    const { today, legal } = await momentOf(this.room.context, tenant);
    const store = new QuarantineStore(sql, quarantine.schema);
    await sql.query(`select set_config('statement_timeout', '0', true)`);
    await store.dropLive();
    const dropped = (await store.replay(entries, today)) + (await store.dropFenced());
    const tried = await tryKeys(this.room.keyring, store, tenant);
    const columnsOf = (table: string) =>
      quarantine.header.tables.find((each) => each.table === table)?.columns.map((column) => column.name);
    const restored = await store.merge(columnsOf('part') ?? []);
    await store.mergeFacts(columnsOf);
    await store.markKept();
    await this.keepOrdered(sql, tenant, legal);
    await this.setAside(sql, tenant);
    const { lost } = tried;
    const said = new Said(this.room);
    for (let at = 0; at < away.length; at += PARTS_AT_ONCE)
      lost.push(...(await said.lost(sql, tenant, away.slice(at, at + PARTS_AT_ONCE), entries)));
    const incarnation = await this.room.context.beginLife(sql);
    await listLost(sql, tenant, incarnation, lost);
    return {
      restored,
      replayed: entries.length,
      dropped: dropped + tried.dropped,
      unrecoverable: lost.length,
      lost: lost.slice(0, LISTED_AT_MOST),
      incarnation,
    };
  }
}

/** A part whose subject or day is dead goes; one whose key is not there at all, or which was altered, cannot be recovered: listed. */
export async function tryKeys(
  keyring: Keyring,
  store: QuarantineStore,
  tenant: TenantId,
): Promise<{ dropped: number; lost: LostThing[] }> {
  const lost: LostThing[] = [];
  const dead: string[] = [];
  const unreadable: string[] = [];
  for await (const parts of store.parts(PARTS_AT_ONCE)) {
    const items = parts.flatMap((part) => openItem(part) ?? []);
    const outcomes = items.length === 0 ? [] : await keyring.sealer.open(tenant, items);
    // Keys in memory may outlive those of a matter by a minute: what is let in must not rest on them.
    const forgotten = await keyring.sealer.forgotten(tenant, items);
    const altered = new Set<string>();
    for (const [index, { reason }] of outcomes.entries()) {
      const { part } = items[index]!;
      if (reason === 'subject-key-dead' || reason === 'day-dead' || forgotten[index] === true) dead.push(part);
      else if (reason !== undefined) altered.add(part);
    }
    unreadable.push(...altered);
    for (const { part, record } of parts) if (altered.has(part)) lost.push({ part, record });
  }
  // Once for all: what lies in quarantine has no index.
  const dropped = await store.drop(dead);
  await store.drop(unreadable);
  return { dropped, lost };
}
