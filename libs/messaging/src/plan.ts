import type { LogRecord } from './event-log.ts';

/** How far a consumer is in one slot. */
export interface Position {
  /** Empty before the first record. */
  readonly incarnation: string;
  readonly number: number;
  readonly lastId: string;
  readonly nextOffset: bigint | undefined;
  /** Incarnations that have ended. */
  readonly former: readonly string[];
  readonly parked: number;
  readonly stopped: string | undefined;
}

/** A record from the log, or one that the producer handed in to fill a gap (no offset). */
export type Incoming = LogRecord & { readonly offset?: bigint | undefined };

/**
 * `new`: mine + 1. `known`: a number gone through already; the same id makes it a duplicate, another stops the slot.
 * `stale`: of an incarnation that has ended. `stray`: the log could not read a number.
 */
export interface Planned {
  readonly kind: 'new' | 'known' | 'stale' | 'stray';
  readonly record: Incoming;
}

export interface Plan {
  /** The longest head of the batch that one transaction can deal with. */
  readonly planned: readonly Planned[];
  /** Of the new records; undefined where there are none. */
  readonly incarnation: string | undefined;
  /** What has to be had before the next record: set only when `planned` is empty. */
  readonly gap?: { readonly incarnation: string; readonly from: number; readonly to: number };
}

/** Sorts the head of a batch by where the consumer stands; ends before a gap and before a second incarnation. */
export function planBatch(position: Position, records: readonly Incoming[]): Plan {
  const planned: Planned[] = [];
  let { incarnation, number } = position;
  for (const record of records) {
    if (!Number.isSafeInteger(record.number) || record.number < 1) {
      planned.push({ kind: 'stray', record });
    } else if (position.former.includes(record.incarnation)) {
      planned.push({ kind: 'stale', record });
    } else {
      const another = record.incarnation !== incarnation;
      if (another && planned.length > 0) break;
      const expected = another ? 1 : number + 1;
      if (record.number > expected) {
        if (planned.length > 0) break;
        return {
          planned,
          incarnation: undefined,
          gap: { incarnation: record.incarnation, from: expected, to: record.number - 1 },
        };
      }
      planned.push({ kind: record.number === expected ? 'new' : 'known', record });
      if (record.number === expected) ({ incarnation, number } = record);
    }
  }
  return { planned, incarnation: planned.some((entry) => entry.kind === 'new') ? incarnation : undefined };
}
