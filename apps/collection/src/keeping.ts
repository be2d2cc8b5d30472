import type { PartId, TenantId, Transaction } from '@lethe/kernel';
import { extensionHold } from './extensions.ts';
import { openItem } from './opening.ts';
import type { Room } from './room.ts';
import { ExtensionStore } from './store/extension.store.ts';
import { HoldStore } from './store/hold.store.ts';
import { PartStore, type Part } from './store/part.store.ts';

/** Parts whose keys are set aside in one transaction. */
const AT_ONCE = 1000;
const EXTENSION = extensionHold('');
const HOLD = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Keys that are set aside before others die. What they are set aside for cannot end meanwhile: whoever ends it waits for the
 * transaction that found it in force, and destroys all of them.
 */
export class Keeping {
  constructor(private readonly room: Room) {}

  /** Does it to so many parts at a time, each in a transaction of their own. */
  async each(
    tenant: TenantId,
    parts: readonly string[],
    does: (sql: Transaction, parts: readonly Part[]) => Promise<void>,
  ): Promise<void> {
    for (let start = 0; start < parts.length; start += AT_ONCE)
      await this.room.context.database.within(tenant, async (sql) =>
        does(sql, await new PartStore(sql, tenant).byIds(parts.slice(start, start + AT_ONCE))),
      );
  }

  /** For the holds in force that name these parts, for each of its own. Which of the parts they name and the keyring could keep. */
  async forHolds(sql: Transaction, tenant: TenantId, parts: readonly Part[]): Promise<PartId[]> {
    const named = await new HoldStore(sql, tenant).holdsOf(parts.map(({ part }) => part));
    const byPart = new Map<string, Part>(parts.map((part) => [part.part, part]));
    const kept = new Set(named.map(({ part }) => part));
    for (const hold of new Set(named.map((each) => each.hold))) {
      const theirs = named.flatMap((each) => (each.hold === hold ? (byPart.get(each.part) ?? []) : []));
      const { lost } = await this.room.keyring.keep(
        tenant,
        hold,
        theirs.flatMap((part) => openItem(part) ?? []),
        'everything',
      );
      for (const part of lost) kept.delete(part);
    }
    return [...kept];
  }

  /** Destroys what is kept for a hold or a longer period that is over: set aside by a process that ended before it could know. */
  async dropOver(tenant: TenantId): Promise<void> {
    const { context, keyring } = this.room;
    const names = await keyring.keptFor(tenant);
    if (names.length === 0) return;
    const over = await context.database.within(tenant, async (sql) => {
      const extensions = names.flatMap((name) => (name.startsWith(EXTENSION) ? name.slice(EXTENSION.length) : []));
      return [
        ...(await new HoldStore(sql, tenant).over(names.filter((name) => HOLD.test(name)))),
        ...(await new ExtensionStore(sql, tenant).ended(extensions)).map(extensionHold),
      ];
    });
    for (const name of over) await keyring.releaseKept(tenant, name);
  }
}
