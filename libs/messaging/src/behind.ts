import type { SlotWorkContext } from './slot-context.ts';
import type { SlotWork } from './slot-work.ts';

interface Standing {
  readonly topic: string;
  readonly slot: number;
  readonly incarnation: string;
  readonly former: readonly string[];
  readonly number: string;
  readonly stopped: string | null;
}

/**
 * A gap shows when the record behind it comes; where none comes, what was lost last would be missed for good. So the
 * producers are asked how far they have told: a slot that is behind, and has not moved between two looks, has lost something.
 */
export class Behind {
  /** Where each slot stood that was behind at the last look. */
  #last: ReadonlyMap<string, string> = new Map();

  constructor(
    private readonly context: SlotWorkContext,
    private readonly topics: readonly string[],
    private readonly slot: (topic: string, slot: number) => SlotWork,
  ) {}

  async look(): Promise<void> {
    const { heads, service, database } = this.context.options;
    if (!heads) return;
    const producers = [...new Set(this.topics.map((topic) => topic.split('.')[1] ?? ''))];
    // Of one that cannot be asked at the moment nothing is concluded.
    const told = (await Promise.allSettled(producers.map((producer) => heads(producer)))).flatMap((answer) =>
      answer.status === 'fulfilled' ? [answer.value] : [],
    );
    const standing = new Map(
      (
        await database.transaction((sql) =>
          sql.query<Standing>(
            'select topic, slot, incarnation, former, number, stopped from position where consumer = $1',
            [service],
          ),
        )
      ).map((row) => [`${row.topic}/${String(row.slot)}`, row]),
    );
    const behind = new Map<string, string>();
    for (const { incarnation, slots } of told)
      for (const { topic, slot, number } of slots.filter((one) => this.topics.includes(one.topic))) {
        const key = `${topic}/${String(slot)}`;
        const at = standing.get(key);
        if (at && (at.stopped !== null || at.former.includes(incarnation))) continue;
        const reached = at?.incarnation === incarnation ? Number(at.number) : 0;
        if (reached >= number) continue;
        const place = `${incarnation}/${String(reached)}`;
        const work = this.slot(topic, slot);
        if (this.#last.get(key) === place && work.waiting === undefined) await work.catchUp(incarnation, number);
        else behind.set(key, place);
      }
    this.#last = behind;
  }
}
