import { events, type Envelope } from '@lethe/contracts';
import { type TenantId, type Transaction } from '@lethe/kernel';
import type { LedgerEntry, LostThing, Recovers, ServiceContext, Unmade } from '@lethe/platform';
import { momentOf } from './moment.ts';
import type { OutStream } from './out-stream.ts';
import { ClosingStore } from './store/closing.store.ts';
import { ErasureStore } from './store/erasure.store.ts';
import { OutStore } from './store/out.store.ts';
import { keyOf } from './store/recorder.ts';
import { RECOVERED, RegistryStore } from './store/registry.store.ts';

/** What follows from what others say and is heard again, or from the ledger. */
const HEARD_AGAIN: readonly string[] = [
  events.ErasureBackupTakenV1.type,
  events.DisposalRecordedV1.type,
  events.HoldToldV1.type,
  events.ShredOrderedV1.type,
  events.ErasureRecordedV1.type,
];

/**
 * How erasure's database is brought up to what it has said. The ledger is its own and lost nothing: no entry is written a
 * second time. A request is more than its events say (who asked, how they were known, by when): it is listed, and whoever
 * asked must ask again; what it had destroyed stays destroyed. What services answered to an order they say again; what a store
 * of the platform answered stands in erasure's own topic, and a store of which it says nothing is asked anew.
 */
export class Recovering implements Recovers {
  constructor(
    private readonly context: ServiceContext,
    private readonly out: OutStream,
  ) {}

  async replay(sql: Transaction, tenant: TenantId, entries: readonly LedgerEntry[]): Promise<number> {
    await sql.query(
      `insert into ledger_record (tenant, key, entry) select $1, r.key, r.entry from unnest($2::text[], $3::bigint[]) as r (key, entry) on conflict do nothing`,
      [tenant, entries.map((entry) => keyOf({ ...entry, tenant })), entries.map(({ entry }) => entry)],
    );
    return 0;
  }

  async said(sql: Transaction, tenant: TenantId, batch: readonly Envelope[]): Promise<Unmade[]> {
    const unmade: Unmade[] = [];
    for (const event of batch) {
      if (event.type === events.ParticipantRegisteredV1.type) {
        const { data, time } = event as Envelope<typeof events.ParticipantRegisteredV1>;
        await new RegistryStore(sql, tenant).recover(data, new Date(time));
      } else if (event.type === events.ParticipantLeftV1.type) {
        const { data, time } = event as Envelope<typeof events.ParticipantLeftV1>;
        await this.left(sql, tenant, data, new Date(time));
      } else if (event.type === events.PlatformErasureAckedV1.type) {
        await this.acked(sql, tenant, event as Envelope<typeof events.PlatformErasureAckedV1>);
      } else if (!HEARD_AGAIN.includes(event.type)) unmade.push({ event: event.id });
    }
    return unmade;
  }

  /** Of a request that has not come so far here the order is given anew, and answered anew. */
  private async acked(
    sql: Transaction,
    tenant: TenantId,
    { data }: Envelope<typeof events.PlatformErasureAckedV1>,
  ): Promise<void> {
    const store = new ErasureStore(sql, tenant);
    if ((await store.find(data.erasure, 'lock'))?.progress === 'ordered')
      await store.done(data.erasure, data.participant, { ...data, position: 0 }, new Date(data.at));
  }

  /**
   * The platform's stream goes on behind whatever number it had, which nobody knows any more: who follows it misses nothing.
   * Stores of the platform of which no answer is known are told of the order again.
   */
  async settle(sql: Transaction, tenant: TenantId): Promise<{ dropped: number; lost: readonly LostThing[] }> {
    await new OutStore(sql, tenant).leap();
    const moment = await momentOf(this.context, tenant);
    for (const one of await new ErasureStore(sql, tenant).ordered()) {
      const silent = one.participants.filter((each) => each.kind === 'platform' && each.done === undefined);
      const asked = silent.filter(({ closed }) => closed === undefined);
      if (asked.length > 0) await this.out.tellOfOrder(sql, tenant, moment, one, asked);
    }
    return { dropped: 0, lost: [] };
  }

  /** What was closed is closed again: nobody waits for a store that has left. */
  private async left(
    sql: Transaction,
    tenant: TenantId,
    data: Envelope<typeof events.ParticipantLeftV1>['data'],
    at: Date,
  ): Promise<void> {
    const { participant, because, closed } = data;
    const registry = new RegistryStore(sql, tenant);
    await registry.recoverLeft(data, at);
    if (!closed) return;
    const store = new ClosingStore(sql, tenant);
    await store.requests(participant, { because, by: RECOVERED, at });
    await store.withdrawals(participant, { because, by: RECOVERED, at });
    await registry.close(participant, RECOVERED, at);
  }
}
