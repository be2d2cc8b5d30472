import { Faker, en } from '@faker-js/faker';
import { demoPeople, type DemoPerson } from './people.ts';

/** What happens to one person in one month of the story, in the order in which it is played. */
export type Scene =
  | { readonly kind: 'join'; readonly person: number }
  | { readonly kind: 'guardian'; readonly person: number; readonly verified: boolean }
  | {
      readonly kind: 'consent';
      readonly person: number;
      readonly purpose: string;
      readonly level: 'acceptance' | 'opt-in' | 'explicit' | 'separate';
    }
  | { readonly kind: 'withdraw'; readonly person: number; readonly purpose: string }
  | { readonly kind: 'real-name'; readonly person: number }
  | { readonly kind: 'face'; readonly person: number }
  | {
      readonly kind: 'order';
      readonly person: number;
      readonly order: number;
      readonly price: number;
      readonly genre: string;
    }
  | { readonly kind: 'complete'; readonly person: number; readonly order: number }
  | {
      readonly kind: 'deliver';
      readonly person: number;
      readonly order: number;
      readonly friend: boolean;
      readonly declared: boolean;
    }
  | { readonly kind: 'invoice'; readonly person: number; readonly order: number }
  | { readonly kind: 'browse'; readonly person: number }
  | { readonly kind: 'mistake'; readonly person: number; readonly which: 'purpose' | 'field' | 'region' }
  | { readonly kind: 'close'; readonly person: number };

export interface Month {
  /** Legal instant at which the month's scenes are played. */
  readonly at: Date;
  readonly scenes: readonly Scene[];
  /** A backup is taken before the scenes. */
  readonly backup: boolean;
}

export interface Story {
  readonly people: readonly DemoPerson[];
  readonly startAt: Date;
  readonly months: readonly Month[];
}

export const MONTHS = 48;
const START = Date.UTC(2022, 0, 4, 2);
const GENRES = ['concert', 'drama', 'sports', 'exhibition', 'children'] as const;
export const DISPLAY = 'personalized-display';
export const FACE = 'face-verification';
export const REAL_NAME = 'real-name';

/** Four years of a ticketing platform, from a seed: the same seed, the same story. */
export function storyOf(count: number, seed: number): Story {
  const startAt = new Date(START);
  const people = demoPeople(count, seed, startAt);
  const dice = new Faker({ locale: en, seed: seed + 1 });
  const chance = (share: number): boolean => dice.number.float() < share;
  const between = (min: number, max: number): number => dice.number.int({ min, max: Math.max(min, max) });
  const months: Scene[][] = Array.from({ length: MONTHS }, () => []);
  const play = (month: number, scene: Scene): void => void months[Math.min(month, MONTHS - 1)]?.push(scene);
  let orders = 0;

  people.forEach((one, person) => {
    // Most join in the first months, so that cohorts are large and the three-year floor ends within the story.
    const joined = chance(0.6) ? between(0, 7) : between(8, 35);
    if (one.child) play(joined, { kind: 'guardian', person, verified: chance(0.6) });
    play(joined, { kind: 'join', person });
    if (chance(0.02))
      play(joined, { kind: 'mistake', person, which: dice.helpers.arrayElement(['purpose', 'field', 'region']) });
    if (chance(0.6)) {
      if (chance(0.95)) play(joined, { kind: 'consent', person, purpose: REAL_NAME, level: 'explicit' });
      play(joined, { kind: 'real-name', person });
    }
    if (chance(0.4)) {
      play(joined, { kind: 'consent', person, purpose: FACE, level: chance(0.8) ? 'separate' : 'acceptance' });
      play(joined, { kind: 'face', person });
    }
    const agreed = chance(0.7);
    if (agreed) play(joined, { kind: 'consent', person, purpose: DISPLAY, level: 'opt-in' });
    if (agreed || chance(0.3))
      for (let visits = between(1, 3); visits > 0; visits -= 1)
        play(between(joined, Math.min(joined + 12, MONTHS - 1)), { kind: 'browse', person });
    for (let bought = between(1, 3); bought > 0; bought -= 1) {
      const month = chance(0.7) ? joined : between(joined, Math.min(joined + 10, MONTHS - 2));
      const order = orders++;
      play(month, {
        kind: 'order',
        person,
        order,
        price: between(2, 40) * 40,
        genre: dice.helpers.arrayElement(GENRES),
      });
      if (chance(0.5)) play(month, { kind: 'deliver', person, order, friend: chance(0.25), declared: chance(0.7) });
      if (chance(0.1)) play(month, { kind: 'invoice', person, order });
      play(month + 1, { kind: 'complete', person, order });
    }
    if (agreed && chance(0.25)) play(between(joined + 1, joined + 14), { kind: 'withdraw', person, purpose: DISPLAY });
    if (chance(0.12)) play(between(Math.min(joined + 12, MONTHS - 4), MONTHS - 3), { kind: 'close', person });
  });

  return {
    people,
    startAt,
    months: months.map((scenes, month) => ({
      at: new Date(Date.UTC(2022, month, 4 + between(0, 14), between(2, 12))),
      scenes: inOrder(scenes),
      backup: month % 6 === 5,
    })),
  };
}

const ORDER: readonly Scene['kind'][] = [
  'guardian',
  'join',
  'mistake',
  'consent',
  'real-name',
  'face',
  'order',
  'deliver',
  'invoice',
  'complete',
  'browse',
  'withdraw',
  'close',
];

/** Scenes of one kind go together (a batch), each person's still in their own order: a person orders before it is delivered. */
function inOrder(scenes: readonly Scene[]): Scene[] {
  return [...scenes].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}
