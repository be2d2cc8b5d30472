import type { http } from '@lethe/contracts';

type Piece = (typeof http.KeyringDrill)['answer']['_output']['pieces'][number];

/** What is recorded of one tenant. */
export interface DrillFacts {
  /** Sealed parts, and the people they are about; of both, those that open by kept keys alone. */
  readonly sealed: { readonly parts: number; readonly people: number };
  readonly kept: { readonly parts: number; readonly people: number };
  /** Kept keys that are there, by their parts. */
  readonly keptParts: number;
  /** The root lies where it belongs, or answers: what runs may go on without. */
  readonly root: boolean;
  /** Which slot has the key of the present epoch; undefined while the root does not answer. */
  readonly slots: readonly [boolean, boolean] | undefined;
  /** Backups whose key lives; and of those set apart, how many have lost the key that it is wrapped under. */
  readonly backups: number;
  readonly isolatedLost: number;
  /** Of those set apart, how many lie under a key that the first slot has alone, and the second alone. */
  readonly isolatedIn: readonly [number, number];
}

/**
 * What the loss of each piece would mean. The root wraps what lies in the slots, the slots wrap the keyring, and the keyring
 * has every key: whoever loses one of these loses all. One slot can be lost while the other has a copy of all that lies in it,
 * keys of backups set apart among it; one that lacks a copy is not whole. Kept keys are all
 * that opens what has outlived its day; a backup has nothing but its own key.
 */
export function drill({
  sealed,
  kept,
  keptParts,
  root,
  slots,
  backups,
  isolatedLost,
  isolatedIn,
}: DrillFacts): Piece[] {
  const everything = { ...sealed, backups };
  const nothing = { parts: 0, people: 0, backups: 0 };
  const [first, second] = slots ?? [false, false];
  return [
    { piece: 'root', present: root, lost: everything },
    {
      piece: 'first-slot',
      present: first && isolatedIn[1] === 0,
      lost: second ? { ...nothing, backups: isolatedIn[0] } : everything,
    },
    {
      piece: 'second-slot',
      present: second && isolatedIn[0] === 0,
      lost: first ? { ...nothing, backups: isolatedIn[1] } : everything,
    },
    { piece: 'both-slots', present: first || second, lost: everything },
    { piece: 'keyring-cluster', present: true, lost: everything },
    { piece: 'kept-keys', present: keptParts >= kept.parts, lost: { ...kept, backups: 0 } },
    { piece: 'backup-keys', present: isolatedLost === 0, lost: { ...nothing, backups } },
  ];
}
