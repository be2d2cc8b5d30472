import type { KeyObject } from 'node:crypto';
import type { Compartment } from '@lethe/contracts';
import type { Database, Day, MatterId, PartId, SubjectRef, TenantId } from '@lethe/kernel';
import type { Root } from './root.ts';
import type { OpenItem } from './seal-item.ts';
import type { Sealer } from './sealer.ts';

export interface KeyringOptions {
  /** The keyring's own cluster, as the service login. */
  readonly database: Database;
  /** The same cluster as the quarantine login; only with it can an isolated backup key be opened. */
  readonly quarantine?: Database;
  readonly root: Root;
  /** Two folders, on two volumes where there are two, outside the keyring's cluster and every backup. Made if missing. */
  readonly slots: readonly [string, string];
  /** How long a key may stay in memory, milliseconds; 60,000 at most, which is also the default. */
  readonly cacheFor?: number;
  /** How often other processes' evictions are looked for, milliseconds; default 1,000. */
  readonly pollEvery?: number;
  /** Calls `wake` when the channel `lethe_eviction` is notified. A wake-up only: polling is what counts. */
  readonly listen?: (wake: () => void) => Promise<() => Promise<void>>;
  /** A background failure (poll), already without personal data. */
  readonly onFault?: (error: unknown) => void;
}

/** A key is gone: how many, when, and from when on no process can use it. */
export interface Destruction {
  /** The ledger entry that ordered it. */
  readonly entry: number;
  /** Keys that died by this entry; the same on every repetition. */
  readonly keys: number;
  readonly destroyedAt: Date;
  /** The last eviction ack, or 60 s after the destruction for a holder that stayed silent. */
  readonly effectiveAt: Date;
}

/** The outcome of dating a matter. `closing`, `dead`: the day takes nothing more; `unknown`: no part was ever sealed under it. */
export type MatterDated = { readonly outcome: 'dated'; readonly from?: Day } | { readonly outcome: 'closing' | 'dead' | 'unknown' };

export interface MatterName {
  readonly subject: SubjectRef;
  /** What kind of thing: `order`, `account`. */
  readonly kind: string;
  /** The platform's own id of it. */
  readonly platformId: string;
}

/** `everything`: a hold, stronger than the day and the subject key. `disposal`: an extended period; it goes with the subject. */
export type KeptAgainst = 'everything' | 'disposal';

export interface EpochEnded {
  readonly epoch: number;
  /** Keys re-wrapped. */
  readonly keys: number;
  /** No kept copy of the keyring opens a key destroyed before this instant. */
  readonly before: Date;
}

/** Who let an isolated key be opened; two different people. */
export interface Approval {
  /** `iss#sub` of the approver's token. */
  readonly by: string;
  readonly reason: string;
}

/**
 * All keys of an installation, in a PostgreSQL cluster of its own, every one wrapped by the epoch key.
 * Machine time is the cluster's.
 */
export class Keyring {
  /** Opens the keyring: reads (the first time: makes) the epoch key, mends a missing slot, registers this process as a holder. */
  static async open(_options: KeyringOptions): Promise<Keyring> {
    throw new Error('not yet');
  }

  declare readonly sealer: Sealer;

  // Names: the one blind index.

  /** The subject behind a platform's user id, made on first use. */
  async subjectOf(tenant: TenantId, userId: string): Promise<{ readonly subject: SubjectRef; readonly created: boolean }> {
    const [found] = await this.subjectsOf(tenant, [userId]);
    return found!;
  }
  /** The same for a batch, in the order asked. */
  async subjectsOf(_tenant: TenantId, _userIds: readonly string[]): Promise<readonly { readonly subject: SubjectRef; readonly created: boolean }[]> {
    throw new Error('not yet');
  }
  /** The subject, if the platform's user id is known. Makes nothing. */
  async findSubject(_tenant: TenantId, _userId: string): Promise<SubjectRef | undefined> {
    throw new Error('not yet');
  }
  /** The matter behind a platform's id of it, made on first use; forgotten with its subject. */
  async matterOf(tenant: TenantId, subject: SubjectRef, kind: string, platformId: string): Promise<MatterId> {
    const [found] = await this.mattersOf(tenant, [{ subject, kind, platformId }]);
    return found!;
  }
  async mattersOf(_tenant: TenantId, _names: readonly MatterName[]): Promise<readonly MatterId[]> {
    throw new Error('not yet');
  }
  /** Changes the index key: every name is tagged anew under a new key and the old one goes. Due every 30 days; service goes on. */
  async rebuildIndex(): Promise<{ readonly names: number }> {
    throw new Error('not yet');
  }

