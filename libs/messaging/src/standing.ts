import type { Mark } from './marks.ts';

/** What a database knows of its own messages: its life, how far it has told, how far it has heard. */
export interface Standing {
  readonly incarnation: string;
  /** Former lives that ended in a restore: what was told under them has been dealt with. */
  readonly ended: readonly string[];
  readonly told: readonly { readonly topic: string; readonly slot: number; readonly number: number }[];
  readonly heard: readonly {
    readonly topic: string;
    readonly slot: number;
    readonly incarnation: string;
    readonly number: number;
    readonly former: readonly string[];
  }[];
}

/** One row, one column `standing` of JSON. $1 the consumer. */
export const STANDING = `
select json_build_object(
  'incarnation', (select incarnation from incarnation),
  'ended', (select coalesce(json_agg(incarnation), '[]') from ended_incarnation),
  'told', (select coalesce(json_agg(json_build_object('topic', topic, 'slot', slot, 'number', number)), '[]')
             from slot_head where incarnation = (select incarnation from incarnation)),
  'heard', (select coalesce(json_agg(json_build_object('topic', topic, 'slot', slot, 'incarnation', incarnation, 'number', number, 'former', former)), '[]')
             from position where consumer = $1)
) as standing`;

/** Why a database is taken for rolled back. */
export interface KnowsLess {
  /** `another-life`: it does not know the life in which somebody was told. `told-more`, `heard-more`: it knows fewer numbers. */
  readonly how: 'another-life' | 'told-more' | 'heard-more';
  readonly topic: string;
  readonly slot: number;
  /** Once said, and known now. */
  readonly said: number;
  readonly known: number;
}

/**
 * The first mark of which a database knows less; undefined when it knows all of them. A database is rolled back when it
 * knows less than it once told others, however that came about. One that is behind what others say is not: it catches up.
 * `marks` must have been read before `standing` was.
 */
export function knowsLess(marks: readonly Mark[], standing: Standing): KnowsLess | undefined {
  for (const mark of marks) {
    const { topic, slot, number } = mark;
    if (standing.ended.includes(mark.under)) continue;
    if (mark.under !== standing.incarnation) return { how: 'another-life', topic, slot, said: number, known: 0 };
    const same = (one: { readonly topic: string; readonly slot: number }): boolean =>
      one.topic === topic && one.slot === slot;
    if (mark.kind === 'told') {
      const known = standing.told.find(same)?.number ?? 0;
      if (known < number) return { how: 'told-more', topic, slot, said: number, known };
      continue;
    }
    const heard = standing.heard.find(same);
    if (heard?.former.includes(mark.incarnation)) continue;
    const known = heard?.incarnation === mark.incarnation ? heard.number : 0;
    if (known < number) return { how: 'heard-more', topic, slot, said: number, known };
  }
  return undefined;
}
