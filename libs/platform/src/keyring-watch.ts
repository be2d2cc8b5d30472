import { Fault } from '@lethe/kernel';
import type { Mark, Marks } from '@lethe/messaging';
import type { Asks } from './rolled-back.ts';

const LAST =
  'select coalesce(max(number), 0)::int8 as last, exists (select from keyring.epoch) as begun from keyring.eviction';
/** The keyring tells nothing to a topic: its evictions are one row of numbers, of one life. */
const EVICTIONS = {
  kind: 'told',
  under: 'keyring',
  topic: 'keyring.evictions',
  slot: 0,
  incarnation: 'keyring',
} as const;

/**
 * Watches whether the keyring's cluster has forgotten that a key was destroyed: a copy of it of the present epoch, put back, would
 * bring that key back to life. Every eviction has a number, the newest stays in the cluster, and the highest that anybody was
 * told of is marked beside it.
 */
export class KeyringWatch {
  #fault: Fault | undefined;

  constructor(private readonly marks: Marks) {}

  /** Not lost with the process once it returns. @throws when it cannot be kept */
  raise(number: number): void {
    if (number > 0) this.marks.raise({ ...EVICTIONS, number });
  }

  /** Asked on every new connection, before anybody uses it. @throws Fault `unavailable` when the cluster was put back, or is another one */
  async look(client: Asks): Promise<void> {
    const marked = Math.max(0, ...this.marks.all().map(({ number }: Mark) => number));
    const { rows } = await client.query(LAST);
    const knowsLess = Number(rows[0]?.['last']) < marked;
    this.#fault = knowsLess ? (rows[0]?.['begun'] === true ? rolledBack() : gone()) : undefined;
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** What whoever needs a key is answered while the cluster is one that was put back, or is empty. */
  fault(): Fault | undefined {
    return this.#fault;
  }
}

const rolledBack = (): Fault =>
  new Fault(
    'unavailable',
    'sealing/rolled-back',
    'the cluster of the keyring has forgotten that keys were destroyed; it opens nothing until the newer one is put back',
  );

const gone = (): Fault =>
  new Fault(
    'unavailable',
    'sealing/keyring-gone',
    'the cluster of the keyring is empty, and keys of it were destroyed',
  );
