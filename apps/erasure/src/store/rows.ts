import type { Day, SubjectRef, TenantId } from '@lethe/kernel';
import type { ErasureRequest, LeftBecause, Participant, Progress, Scope } from '../domain/request.ts';

export interface RequestRow {
  readonly tenant: TenantId;
  readonly request: string;
  readonly subject: SubjectRef;
  readonly kind: ErasureRequest['kind'];
  readonly ground: string;
  readonly idempotency: string;
  readonly asked: string;
  readonly receipt: string;
  readonly progress: Progress;
  readonly deadline: Day;
  readonly received_at: Date;
  readonly verified_at: Date | null;
  readonly identity_method: string | null;
  readonly decided_by: string | null;
  readonly refused_code: string | null;
  readonly refused_clause: string | null;
  readonly refused_at: Date | null;
  readonly scope: Scope | null;
  readonly registry_version: number | null;
  readonly freeze_event: string | null;
  readonly freeze_number: number | null;
  readonly frozen_at: Date | null;
  readonly ordered_at: Date | null;
  readonly ledger_entry: number | null;
  readonly keys_destroyed: number | null;
  readonly effective_at: Date | null;
  readonly keys_dead_by: Date | null;
  readonly swept_at: Date | null;
  readonly certificate: string | null;
  readonly certified_at: Date | null;
  readonly final_at: Date | null;
  readonly escalated_at: Date | null;
  readonly look_at: Date;
  readonly attempts: number;
}

export interface ParticipantRow {
  readonly participant: string;
  readonly kind: 'service' | 'platform';
  readonly registry_version: number;
  readonly frozen_position: number | null;
  readonly found: number | null;
  readonly deleted: number | null;
  readonly restricted: number | null;
  readonly rescan: number | null;
  readonly position: number | null;
  readonly done_at: Date | null;
  readonly closed_because: LeftBecause | null;
}

export const participantOf = (row: ParticipantRow): Participant => ({
  participant: row.participant,
  kind: row.kind,
  ...(row.frozen_position === null ? {} : { frozenPosition: row.frozen_position }),
  ...(row.found === null
    ? {}
    : {
        done: {
          found: row.found,
          deleted: row.deleted ?? 0,
          restricted: row.restricted ?? 0,
          rescan: row.rescan ?? 0,
          position: row.position ?? 0,
        },
      }),
  ...(row.closed_because === null ? {} : { closed: row.closed_because }),
});

export const requestOf = (row: RequestRow): Omit<ErasureRequest, 'participants'> => ({
  request: row.request,
  subject: row.subject,
  kind: row.kind,
  progress: row.progress,
  deadline: row.deadline,
  escalated: row.escalated_at !== null,
  ...(row.scope === null ? {} : { scope: row.scope }),
  freezing: row.freeze_event !== null,
  ...(row.freeze_number === null ? {} : { freezeNumber: row.freeze_number }),
});
