import { dayOf, Fault } from '@lethe/kernel';
import { backupPurgeDay, CLOCK_TOLERANCE_MS, isCovered, judgeRestore, mayLieIn, type Pack } from '@lethe/policy';
import type { BackupOrder, BackupRegistered, BackupStatement, BackupTaken, OutItem, RestoreVerdict } from '../told.ts';

interface Kept {
  readonly backup: string;
  readonly classes: readonly string[];
  readonly from: Date;
  readonly until: Date;
  readonly purgeOn: string;
  state: BackupRegistered['state'];
  /** Ordered, and whether it has been said to be done. */
  readonly orders: Map<BackupOrder['wanted'], boolean>;
}

/** The platform's registered backups, as a fake keeps them: isolated and purged at once, by the same rules. */
export class FakeBackups {
  readonly #kept = new Map<string, Kept>();
  #last: Date | undefined;
  handle: ((order: BackupOrder) => Promise<{ left: number }>) | undefined;

  constructor(
    private readonly pack: Pack,
    private readonly item: (data: Record<string, unknown>) => OutItem,
  ) {}

  async register(asked: BackupTaken, now: Date): Promise<BackupRegistered> {
    const [from, until] = [new Date(asked.from), new Date(asked.until)];
    if (from > until) throw new Fault('invalid', 'retention/ends-before-it-begins', 'it begins after its end', 'from');
    if (until.getTime() > now.getTime() + CLOCK_TOLERANCE_MS)
      throw new Fault('invalid', 'retention/not-yet', 'no backup covers what is to come', 'until');
    const classes = [...new Set(asked.classes ?? [])].sort();
    if (classes.some((of) => !this.pack.classes.has(of)))
      throw new Fault('invalid', 'retention/no-such-class', 'the policy has no such class', 'classes');
    const backup = asked.backup.toLowerCase();
    const latest = backupPurgeDay(this.pack, until);
    const purgeOn = asked.purgeOn < latest ? asked.purgeOn : latest;
    const known = this.#kept.get(backup);
    const what = (one: Pick<Kept, 'classes' | 'from' | 'until'>) => JSON.stringify([one.classes, one.from, one.until]);
    if (known && (what(known) !== what({ classes, from, until }) || known.purgeOn > purgeOn))
      throw new Fault('conflict', 'retention/backup-known', 'the id is that of another backup', 'backup');
    const one: Kept = known ?? { backup, classes, from, until, purgeOn, state: 'available', orders: new Map() };
    this.#kept.set(backup, one);
    if (!known && this.#last && isCovered(one, this.#last)) await this.#order(one, 'isolation', 'erasure');
    return { backup, state: one.state, purgeOn: one.purgeOn };
  }

  mayRestore(backup: string): RestoreVerdict {
    const refusal = judgeRestore(this.pack, this.#find(backup).state !== 'available');
    return refusal === undefined ? { may: true } : { may: false, refusal };
  }

  /** Something of these classes is gone: what may have it is isolated. */
  async destroyed(
    because: 'disposal' | 'erasure' | 'withdrawal',
    classes: readonly string[],
    now: Date,
  ): Promise<void> {
    this.#last = now;
    for (const one of this.#kept.values())
      if (one.state === 'available' && mayLieIn(one, now, classes)) await this.#order(one, 'isolation', because);
  }

  async purgeDue(now: Date): Promise<void> {
    const today = dayOf(now, this.pack.zone);
    for (const one of this.#kept.values())
      if (one.purgeOn <= today && one.state !== 'purging' && one.state !== 'purged') await this.#order(one, 'purge');
  }

  state({ backup, wanted, left }: BackupStatement): { accepted: boolean } {
    const one = this.#find(backup);
    const done = one.orders.get(wanted);
    if (done === undefined) throw new Fault('conflict', 'retention/not-ordered', 'it has not been ordered', 'wanted');
    if (left > 0) return { accepted: false };
    one.orders.set(wanted, true);
    if (wanted === 'purge') one.state = 'purged';
    return { accepted: true };
  }

  async #order(one: Kept, wanted: BackupOrder['wanted'], because?: string): Promise<void> {
    one.state = wanted === 'purge' ? 'purging' : 'isolated';
    one.orders.set(wanted, false);
    const { backup } = one;
    const why = because === undefined ? {} : { because };
    const said = await this.handle?.({ backup, wanted, ...why, item: this.item({ backup, wanted, ...why }) });
    if (said !== undefined) this.state({ backup, wanted, left: said.left });
  }

  #find(backup: string): Kept {
    const one = this.#kept.get(backup.toLowerCase());
    if (one === undefined)
      throw new Fault('missing', 'retention/no-such-backup', 'no such backup is registered', 'backup');
    return one;
  }
}
