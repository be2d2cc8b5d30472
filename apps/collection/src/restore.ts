import { Fault, type TenantId } from '@lethe/kernel';
import type { Room } from './room.ts';

export interface RestoreReport {
  readonly restored: number;
  readonly replayed: number;
  readonly dropped: number;
  readonly unrecoverable: number;
  readonly incarnation: string;
}

/** The one way back, always through quarantine. */
export class Restore {
  constructor(private readonly room: Room) {}

  run(
    _tenant: TenantId,
    _asked: { readonly backup: string; readonly approvals: readonly string[]; readonly service: string },
    _now: Date,
  ): Promise<RestoreReport> {
    void this.room;
    return Promise.reject(new Fault('unavailable', 'collection/restore-not-built', 'restoring is not built yet'));
  }
}
