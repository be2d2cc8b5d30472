import type { KeyObject } from 'node:crypto';
import type { Compartment } from '@lethe/contracts';
import { Fault, type Day, type MatterId, type PartId, type SubjectRef, type TenantId } from '@lethe/kernel';
import { BackupKeys, type Approval } from './backup-keys.ts';
import { EpochKeys } from './epoch-keys.ts';
import { Evictions } from './evictions.ts';
import { IntakeKeys } from './intake-keys.ts';
import { inventoryOf, type Inventory } from './inventory.ts';
import { KeptKeys, type KeptAgainst } from './kept-keys.ts';
import { KeyCache } from './key-cache.ts';
import type { KeyringOptions } from './keyring-options.ts';
import { KeyringSealer } from './keyring-sealer.ts';
import { dateMatters, type MatterDate, type MatterDated } from './matters.ts';
import { matterName, Names, subjectName } from './names.ts';
import { PartKeys } from './part-keys.ts';
import { Rotation, type EpochEnded, type RotationOptions } from './rotation.ts';
import type { OpenItem } from './seal-item.ts';
import type { Sealer } from './sealer.ts';
import { Shredding, type Destruction } from './shredding.ts';
import { Slots } from './slots.ts';

export interface MatterName {
  readonly subject: SubjectRef;
  /** What kind of thing: `order`, `account`. */
  readonly kind: string;
  /** The platform's own id of it. */
  readonly platformId: string;
}

const CACHE_FOR_MOST = 60_000;
const SWEPT_AT_ONCE = 1_000;

/**
 * All keys of an installation, in a PostgreSQL cluster of its own, every one wrapped by the epoch key.
 * Machine time is the cluster's.
 */
export class Keyring {
  private constructor(
    readonly sealer: Sealer,
    private readonly epochs: EpochKeys,
    private readonly names: Names,
    private readonly shredding: Shredding,
    private readonly keptKeys: KeptKeys,
    private readonly backupKeys: BackupKeys,
    /** X25519 key pairs to which platforms seal their sessions. */
    readonly intakeKeys: IntakeKeys,
    private readonly rotation: Rotation,
    private readonly evictions: Evictions,
    private readonly options: KeyringOptions,
    private readonly slots: Slots,
    private unlisten: () => Promise<void>,
  ) {}

  /**
   * Opens the keyring: reads (the first time: makes) the epoch key, mends a slot that lost a copy, registers this process as a holder.
   * @throws Fault `unavailable` when the epoch key is in neither slot (`sealing/epoch-gone`), or the keyring is empty and a slot
   *   holds the key of an epoch (`sealing/keyring-gone`)
   */
  static async open(options: KeyringOptions): Promise<Keyring> {
    const { database, cacheFor = CACHE_FOR_MOST } = options;
    if (cacheFor < 0 || cacheFor > CACHE_FOR_MOST)
      throw new Fault('invalid', 'sealing/cache-time', 'keys stay in memory for 60 s at most', 'cacheFor');
    const slots = new Slots(options.slots, options.root);
    const epochs = new EpochKeys(database, slots, cacheFor);
    const cache = new KeyCache(cacheFor);
    const onFault = options.onFault ?? (() => undefined);
    const evictions = new Evictions({
      database,
      cache,
      epochs,
      cacheFor,
      pollEvery: options.pollEvery ?? 1_000,
      alone: options.alone ?? false,
      onEviction: options.onEviction ?? (() => undefined),
      onFault,
    });
    const names = new Names(database, epochs, cacheFor);
    const sealer = new KeyringSealer(new PartKeys(database, epochs, cache), database, epochs, evictions);
    await epochs.prepare();
    await names.prepare();
    await epochs.current();
    await evictions.start();
    const unlisten = (await options.listen?.(() => void evictions.wake())) ?? (async () => undefined);
    return new Keyring(
      sealer,
      epochs,
      names,
      new Shredding(database, evictions),
      new KeptKeys(database, epochs, evictions, sealer),
      new BackupKeys(database, options.quarantine, epochs, slots),
      new IntakeKeys(database, epochs),
      new Rotation(database, epochs, slots, evictions),
      evictions,
      options,
      slots,
      unlisten,
    );
  }

  // Names: the one blind index.

  /** The subject behind a platform's user id, made on first use. */
  async subjectOf(
    tenant: TenantId,
    userId: string,
  ): Promise<{ readonly subject: SubjectRef; readonly created: boolean }> {
    return (await this.subjectsOf(tenant, [userId]))[0]!;
  }

  /** The same for a batch, in the order asked; of two that are the same, the first is `created`. */
  async subjectsOf(
    tenant: TenantId,
    userIds: readonly string[],
  ): Promise<readonly { readonly subject: SubjectRef; readonly created: boolean }[]> {
    const found = await this.names.findOrMake(tenant, userIds.map(subjectName));
    return found.map((named) => ({ subject: named!.ref as SubjectRef, created: named!.created }));
  }

