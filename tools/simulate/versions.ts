import { readFileSync } from 'node:fs';
import { codeOf, type Scene } from './scene.ts';

const POLICY = readFileSync(new URL('policies/fair/policy.yaml', import.meta.url), 'utf8');
/** How long each class is kept, in days: by the pack, and by the versions that may follow it. */
export const PERIODS = {
  first: { faces: 10, tastes: 12, tickets: 20 },
  shorter: { faces: 5, tastes: 6, tickets: 16 },
  longer: { faces: 14, tastes: 18, tickets: 30 },
} as const;
type Class = keyof (typeof PERIODS)['first'];
/** For how long a law keeps tickets, whatever the version. Days. */
export const FLOOR_DAYS = 15;
/** Local days on which a version may begin: each text is read once a world. */
const BEGIN = ['2027-01-12', '2027-01-15', '2027-01-19', '2027-01-24', '2027-01-30'];

/** A version of the pack that may follow the first. */
export interface Version {
  /** As the pack says it, and as classes that come with it are named. */
  readonly version: string;
  readonly kind: 'shorter' | 'longer';
  readonly from: string;
}

export const VERSIONS: readonly Version[] = BEGIN.flatMap((from) =>
  (['shorter', 'longer'] as const).map((kind) => ({ version: `${from}-${kind}`, kind, from })),
);

/** The text of a version. @throws Error when the pack is not as the periods say */
export function textOf({ version, kind, from }: Version): string {
  const put = (text: string, what: string, instead: string): string => {
    if (!text.includes(what)) throw new Error(`the pack of the simulation has no ${what}`);
    return text.replace(what, instead);
  };
  let text = put(POLICY, "version: '2026-01-01'", `version: '${version}'`);
  text = put(text, "effectiveFrom: '2026-01-01'", `effectiveFrom: '${from}'`);
  // What people were shown before holds on.
  text = put(text, 'title:', "notices: ['2026-01-01']\ntitle:");
  for (const [of, days] of Object.entries(PERIODS.first))
    text = put(text, `period: P${String(days)}D`, `period: P${String(PERIODS[kind][of as Class])}D`);
  return text;
}

/** The version with which a class came, and how many days it is kept by that. */
export function scheduleOf(name: string): { readonly class: Class; readonly days: number; readonly from: string } {
  const [of = '', version] = name.split('.');
  const known = VERSIONS.find((one) => one.version === version);
  if (!(of in PERIODS.first) || (version !== undefined && known === undefined)) throw new Error('a class of nobody');
  return { class: of as Class, days: PERIODS[known?.kind ?? 'first'][of as Class], from: known?.from ?? '' };
}

const earlier = (day: string, days: number): string =>
  new Date(Date.parse(day) - days * 86_400_000).toISOString().slice(0, 10);

/**
 * When what a class dated for a day goes: earlier by as much as the shortest of the versions that came later and are in force is
 * shorter, and never later (I18).
 */
export function goesBy(name: string, dated: string, versions: readonly Version[], today: string): string {
  const { class: of, days, from } = scheduleOf(name);
  const later = versions.filter((one) => one.from > from && one.from <= today).map(({ kind }) => PERIODS[kind][of]);
  return earlier(dated, days - Math.min(days, ...later));
}

/** From which day on no floor keeps it. */
export function freeFrom(name: string, dated: string): string {
  const { class: of, days } = scheduleOf(name);
  return of === 'tickets' ? earlier(dated, days - FLOOR_DAYS) : '';
}

/** What two officers do about versions of the pack. */
export class Versions {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Those that can still begin, after every one before. */
  get coming(): readonly Version[] {
    const { today, versions } = this.#scene.books;
    const last = versions.at(-1)?.from ?? '';
    const next = VERSIONS.find(({ from }) => from > today && from > last)?.from;
    return VERSIONS.filter(({ from }) => from === next);
  }

  /** One proposes, another confirms; who confirms is answered when everybody has heard, and the step does not wait for that. */
  async activate(): Promise<void> {
    const { world, tenant, random, books } = this.#scene;
    const version = random.pick(this.coming);
    const by = (sub: string) => ({ tenant, role: 'officer' as const, sub });
    const { version: name } = version;
    this.#scene.note(`activate ${name}`);
    const { packs, clockwork } = world;
    try {
      const digest = world.digestOf(name);
      const { proposal } = await packs.propose(by('lethe#ana'), { digest, publications: [] }, clockwork.now());
      books.proposed.push(version);
      packs.confirm(by('lethe#ben'), proposal, clockwork.now()).then(
        ({ outcome }) => this.#scene.heard(`${name}: ${outcome}`),
        (error: unknown) => this.#scene.heard(`${name}: ${codeOf(error)}`),
      );
    } catch (error) {
      this.#scene.note(`activate ${name}: ${codeOf(error)}`);
    }
    await world.settle();
  }
}
