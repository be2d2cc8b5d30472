import type { TenantId } from '@lethe/kernel';
import type { OpenItem, OpenOutcome, SealedLabels, SealItem, SealOutcome, SealRefusal } from './seal-item.ts';

/** Seals and opens parts. Collection is its only user. Outcomes come in the order of the items. */
export interface Sealer {
  /**
   * Seals a batch; keys that are missing are made and durable before this returns. States are asked of the keyring, never of
   * a cache, in one statement: called under the slot's shared lock, nothing it sealed can be dead before the lock goes.
   * Called before the lock is taken, `verifyOpen` must be called under it.
   */
  seal(tenant: TenantId, items: readonly SealItem[]): Promise<readonly SealOutcome[]>;
  /** Under the slot's shared lock: is every key still open for writing? One statement; `undefined` means yes. */
  verifyOpen(tenant: TenantId, items: readonly SealedLabels[]): Promise<readonly (SealRefusal | undefined)[]>;
  /** Opens a batch. A part whose day or subject key is dead still opens while a hold keeps its key. */
  open(tenant: TenantId, items: readonly OpenItem[]): Promise<readonly OpenOutcome[]>;
}
