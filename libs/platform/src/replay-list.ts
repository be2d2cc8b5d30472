import { http } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import type { Peers } from './peers.ts';
import type { LedgerEntry } from './recovering.ts';

const ENTRIES_AT_ONCE = 10_000;

/** A tenant's part of the replay list, as far as it has been read. */
export class ReplayList {
  readonly entries: LedgerEntry[] = [];
  #read = 0;

  constructor(
    private readonly peers: Pick<Peers, 'ask'>,
    private readonly tenant: TenantId,
  ) {}

  /** Reads on, to its present end. @throws Fault `unavailable` where erasure does not answer */
  async readOn(): Promise<void> {
    for (;;) {
      const { head, entries } = await this.peers.ask(http.LedgerEntries, {
        tenant: this.tenant,
        query: { after: this.#read, limit: ENTRIES_AT_ONCE },
      });
      this.entries.push(...entries.filter((entry) => entry.tenant === this.tenant));
      this.#read = entries.at(-1)?.entry ?? Math.max(head, this.#read);
      if (entries.length === 0 || this.#read >= head) return;
    }
  }
}
