import { events, type Envelope } from '@lethe/contracts';
import { slotOf, type Day, type SubjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import { judgeHold } from './domain/hold.ts';
import { openItem } from './opening.ts';
import { personOf } from './person-of.ts';
import type { Moment, Room } from './room.ts';
import { CHUNK } from './shredding.ts';
import { EndStore } from './store/end.store.ts';
import { ExtensionStore, type ExtensionRow, type Judged } from './store/extension.store.ts';
import { lockSlots } from './store/locks.ts';
import { PartStore } from './store/part.store.ts';

type Because = Envelope<typeof events.ExtensionEndedV1>['data']['because'];

/** The name under which the keys of parts are kept that an extension keeps beyond their day. */
export const extensionHold = (extension: string): string => `extension.${extension}`;

/** Longer periods that were agreed for a record or a matter. They keep from the day, and from nothing else. */
export class Extensions {
  constructor(private readonly room: Room) {}

  /**
   * Records it, or says which order was there first, that its consent does not stand, or that it names nothing of the person.
   * Told again, it changes nothing.
   */
  async agreed(
    sql: Transaction,
    event: Envelope<typeof events.ExtensionAgreedV1 | typeof events.ExtensionAgreedV2>,
    at: Moment,
  ): Promise<void> {
    const { tenant, data } = event;
    const { extension, scope, goes, consent } = data;
    const subject = personOf(event);
    await this.lock(sql, tenant, subject);
    const store = new ExtensionStore(sql, tenant);
    if (await store.known(extension)) return;
    const purpose = consent === undefined ? undefined : await store.purposeOf(subject, consent);
    const verdict = judgeHold(await store.touched(scope));
    const state =
      consent !== undefined && purpose === undefined
        ? 'no-consent'
        : verdict.outcome === 'too-late'
          ? 'too-late'
          : verdict.parts === 0
            ? 'nothing'
            : 'in-force';
    const order = verdict.outcome === 'too-late' ? verdict.tooLate[0]?.order : undefined;
    if (state === 'in-force') await this.keepToo(tenant, extension, await store.keptOf(scope), sql);
    await store.add(extension, scope, { goes, purpose, state, order, parts: verdict.parts }, at.machine);
    await this.room.context.outbox.announce(
      sql,
      events.ExtensionRecordedV1,
      { tenant, subject, now: at.machine },
      { extension, outcome: outcomeOf(state), order, parts: verdict.parts },
    );
  }

  /** The person no longer agrees. */
  async withdrawn(sql: Transaction, event: Envelope<typeof events.ExtensionWithdrawnV1>, at: Moment): Promise<void> {
    const subject = personOf(event);
    await this.lock(sql, event.tenant, subject);
    const ended = await new ExtensionStore(sql, event.tenant).end(
      { extension: event.data.extension, subject },
      at.machine,
    );
    await this.told(sql, event.tenant, ended, 'withdrawn', at);
  }

  /** A consent ended on which a longer period may rest. Under the slot's lock. */
  async consentEnded(
    sql: Transaction,
    tenant: TenantId,
    subject: SubjectRef,
    purpose: string,
    at: Moment,
  ): Promise<void> {
    const ended = await new ExtensionStore(sql, tenant).end({ subject, purpose }, at.machine);
    await this.told(sql, tenant, ended, 'withdrawn', at);
  }

  /** A person is erased: nothing that was agreed with them keeps anything from that. */
  async erased(sql: Transaction, tenant: TenantId, subject: SubjectRef, at: Moment): Promise<void> {
    const store = new ExtensionStore(sql, tenant);
    const ended = await store.end({ subject }, at.machine);
    await this.told(sql, tenant, ended, 'erased', at);
    await store.letGo(subject, at.today);
  }

  /** Those whose last day is over, and of a tenant that has ended those that rest on a consent: a law outlives the service. */
  async over(tenant: TenantId, at: Moment): Promise<void> {
    await this.room.context.database.within(tenant, async (sql) => {
      const hasEnded = (await new EndStore(sql, tenant).present()) !== undefined;
      const ended = await new ExtensionStore(sql, tenant).over(at.today, hasEnded, at.machine);
      await this.told(sql, tenant, ended, 'over', at);
    });
  }

  /** Says again what became of longer periods that were agreed, to whoever still waits for it. */
  async stateAnew(sql: Transaction, tenant: TenantId, slot: number, now: Date): Promise<void> {
    const { outbox, config } = this.room.context;
    for (const { extension, subject, state, order, parts } of await new ExtensionStore(sql, tenant).judged())
      if (slotOf(subject, config.slots) === slot)
        await outbox.announce(
          sql,
          events.ExtensionRecordedV1,
          { tenant, subject, now },
          { extension, outcome: outcomeOf(state), order, parts },
        );
  }

  /** Kept keys die before it is told that they have; who repeats finds none. */
  private async told(
    sql: Transaction,
    tenant: TenantId,
    ended: readonly ExtensionRow[],
    because: Because,
    at: Moment,
  ): Promise<void> {
    for (const { extension, subject } of ended) {
      await this.room.keyring.releaseKept(tenant, extensionHold(extension));
      await this.room.context.outbox.announce(
        sql,
        events.ExtensionEndedV1,
        { tenant, subject, now: at.machine },
        { extension, because, at: at.legal.toISOString() },
      );
    }
    if (ended.length > 0) sql.afterCommit(() => this.room.wake(tenant));
  }

  /** What something else keeps beyond its day already gets keys of this extension as well. */
  private async keepToo(tenant: TenantId, extension: string, kept: readonly string[], sql: Transaction): Promise<void> {
    for (let start = 0; start < kept.length; start += CHUNK) {
      const parts = await new PartStore(sql, tenant).byIds(kept.slice(start, start + CHUNK));
      const items = parts.flatMap((part) => openItem(part) ?? []);
      await this.room.keyring.keep(tenant, extensionHold(extension), items, 'disposal');
    }
  }

  private lock(sql: Transaction, tenant: TenantId, subject: SubjectRef): Promise<void> {
    return lockSlots(sql, tenant, [slotOf(subject, this.room.context.config.slots)]);
  }
}

/** Recorded with no part is heard as that: nothing is there to be kept. */
const outcomeOf = (state: Judged): 'recorded' | 'too-late' | 'no-consent' =>
  state === 'in-force' || state === 'nothing' ? 'recorded' : state;

/** By extension, the parts that it reaches beyond a day. */
export async function extendedParts(
  sql: Transaction,
  tenant: TenantId,
  parts: readonly string[],
  day: Day,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for (const { part, extension } of await new ExtensionStore(sql, tenant).of(parts, day)) {
    const known = found.get(extension) ?? [];
    known.push(part);
    found.set(extension, known);
  }
  return found;
}
