import type { Refusal } from '../facts.ts';
import type { Pack } from '../pack.ts';
import { ruled } from './circumstances.ts';

/**
 * May the platform restore a backup of its own? From the moment something in it is gone elsewhere it is stored safely and
 * nothing else, until it can be deleted (PIPL 47): nobody but Lethe could say what of it may come back.
 */
export const judgeRestore = (pack: Pack, isolated: boolean): Refusal | undefined =>
  isolated ? ruled(pack, 'backup-isolated', undefined, 'backup', pack.backups.clause) : undefined;