  // Shredding. Order, always: ledger entry durable, then this, then the rows.

  /**
   * Destroys the subject keys of compartments: those up to `generationAtMost`, or, without it, all there are and ever would be.
   * Keys kept against disposal only go too; what a hold keeps stays. Idempotent by entry.
   */
  async destroySubjectKeys(
    _tenant: TenantId,
    _subject: SubjectRef,
    _compartments: readonly Compartment[],
    _order: { readonly entry: number; readonly generationAtMost?: number },
  ): Promise<Destruction> {
    throw new Error('not yet');
  }
  /** Every key of the subject dies, no key is ever made again for this ref, its name and its matters' names are forgotten. Idempotent by entry. */
  async forgetSubject(_tenant: TenantId, _subject: SubjectRef, _order: { readonly entry: number }): Promise<Destruction> {
    throw new Error('not yet');
  }
  /** From now on nothing more is sealed for this day; what is there still opens. Idempotent; says how it stood before. */
  async closeDay(_tenant: TenantId, _day: Day, _class: string): Promise<'open' | 'closing' | 'dead'> {
    throw new Error('not yet');
  }
  /** The day's key dies, whatever its parts; it is never made again. Matters dated that day die with it. Idempotent by entry. */
  async destroyDayKey(_tenant: TenantId, _day: Day, _class: string, _entry: number): Promise<Destruction> {
    throw new Error('not yet');
  }
  /** Deletes the unreadable rows of matters that died with a day; `limit` at a time, until it answers 0. */
  async sweepDay(_tenant: TenantId, _day: Day, _class: string, _limit?: number): Promise<number> {
    throw new Error('not yet');
  }

  // Matters.

  /** Gives a matter's parts of one class their day, or another day: one key is re-wrapped, no ciphertext is touched. */
  async dateMatter(_tenant: TenantId, _matter: MatterId, _class: string, _day: Day): Promise<MatterDated> {
    throw new Error('not yet');
  }

  // Kept keys.

  /**
   * Copies the keys of single parts aside, so that they open after their day (and, against everything, their subject key) is dead.
   * Call before the key dies. Idempotent. @returns the parts whose key could not be kept, because it is dead or does not fit
   */
  async keep(
    _tenant: TenantId,
    _hold: string,
    _items: readonly OpenItem[],
    _against?: KeptAgainst,
  ): Promise<{ readonly kept: number; readonly lost: readonly PartId[] }> {
    throw new Error('not yet');
  }
  /** Destroys a hold's kept keys (or those of some of its parts). Kept keys are never cached: effective when it returns. */
  async releaseKept(_tenant: TenantId, _hold: string, _parts?: readonly PartId[]): Promise<{ readonly keys: number; readonly at: Date }> {
    throw new Error('not yet');
  }

  // Backup keys.

  /** Makes the backup's key pair; the same public key (base64url of 32 bytes) on every repetition. */
  async makeBackupKey(_tenant: TenantId, _backup: string): Promise<string> {
    throw new Error('not yet');
  }
  /** Moves the private half where the service login cannot read it. Idempotent. */
  async isolateBackupKey(_tenant: TenantId, _backup: string): Promise<{ readonly at: Date }> {
    throw new Error('not yet');
  }
  /**
   * The private half, for a restore: two different people, recorded; an isolated one through the quarantine login only.
   * @throws Fault `forbidden` (one person twice, no quarantine login), `missing` (destroyed or never made)
   */
  async openBackupKey(_tenant: TenantId, _backup: string, _approvals: readonly [Approval, Approval]): Promise<KeyObject> {
    throw new Error('not yet');
  }
  /** Destroys the private half wherever it is; it is never made again. Idempotent. */
  async destroyBackupKey(_tenant: TenantId, _backup: string): Promise<{ readonly at: Date }> {
    throw new Error('not yet');
  }

  // Epochs.

  /**
   * Ends the key epoch: a new key in both slots, read back; every row re-wrapped and proved; the old key destroyed in both slots.
   * Service goes on. Interrupted anywhere, the next call finishes it.
   * `snapshot` is called when all rows are under the new key: take and open one if snapshots are kept.
   */
  async rotateEpoch(_options?: { readonly snapshot?: (epoch: number) => Promise<void>; readonly batch?: number }): Promise<EpochEnded> {
    throw new Error('not yet');
  }

  /** Stops polling, forgets every key in memory and signs this holder off. */
  async close(): Promise<void> {
    throw new Error('not yet');
  }
}
