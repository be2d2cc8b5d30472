import type { http } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import type { z } from 'zod';

export type OutItem = z.output<typeof http.outItem>;

/** An order to the platform's own stores, and how they say what they did. */
export interface ErasureOrder {
  readonly request: string;
  readonly subject: SubjectRef;
  readonly item: OutItem;
}
export interface DisposalOrder {
  readonly order: string;
  readonly class: string;
  readonly day: string;
  readonly item: OutItem;
}
/** A consent was withdrawn whose data the platform holds itself. */
export interface WithdrawalOrder {
  /** The ledger's entry, which names it. */
  readonly entry: number;
  readonly subject: SubjectRef;
  readonly purpose: string;
  readonly item: OutItem;
}
/** What a store found, deleted, and still finds when it looks again: a rescan above zero means no certificate. */
export interface Statement {
  readonly found: number;
  readonly deleted: number;
  readonly restricted?: number;
  readonly rescan: number;
}

/** A backup that one of the platform's stores took of itself, under an id it chose. */
export type BackupTaken = Omit<z.input<NonNullable<(typeof http.RegisterBackup)['body']>>, 'participant'>;
export type BackupRegistered = z.output<(typeof http.RegisterBackup)['answer']>;
/** May a backup be restored? No, with the clause, once something in it is gone elsewhere. */
export type RestoreVerdict = z.output<(typeof http.MayRestore)['answer']>;
/** What the holder of a backup has done: for how many copies of it not. */
export type BackupStatement = Omit<z.input<NonNullable<(typeof http.AckBackup)['body']>>, 'participant'> & {
  readonly backup: string;
};

/** A backup is to be isolated: nothing restores from it any more; or to be purged: no copy of it is left. */
export interface BackupOrder {
  readonly backup: string;
  readonly wanted: 'isolation' | 'purge';
  /** Of an isolation: `disposal`, `erasure` or `withdrawal`. */
  readonly because?: string;
  readonly item: OutItem;
}

/** A hold that was placed, and keeps what `scope` names; or one that was released, and keeps it no longer. */
export interface HoldTold {
  readonly hold: string;
  readonly state: 'placed' | 'released';
  /** Of a hold that was placed: a person, a record, a matter, or the whole tenant. */
  readonly scope?: z.output<typeof http.toldScope>;
  readonly subject?: SubjectRef;
  readonly item: OutItem;
}

export const backupOrderOf = (item: OutItem): BackupOrder => {
  const { backup, wanted, because } = item.data;
  return {
    backup: String(backup),
    wanted: wanted === 'purge' ? 'purge' : 'isolation',
    ...(typeof because === 'string' ? { because } : {}),
    item,
  };
};

export const holdOf = (item: OutItem): HoldTold => ({
  hold: String(item.data['hold']),
  state: item.kind === 'hold-placed' ? 'placed' : 'released',
  ...(item.data['scope'] === undefined ? {} : { scope: item.data['scope'] as HoldTold['scope'] & object }),
  ...(item.subject === undefined ? {} : { subject: item.subject }),
  item,
});
