import type { TenantId } from '@lethe/kernel';
import type {
  OpenItem,
  OpenOutcome,
  PartLabels,
  SealedLabels,
  SealItem,
  SealOutcome,
  SealRefusal,
} from './seal-item.ts';

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
  /**
   * Of parts that were sealed once and are not at hand: would none of them open, because a key of it was destroyed and no hold
   * keeps its own? Which generation of the subject key a part is of is not asked: while any lives, it is not said to be forgotten.
   */
  forgotten(tenant: TenantId, parts: readonly PartLabels[]): Promise<readonly boolean[]>;
}
