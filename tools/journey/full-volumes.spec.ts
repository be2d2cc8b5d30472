import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { http, type Asking } from '@lethe/contracts';
import type { SubjectRef } from '@lethe/kernel';
import { Doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess } from './lethe-process.ts';

jest.setTimeout(500_000);

/** Submissions a round; one person each. */
const AT_ONCE = 50;
/** More than any room that is left in tables and log of an empty cluster. */
const ROUNDS_AT_MOST = 400;

const folder = mkdtempSync(join(tmpdir(), 'lethe-full-volumes-'));
const mounts: string[] = [];

/** A small file system of its own; only root of a machine that lets it has one. */
function mounted(volume: string): boolean {
  mkdirSync(volume, { recursive: true, mode: 0o700 });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=700', 'tmpfs', volume], { stdio: 'ignore' });
    mounts.push(volume);
    return true;
  } catch {
    return false;
  }
}

const VOLUMES = ['data', 'keys'] as const;
const canMount = VOLUMES.map((volume) => mounted(join(folder, volume, volume))).every(Boolean);
let lethe: LetheProcess | undefined;

afterEach(() => lethe?.stop());
afterAll(() => {
  for (const volume of mounts) execFileSync('umount', ['-l', volume]);
  rmSync(folder, { recursive: true, force: true });
});

/** Takes all the room there is, also what has become free since. */
function fill(file: string): void {
  for (let piece = 1_048_576; piece >= 1;) {
    try {
      appendFileSync(file, Buffer.alloc(piece));
    } catch {
      piece = Math.floor(piece / 2);
    }
  }
}

type Submissions = NonNullable<Asking<typeof http.Collect>['body']>['submissions'];

// Not run where this machine mounts no file system for the test.
(canMount ? test.each(VOLUMES) : test.skip.each(VOLUMES))(
  'the volume of the %s cluster is full: what cannot be kept is said, nothing is half; with room again all of it is there once (I1)',
  async (name) => {
    const home = join(folder, name);
    const volume = join(home, name);
    const running = (lethe = new LetheProcess({
      ...LetheProcess.embedded(home, await freePort(), join(folder, `${name}.log`)).options,
      supervised: true,
    }));
    await lethe.start();
    const doors = new Doors(lethe.url, 'ticketing');
    await doors.open('2026-03-02T04:00:00Z');
    const person = (userId: string) =>
      doors.ask('backend', http.SubjectOf, { body: { userId } }).then(({ subject }) => subject);
    const fields = { 'ip-address': '203.0.113.7', 'risk-rating': 'low' };
    const known = await person('known');
    const answered = new Map<string, string>();
    const submit = async (submissions: Submissions): Promise<void> => {
      const { answers } = await doors.ask('backend', http.Collect, { body: { submissions } });
      for (const answer of answers) {
        if (answer.outcome !== 'admitted') throw new Error(`refused: ${answer.refusal.code}`);
        const before = answered.get(answer.idempotencyKey);
        expect(before ?? answer.record).toBe(answer.record);
        answered.set(answer.idempotencyKey, answer.record);
      }
    };
    const round = async (number: number): Promise<void> => {
      const people: SubjectRef[] =
        name === 'data'
          ? Array<SubjectRef>(AT_ONCE).fill(known)
          : await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => person(`user-${String(number)}-${String(n)}`)));
      const submissions = people.map((subject, n) => ({
        ...{ idempotencyKey: `full-${String(number)}-${String(n)}`, subject, purpose: 'security', fields },
      }));
      await submit(submissions);
    };
    await round(0);
    let rounds = 1;

    const filler = join(volume, 'filler');
    writeFileSync(filler, '');
    let refused: unknown;
    for (; refused === undefined; rounds += 1) {
      if (rounds > ROUNDS_AT_MOST) throw new Error('the volume never got full');
      fill(filler);
      await round(rounds).catch((error: unknown) => (refused = error));
    }
    expect(refused).toMatchObject({ kind: 'unavailable' });

    // It is said, and what needs no room is answered.
    const health = async () => (await (await fetch(`${running.url}/health/ready`)).json()) as { full?: string[] };
    expect(await eventually('it is said', async () => (await health()).full)).toEqual([name]);

    rmSync(filler);
    await lethe.ready();
    expect((await health()).full).toBeUndefined();
    // Whoever had no answer asks again, and whoever had one, too: nothing comes twice.
    for (let number = 0; number < rounds; number += 1)
      await eventually('it is admitted', () => round(number).then(() => true));
    expect(answered.size).toBe(rounds * AT_ONCE);
    const held = await eventually('all is counted', async () => {
      const { tallies } = await doors.ask('auditor', http.Forecast);
      const parts = tallies.reduce((sum, tally) => sum + tally.parts, 0);
      return parts >= answered.size && parts;
    });
    expect(held).toBe(answered.size);
  },
);
