import { events, TENANT_SLOT } from '@lethe/contracts';
import type { Room } from './room.ts';

/** Ends key epochs: after one, no kept copy of the keyring opens a key that was destroyed before it. */
export class Epochs {
  constructor(private readonly room: Room) {}

  /** Ends the present epoch and tells every tenant. Service goes on; interrupted anywhere, the next call finishes it. */
  async rotate(now: Date): Promise<{ epoch: number; keys: number }> {
    const { context, keyring } = this.room;
    const { epoch, keys, before } = await keyring.rotateEpoch();
    for (const { tenant } of await context.packs.tenants()) {
      await context.database.within(tenant, (sql) =>
        context.outbox.announce(
          sql,
          events.EpochEndedV1,
          { tenant, slot: TENANT_SLOT, now },
          { epoch, before: before.toISOString(), at: now.toISOString() },
        ),
      );
    }
    return { epoch, keys };
  }
}
