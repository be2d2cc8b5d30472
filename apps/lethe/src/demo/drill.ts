import { isDeepStrictEqual } from 'node:util';
import { http } from '@lethe/contracts';
import { Fault, tenantId, type SubjectRef } from '@lethe/kernel';
import { openBeside, type Installation } from '@lethe/platform';
import type { z } from 'zod';
import type { Instance } from './instance.ts';
import { patient } from './patient.ts';

/** Of so many people something is lost, and so many of the erased are looked at again. */
const PEOPLE = 5;

/** What the restore drill did. */
export interface Drill {
  /** What was deleted by hand first; or why nothing was. */
  readonly lost: { readonly parts: number; readonly people: number } | { readonly nothing: string };
  /** See `http.RestoreState`. */
  readonly report: z.output<typeof http.restoreReport>;
}

/**
 * Deletes the rows of these parts behind collection's back, all of them or none.
 * @throws when that database cannot be entered, or does not have them
 */
export type Lose = (parts: readonly string[]) => Promise<void>;

/**
 * By way of the home in which the instance keeps everything, for whoever runs the demo on its machine. `tenant` is one that the demo has
 * opened for itself: row-level security shows the rows of no other.
 */
export const losing =
  (installation: Pick<Installation, 'home' | 'servers'>, tenant: string): Lose =>
  async (parts) => {
    const database = await openBeside('collection', installation);
    try {
      await database.within(tenantId(tenant), async (sql) => {
        const gone = await sql.query('delete from part where part = any($1) returning part', [parts]);
        if (gone.length !== parts.length)
          throw new Fault('missing', 'demo/other-instance', 'the database of that home is another instance’s');
      });
    } finally {
      await database.close();
    }
  };

export interface Drilled {
  /** People who have done nothing since the backup was taken: all that is held of them is in it. */
  readonly quiet: (takenAt: Date) => readonly SubjectRef[];
  readonly erased: readonly SubjectRef[];
  readonly lose: Lose;
}

/**
 * The restore drill: what is held of a few people is deleted by hand; two officers bring the oldest backup back beside what lives. What was
 * lost comes back and nothing else, least of all what was erased, withdrawn or disposed of since the backup was taken.
 * @returns undefined where no backup is left
 * @throws Fault `conflict` when not all of it came back, or something else did
 */
export async function drill(instance: Instance, { quiet, erased, lose }: Drilled): Promise<Drill | undefined> {
  const { backups } = await patient(() => instance.ask('officer', http.Backups));
  const oldest = backups.findLast(({ state }) => state === 'available' || state === 'isolated');
  if (oldest === undefined) return undefined;

  // A policy may limit how often a day a person is given a copy: each is asked for as seldom as can be.
  const copies = async (people: readonly SubjectRef[]): Promise<Copy[]> => {
    const all: Copy[] = [];
    for (const subject of people) all.push(await copyOf(instance, subject));
    return all;
  };
  const losers: SubjectRef[] = [];
  const before: Copy[] = [];
  for (const subject of quiet(new Date(oldest.takenAt))) {
    if (losers.length === PEOPLE) break;
    const copy = await copyOf(instance, subject);
    if (copy.parts.length === 0) continue;
    losers.push(subject);
    before.push(copy);
  }
  const parts = before.flatMap((copy) => copy.parts.map(({ part }) => part));
  const gone = erased.slice(-PEOPLE);
  before.push(...(await copies(gone)));
  const lost: Drill['lost'] =
    parts.length === 0
      ? { nothing: 'nobody has anything in that backup' }
      : await lose(parts).then(
          () => ({ parts: parts.length, people: losers.length }),
          (error: unknown) => ({ nothing: error instanceof Error ? error.message : 'it could not be' }),
        );
  if ('parts' in lost && (await copies(losers)).some((copy) => copy.parts.length > 0))
    throw new Fault('conflict', 'demo/not-lost', 'what was deleted by hand is still there');

  const report = await instance.restored(oldest.backup, ['an-officer', 'another-officer']);
  const awaited = 'parts' in lost ? lost.parts : 0;
  if (report.restored > awaited)
    throw new Fault('conflict', 'demo/came-back', 'a restore brought back something that had gone');
  if (report.restored < awaited)
    throw new Fault('conflict', 'demo/not-back', 'a restore did not bring back all that was lost');
  if (!isDeepStrictEqual(await copies([...losers, ...gone]), before))
    throw new Fault('conflict', 'demo/not-as-before', 'a person is told something else than before the loss');
  return { lost, report };
}

type Copy = Pick<z.output<typeof http.Access.answer>, 'parts' | 'withheld'>;

/** What a person is told of what is held of it, in an order of its own. */
async function copyOf(instance: Instance, subject: SubjectRef): Promise<Copy> {
  const answer = await patient(() => instance.ask('backend', http.Access, { body: { subject } }));
  const { refusal, parts, withheld } = answer;
  if (refusal !== undefined) throw new Fault('conflict', 'demo/no-copy', `a copy was refused: ${refusal.code}`);
  const byPart = (one: { readonly part: string }, other: { readonly part: string }): number =>
    one.part.localeCompare(other.part);
  return { parts: parts.toSorted(byPart), withheld: withheld.toSorted(byPart) };
}