  /** The subject, if the platform's user id is known. Makes nothing. */
  async findSubject(tenant: TenantId, userId: string): Promise<SubjectRef | undefined> {
    return (await this.names.find(tenant, [subjectName(userId)]))[0] as SubjectRef | undefined;
  }

  /** Those of these refs that were never made for anybody of this tenant. Whoever has been forgotten is no stranger. */
  strangers(tenant: TenantId, subjects: readonly SubjectRef[]): Promise<ReadonlySet<SubjectRef>> {
    return this.names.strangers(tenant, subjects);
  }

  /**
   * The matter behind a platform's id of it, made on first use; forgotten with its subject.
   * @throws Fault `conflict` when the subject has been forgotten
   */
  async matterOf(tenant: TenantId, subject: SubjectRef, kind: string, platformId: string): Promise<MatterId> {
    const [named] = await this.mattersOf(tenant, [{ subject, kind, platformId }]);
    if (named === undefined) throw new Fault('conflict', 'sealing/subject-forgotten', 'the subject has been forgotten');
    return named.matter;
  }

  /** The same for a batch; undefined where the subject has been forgotten. */
  async mattersOf(
    tenant: TenantId,
    names: readonly MatterName[],
  ): Promise<readonly ({ readonly matter: MatterId; readonly created: boolean } | undefined)[]> {
    const found = await this.names.findOrMake(
      tenant,
      names.map((name) => matterName(name.subject, name.kind, name.platformId)),
    );
    return found.map((named) => named && { matter: named.ref as MatterId, created: named.created });
  }

  /** The matter, if the platform's id of it is known. Makes nothing. */
  async findMatter(
    tenant: TenantId,
    subject: SubjectRef,
    kind: string,
    platformId: string,
  ): Promise<MatterId | undefined> {
    return (await this.names.find(tenant, [matterName(subject, kind, platformId)]))[0] as MatterId | undefined;
  }

  /** How old the present epoch and the present index key are, milliseconds by the clock of the keyring's own server. */
  ages(): Promise<{ readonly epochMs: number; readonly indexMs: number }> {
    return this.names.ages();
  }

  /** Changes the index key: every name is tagged anew under a new key and the old one goes. Due every 30 days; service goes on. */
  rebuildIndex(): Promise<{ readonly names: number }> {
    return this.names.rebuild();
  }

  // Shredding. Order, always: ledger entry durable, then this, then the rows.

  /**
   * Destroys the subject keys of compartments: those up to `generationAtMost`, or, without it, all there are and ever would be.
   * Keys kept against disposal only go too; what a hold keeps stays. Idempotent by entry.
   */
  destroySubjectKeys(
    tenant: TenantId,
    subject: SubjectRef,
    compartments: readonly Compartment[],
    order: { readonly entry: number; readonly generationAtMost?: number },
  ): Promise<Destruction> {
    return this.shredding.subjectKeys(tenant, subject, compartments, order);
  }

  /**
   * Every key of the subject dies, no key is ever made again for this ref, and its name is forgotten: whoever returns under it is
   * somebody else. Flat; the names of its matters go with `sweepSubject`. Idempotent by entry.
   */
  forgetSubject(tenant: TenantId, subject: SubjectRef, order: { readonly entry: number }): Promise<Destruction> {
    return this.shredding.subject(tenant, subject, order.entry);
  }

  /**
   * The platform's own id leads to this subject no more, though something of it is still kept (restricted under a floor, or held):
   * whoever returns under that id is somebody else. What is kept goes on opening. @returns false when it was forgotten before
   */
  forgetName(tenant: TenantId, subject: SubjectRef): Promise<boolean> {
    return this.shredding.forgetName(tenant, subject);
  }

  /**
   * Deletes the matters of a forgotten subject, `limit` at a time, until it answers 0. @param needed matters under whose keys parts
   * are left. Of somebody of whom nothing is kept their names go, and their keys go with their day; of somebody else they stay.
   */
  sweepSubject(
    tenant: TenantId,
    subject: SubjectRef,
    needed: readonly MatterId[] = [],
    limit = SWEPT_AT_ONCE,
  ): Promise<number> {
    return this.shredding.sweepSubject(tenant, subject, needed, limit);
  }

  /**
   * The platform's own ids lead to these matters no more: whoever asks for one again gets another. Keys are not touched.
   * Idempotent. @returns how many were known
   */
  forgetMatters(tenant: TenantId, matters: readonly MatterId[]): Promise<number> {
    return this.shredding.forgetMatters(tenant, matters);
  }

