import type { Database } from '@lethe/kernel';
import type { Root } from './root.ts';

export interface KeyringOptions {
  /** The keyring's own cluster, as the service login. */
  readonly database: Database;
  /** The same cluster as the quarantine login; only with it can an isolated backup key be opened. */
  readonly quarantine?: Database;
  readonly root: Root;
  /** Two folders, on two volumes where there are two, outside the keyring's cluster and every backup. Made if missing. */
  readonly slots: readonly [string, string];
  /**
   * No other process can hold keys of this cluster (its lock proves it): holders that were killed are signed off at once, and the
   * next destruction does not wait for them. Default false.
   */
  readonly alone?: boolean;
  /** How long a key may stay in memory, milliseconds; 60,000 at most, which is also the default. */
  readonly cacheFor?: number;
  /** How often other processes' evictions are looked for, milliseconds; default 1,000. */
  readonly pollEvery?: number;
  /** Calls `wake` when the channel `lethe_eviction` is notified. A wake-up only: polling is what counts. */
  readonly listen?: (wake: () => void) => Promise<() => Promise<void>>;
  /**
   * Told the number of each eviction, before anybody is told that its keys are dead: kept outside the cluster, it shows later
   * whether the cluster is as old as to have forgotten that. @throws to have the destruction repeated
   */
  readonly onEviction?: (number: number) => void;
  /** A background failure (poll), already without personal data. */
  readonly onFault?: (error: unknown) => void;
}
