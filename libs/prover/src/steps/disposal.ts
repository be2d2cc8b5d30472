import { http } from '@lethe/contracts';
import { dayOf } from '@lethe/kernel';
import { checks, Disproof, does, expect } from '../step.ts';
import { yes, type World } from '../world.ts';
import { inTheEnd, until } from './until.ts';

/** Records that stand in the counts; those that are long gone leave them again. */
const seen = new WeakMap<World, unknown>();

/** What was submitted last stands in retention's counts: a sweep cannot miss it. */
export async function counted(world: World): Promise<void> {
  if (!world.hasAnswer) return;
  const { record } = world.answered.said;
  if (seen.get(world) === record) return;
  const parts = (world.answered.said['parts'] ?? []) as readonly { class: string; disposal?: string }[];
  await inTheEnd(async () => {
    const { tallies } = await world.doors.ask('officer', http.Forecast);
    const missing = parts.find(
      (part) => !tallies.some((tally) => tally.class === part.class && (tally.dated ?? tally.day) === part.disposal),
    );
    return missing === undefined ? undefined : `"${missing.class}" was not counted`;
  });
  seen.set(world, record);
}

const held = new WeakMap<World, string>();
const backups = new WeakMap<World, string>();
const of = (remembered: WeakMap<World, string>, world: World, what: string): string => {
  const found = remembered.get(world);
  if (found === undefined) throw new Disproof(`no ${what} has been made yet`);
  return found;
};

export const DISPOSAL = [
  does(
    'everything due goes',
    'A round of the sweep: what is due is ordered, carried out, and nothing of it is outstanding.',
    async (world: World) => {
      await counted(world);
      await inTheEnd(async () => {
        const { outstanding } = await world.doors.ask('operator', http.Sweep, { body: { waitMs: 10_000 } });
        const { tallies, legalTime } = await world.doors.ask('officer', http.Forecast);
        const today = dayOf(new Date(legalTime), world.pack.zone);
        const left = tallies.filter(({ state, day }) => state === 'dated' && day !== undefined && day <= today);
        return outstanding + left.length === 0
          ? undefined
          : `${String(outstanding + left.length)} disposals did not end`;
      });
    },
  ),
  checks(
    'nothing of it is left',
    'Of what was submitted last, the person’s copy shows nothing any more.',
    async (world: World) => {
      await until(async () => {
        const left = Object.keys(await world.kept());
        return left.length === 0 ? undefined : `still kept: ${left.sort().join(', ')}`;
      });
    },
  ),
  does(
    'an officer holds what is kept of {person} until {day}',
    'A reason not to dispose: a lawsuit, by the authority of a court, to be reviewed by that day. It is recorded before the next step.',
    async (world: World, person: string, day: string) => {
      const subject = await world.person(person);
      const { hold } = await world.doors.ask('officer', http.PlaceHold, {
        body: { scope: { kind: 'subject', subject }, reason: 'litigation', authority: 'court', reviewOn: day },
      });
      held.set(world, hold);
    },
  ),
  does('another officer releases the hold', 'Whoever placed a hold cannot release it.', async (world: World) => {
    await world.doors.ask('officer', http.ReleaseHold, { params: { hold: of(held, world, 'hold') } }, 'second');
  }),
  does(
    'an officer stops all disposal',
    'At once, as after a discovery that something is wrong. What was ordered already is carried out.',
    async (world: World) => {
      await world.doors.ask('officer', http.StopDisposal, { body: { reason: 'something-is-wrong' } });
    },
  ),
  does('another officer lets disposal go on', 'Whoever stopped it cannot.', async (world: World) => {
    await world.doors.ask('officer', http.ResumeDisposal, {}, 'second');
  }),
  checks(
    '{name} is a finding',
    'After a sweep it stands on the list of what a person has to look at: waiting-past-limit, hold-past-review, ack-overdue, disposal-overdue, uncovered-class, purge-failed, backup-not-taken, end-overdue.',
    (world: World, kind: string) => found(world, kind),
  ),
  checks('{name} is a finding about {name}', 'The same, about this class.', (world: World, kind: string, of: string) =>
    found(world, kind, of),
  ),
  checks('nothing is a finding', 'After a sweep the list is empty.', async (world: World) => {
    await until(async () => {
      await world.doors.ask('operator', http.Sweep, { body: { waitMs: 0 } });
      const { open } = await world.doors.ask('officer', http.Findings);
      return Object.keys(open).length === 0 ? undefined : `on the list: ${Object.keys(open).join(', ')}`;
    });
  }),
  does('a backup is taken', 'Of everything of the tenant; whole before the next step.', async (world: World) => {
    await counted(world);
    const { backup } = await world.doors.ask('operator', http.TakeBackup, { body: { waitMs: 20_000 } });
    backups.set(world, backup);
    await inTheEnd(() => stateOf(world, (state) => state !== 'taking'));
  }),
  checks('the backup is {name}', 'available, isolated or purged.', async (world: World, state: string) => {
    await until(() => stateOf(world, (found) => found === state));
  }),
  does(
    'an auditor looks at how the backup is stored, for what is held of {person}',
    'Reads the backup as it lies and looks for the values of the person in it. The answer says bytes, inClear and values.',
    async (world: World, person: string) => {
      const subject = await world.person(person);
      await world.asking(async () => {
        const query = { subject, backup: of(backups, world, 'backup') };
        const { backup } = await world.doors.ask('auditor', http.StoredAs, { query });
        expect((backup?.values ?? 0) > 0, 'nothing is held that could be looked for');
        expect((backup?.bytes ?? 0) > 0, 'the backup is empty');
        return yes({ ...backup });
      });
    },
  ),
  checks(
    'the backup is gone by {day}',
    'The day on which it is purged at the latest.',
    async (world: World, day: string) => {
      const { backups: all } = await world.doors.ask('officer', http.Backups);
      const found = all.find(({ backup }) => backup === of(backups, world, 'backup'))?.purgeOn;
      expect(found === day, `it is purged on ${found ?? 'no day'}`);
    },
  ),
];

/** Sweeps until the list of findings has it. @throws Disproof where it never does */
async function found(world: World, kind: string, of?: string): Promise<void> {
  await until(async () => {
    await world.doors.ask('operator', http.Sweep, { body: { waitMs: 0 } });
    const { findings } = await world.doors.ask('officer', http.Findings);
    const all = findings.filter((one) => one.kind === kind && one.resolvedAt === undefined);
    return all.some((one) => of === undefined || one.class === of)
      ? undefined
      : `"${kind}" is not on the list${of === undefined ? '' : ` for "${of}"`}`;
  });
}

async function stateOf(world: World, wanted: (state: string) => boolean): Promise<string | undefined> {
  const { backups: all } = await world.doors.ask('officer', http.Backups);
  const state = all.find(({ backup }) => backup === of(backups, world, 'backup'))?.state ?? 'unknown';
  return wanted(state) ? undefined : `the backup is "${state}"`;
}