  /** From now on nothing more is sealed for this day; what is there still opens. Idempotent; says how it stood before. */
  closeDay(tenant: TenantId, day: Day, kind: string): Promise<'open' | 'closing' | 'dead'> {
    return this.shredding.closeDay(tenant, day, kind);
  }

  /** The day's key dies, whatever its parts; it is never made again. Matters dated that day die with it. Idempotent by entry. */
  destroyDayKey(tenant: TenantId, day: Day, kind: string, entry: number): Promise<Destruction> {
    return this.shredding.day(tenant, day, kind, entry);
  }

  /** Deletes the unreadable rows of matters that died with a day, `limit` at a time, until it answers 0. */
  sweepDay(tenant: TenantId, day: Day, kind: string, limit = SWEPT_AT_ONCE): Promise<number> {
    return this.shredding.sweepDay(tenant, day, kind, limit);
  }

  /**
   * The end of a tenant: every key of it dies, every name is forgotten, and none is ever made again. Keys of its backups die
   * with their purge. Idempotent by entry.
   */
  forgetTenant(tenant: TenantId, entry: number): Promise<Destruction> {
    return this.shredding.tenant(tenant, entry);
  }

  // Matters.

  /** Gives a matter's parts of one class their day, or another day: one key is re-wrapped, no ciphertext is touched. */
  dateMatter(tenant: TenantId, matter: MatterId, kind: string, day: Day): Promise<MatterDated> {
    return this.dateMatters(tenant, [{ matter, kind, day }]).then(([dated]) => dated!);
  }

  /** The same for a batch, in the order asked; a matter's class may stand in it once. */
  dateMatters(tenant: TenantId, dates: readonly MatterDate[]): Promise<readonly MatterDated[]> {
    return dateMatters(this.epochs, tenant, dates);
  }

  // Kept keys.

  /**
   * Copies the keys of single parts aside, so that they open after their day (and, against everything, their subject key) is dead.
   * Call before the key dies. Idempotent. @returns the parts whose key could not be kept, because it is dead or does not fit
   */
  keep(
    tenant: TenantId,
    hold: string,
    items: readonly OpenItem[],
    against: KeptAgainst = 'everything',
  ): Promise<{ readonly kept: number; readonly lost: readonly PartId[] }> {
    return this.keptKeys.keep(tenant, hold, items, against);
  }

  /** The names under which any keys are kept. */
  keptFor(tenant: TenantId): Promise<string[]> {
    return this.keptKeys.names(tenant);
  }

  /** Destroys a hold's kept keys (or those of some of its parts). Kept keys are never cached: effective when it returns. */
  releaseKept(
    tenant: TenantId,
    hold: string,
    parts?: readonly PartId[],
  ): Promise<{ readonly keys: number; readonly at: Date }> {
    return this.keptKeys.release(tenant, hold, parts);
  }

  // Backup keys.

  /** Makes the backup's key pair; the same public key (base64url of 32 bytes) on every repetition. */
  makeBackupKey(tenant: TenantId, backup: string): Promise<string> {
    return this.backupKeys.make(tenant, backup);
  }

  /** Moves the private half where the service login cannot read it. Idempotent. */
  isolateBackupKey(tenant: TenantId, backup: string): Promise<{ readonly at: Date }> {
    return this.backupKeys.isolate(tenant, backup);
  }

  /**
   * The private half, for a restore: two different people, recorded, through the quarantine login only.
   * @throws Fault `forbidden` (one person twice, no quarantine login), `missing` (destroyed or never made)
   */
  openBackupKey(tenant: TenantId, backup: string, approvals: readonly [Approval, Approval]): Promise<KeyObject> {
    return this.backupKeys.open(tenant, backup, approvals);
  }

  /** Destroys the private half wherever it is; it is never made again. Idempotent. */
  destroyBackupKey(tenant: TenantId, backup: string): Promise<{ readonly at: Date }> {
    return this.backupKeys.destroy(tenant, backup);
  }

  // Epochs.

  /**
   * Ends the key epoch: a new key in both slots, read back; every row re-wrapped and proved; the old key destroyed in both slots.
   * Service goes on. Interrupted anywhere, the next call finishes it.
   */
  rotateEpoch(options?: RotationOptions): Promise<EpochEnded> {
    return this.rotation.run(options);
  }

  /** What there is of a tenant, and where the keys lie under which it is wrapped. Reads only. */
  inventory(tenant: TenantId): Promise<Inventory> {
    return inventoryOf(this.options, this.slots, tenant);
  }

  /** Stops polling, forgets every key in memory and signs this holder off. */
  async close(): Promise<void> {
    await this.unlisten();
    await this.evictions.stop();
    this.epochs.forget();
    this.names.forget();
  }
}
