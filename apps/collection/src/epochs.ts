import { events, TENANT_SLOT } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import { EdgeStore } from './edge/edge.store.ts';
import { hourOf, INTAKE_KEY_LIVES_MS } from './edge/sessions.ts';
import type { Room } from './room.ts';

/** Ends key epochs: after one, no kept copy of the keyring opens a key that was destroyed before it. */
export class Epochs {
  constructor(private readonly room: Room) {}

  /** Ends the present epoch and tells every tenant. Service goes on; interrupted anywhere, the next call finishes it. */
  async rotate(now: Date): Promise<{ epoch: number; keys: number }> {
    const { context, keyring } = this.room;
    // Read before the epoch ends: of an intake key that dies meanwhile a copy under the new one may be left.
    const oldest = await keyring.intakeKeys.oldest();
    const { epoch, keys, before, resumed } = await keyring.rotateEpoch();
    for (const { tenant } of await context.packs.tenants()) {
      const unreadable = await this.unreadableBefore(tenant, before, oldest.get(tenant), resumed);
      await context.database.within(tenant, (sql) =>
        context.outbox.announce(
          sql,
          events.EpochEndedV1,
          { tenant, slot: TENANT_SLOT, now },
          { epoch, before: unreadable.toISOString(), at: now.toISOString() },
        ),
      );
    }
    return { epoch, keys };
  }

  /**
   * What was sent over the log opens as long as the intake key of its hour does: what died since that hour began is not final with this
   * epoch. Of a rotation that was interrupted nobody knows which intake keys lived when it began, only how long they live.
   */
  private async unreadableBefore(
    tenant: TenantId,
    before: Date,
    kid: string | undefined,
    resumed: boolean,
  ): Promise<Date> {
    const bounds = [before.getTime()];
    if (kid !== undefined) bounds.push(hourOf(kid) - 1);
    if (resumed) {
      const { database } = this.room.context;
      if (await database.within(tenant, (sql) => new EdgeStore(sql, tenant).hasKey()))
        bounds.push(before.getTime() - INTAKE_KEY_LIVES_MS);
    }
    return new Date(Math.min(...bounds));
  }
}
