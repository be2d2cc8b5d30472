import { http } from '@lethe/contracts';
import { agreeable } from '@lethe/policy';
import type { z } from 'zod';
import { checks, does, expect, type Rows } from '../step.ts';
import { instantOf } from '../time.ts';
import { no, yes, type World } from '../world.ts';
import { inTheEnd } from './until.ts';

type Act = Record<string, unknown>;

/** A busy machine may answer before collection has heard of it: then the next step waits for that, as a platform would. */
async function applied(
  world: World,
  outcomes: z.output<(typeof http.ActOnConsent)['answer']>['outcomes'],
): Promise<void> {
  for (const outcome of outcomes) {
    const behind = outcome.outcome === 'recorded' ? !outcome.applied : outcome.outcome === 'accepted';
    if (!behind || !('consent' in outcome)) continue;
    const { consent } = outcome;
    await inTheEnd(async () => {
      const answer = await world.doors.ask('backend', http.ConsentApplied, {
        params: { consent },
        query: { waitMs: 5_000 },
      });
      return answer.applied ? undefined : 'collection has not applied a consent yet';
    });
  }
}

/** What the platform says of a person’s age, until collection knows it: saying it again asks again. */
async function stated(world: World, body: Record<string, unknown>): Promise<void> {
  await world.asking(async () => {
    let answer = await world.doors.ask('backend', http.StateGuardian, { body: body as never });
    const said = answer;
    await inTheEnd(async () => {
      if (!answer.applied) answer = await world.doors.ask('backend', http.StateGuardian, { body: body as never });
      return answer.applied ? undefined : 'collection has not applied what was said of a person’s age yet';
    });
    const { applied: _applied, ...shown } = said;
    return yes(shown);
  });
}

/** Consents are acts of the person; what the door answers is the last answer. */
async function act(world: World, person: string, given: Act): Promise<void> {
  const body = { acts: [{ subject: await world.person(person), notice: world.pack.version, ...given }] };
  await world.asking(async () => {
    const { outcomes } = await world.doors.ask('backend', http.ActOnConsent, { body: body as never });
    await applied(world, outcomes);
    const outcome = outcomes[0];
    if (outcome?.outcome === 'refused') return no(outcome.refusal, outcome);
    if (outcome?.outcome === 'warned') return no({ code: 'warned', clause: outcome.clause }, outcome);
    if (outcome !== undefined && 'consent' in outcome) world.consent = outcome.consent;
    return yes(outcome ?? {});
  });
}

/** The same as a condition of the scenario: an act that is refused ends it. */
async function must(world: World, person: string, given: Act): Promise<void> {
  await act(world, person, given);
  const { yes: done, code } = world.answered;
  expect(done, `the consent could not be recorded: it was refused with "${code ?? ''}"`);
}

async function show(world: World, person: string, about: string, rows: Rows): Promise<void> {
  const said = Object.fromEntries(
    rows.map(([key = '', value = '']) => [key, key === 'says' ? value.split(', ') : value]),
  );
  const subject = await world.person(person);
  const { asks, ...rest } = said;
  const notice = { subject, about, channel: 'app', ...rest, ...(asks === undefined ? {} : { asks: asks === 'yes' }) };
  await world.asking(async () => {
    const { outcomes } = await world.doors.ask('backend', http.ShowNotices, { body: { notices: [notice] as never } });
    const outcome = outcomes[0];
    return outcome?.outcome === 'refused' ? no(outcome.refusal, outcome) : yes(outcome ?? {});
  });
}

/** What is agreed to before the purpose: the policy where the pack asks for that, and the purpose at the level it asks for. */
function asked(world: World, purpose: string): Act[] {
  const acts: Act[] = [];
  if (world.pack.consent.acceptance !== undefined)
    acts.push({ purpose: 'policy', state: 'given', level: 'acceptance' });
  const wanted = agreeable(world.pack, purpose);
  if (wanted !== undefined && wanted !== 'declared') acts.push({ purpose, state: 'given', level: wanted.level });
  return acts;
}

async function agreeToAll(world: World, person: string, purpose: string): Promise<void> {
  if (world.pack.consent.acceptance?.shown === true) await show(world, person, 'policy', []);
  for (const each of asked(world, purpose)) await must(world, person, each);
}

/** The same for many people at once; `beside`: what else each agrees to. @throws Disproof for the first that is refused */
export async function allAgree(
  world: World,
  subjects: readonly string[],
  purpose: string,
  beside: readonly Act[] = [],
): Promise<void> {
  const notice = world.pack.version;
  if (world.pack.consent.acceptance?.shown === true)
    await world.doors.ask('backend', http.ShowNotices, {
      body: { notices: subjects.map((subject) => ({ subject, about: 'policy', channel: 'app' })) },
    });
  for (const each of [...asked(world, purpose), ...beside]) {
    const body = { acts: subjects.map((subject) => ({ subject, notice, ...each })) };
    const { outcomes } = await world.doors.ask('backend', http.ActOnConsent, { body: body as never });
    await applied(world, outcomes);
    for (const outcome of outcomes)
      expect(outcome.outcome !== 'refused' && outcome.outcome !== 'warned', 'one of the consents was not recorded');
  }
}

const extra = (world: World, rows: Rows): Act =>
  Object.fromEntries(
    rows.map(([key = '', value = '']) => [
      key,
      ['bundled', 'implied', 'confirmed'].includes(key)
        ? value === 'yes'
        : key === 'at'
          ? instantOf(value, world.pack.zone).toISOString()
          : value === '-'
            ? undefined
            : value,
    ]),
  );

export const CONSENTS = [
  does(
    '{person} has agreed to all that {name} asks for',
    'A condition: has accepted the policy where the pack asks for that, and agreed to the purpose at the level it asks for.',
    (world: World, person: string, purpose: string) => agreeToAll(world, person, purpose),
  ),
  does(
    '{person} has given {level} consent to {name}',
    'A condition: a consent at this level was recorded. Beside purposes: `policy`, `trackers`, `tracker.ID`, `sdk.ID`, `permission.ID`, `message.ID`, `recipient.ID`, `abroad`, `child-rules`.',
    (world: World, person: string, level: string, purpose: string) =>
      must(world, person, { purpose, state: 'given', level }),
  ),
  does(
    '{person} who has given {level} consent to {name}',
    'The same, as `Given a person who has given explicit consent to "real-name"`.',
    (world: World, person: string, level: string, purpose: string) =>
      must(world, person, { purpose, state: 'given', level }),
  ),
  does(
    '{person} gives {level} consent to {name}',
    'An act whose answer the next steps look at.',
    (world: World, person: string, level: string, purpose: string) =>
      act(world, person, { purpose, state: 'given', level }),
  ),
  does(
    '{person} gives {level} consent to {name} with',
    'The same, with rows: bundled, implied, confirmed (yes or no), choice, channel, route, language, notice (a version, or `-`), at (a local time).',
    (world: World, person: string, level: string, purpose: string, rows: Rows) =>
      act(world, person, { purpose, state: 'given', level, ...extra(world, rows) }),
  ),
  does('{person} refuses {name}', 'Says no to what is asked.', (world: World, person: string, purpose: string) =>
    act(world, person, { purpose, state: 'refused' }),
  ),
  does('{person} withdraws {name}', 'Takes back what was agreed to.', (world: World, person: string, purpose: string) =>
    act(world, person, { purpose, state: 'withdrawn' }),
  ),
  does(
    '{person} withdraws {name} with',
    'The same, with rows as above, such as `route` or `confirmed`.',
    (world: World, person: string, purpose: string, rows: Rows) =>
      act(world, person, { purpose, state: 'withdrawn', ...extra(world, rows) }),
  ),
  does(
    '{person} is shown a notice about {name} with',
    'The platform says that it shows a notice: rows channel, language, version, says (a list), asks (yes or no). The answer is the last answer.',
    (world: World, person: string, about: string, rows: Rows) => show(world, person, about, rows),
  ),
  does(
    '{person} is born on {day}',
    'The platform states the birthday; nobody has shown to be the guardian.',
    async (world: World, person: string, day: string) => {
      await stated(world, { subject: await world.person(person), birthday: day });
    },
  ),
  does(
    '{person} is born on {day} and has a verified guardian',
    'The platform states the birthday, and that a guardian has been verified.',
    async (world: World, person: string, day: string) => {
      await stated(world, { subject: await world.person(person), birthday: day, guardianVerified: true });
    },
  ),
  does(
    'the platform states about {person}',
    'Rows: birthday, child, guardianVerified, guardianTold (yes or no), guardian (a person of the scenario). The answer says guardian, sensitive, tellGuardianBy.',
    async (world: World, person: string, rows: Rows) => {
      const body: Record<string, unknown> = { subject: await world.person(person) };
      for (const [key = '', value = ''] of rows)
        body[key] =
          key === 'guardian'
            ? await world.person(value.replace(/^(?:an?|the) /, ''))
            : ['yes', 'no'].includes(value)
              ? value === 'yes'
              : value;
      await stated(world, body);
    },
  ),
  checks('it is recorded', 'The act or the notice was recorded.', (world: World) => {
    expect(world.answered.yes, `it was refused with "${world.answered.code ?? ''}"`);
  }),
  checks(
    'on {instant} the consent of {person} to {name} was {name}',
    'The same, as it stood at that local time.',
    async (world: World, instant: string, person: string, purpose: string, state: string) => {
      const subject = await world.person(person);
      const at = instantOf(instant, world.pack.zone).toISOString();
      const { consents } = await world.doors.ask('backend', http.ConsentsOf, { params: { subject }, query: { at } });
      const found = consents.find((each) => each.purpose === purpose)?.state ?? 'never-asked';
      expect(found === state, `expected "${state}"; it was "${found}"`);
    },
  ),
  checks(
    'the consent of {person} to {name} is {name}',
    'given, refused, withdrawn or never-asked.',
    async (world: World, person: string, purpose: string, state: string) => {
      const subject = await world.person(person);
      const { consents } = await world.doors.ask('backend', http.ConsentsOf, { params: { subject } });
      const found = consents.find((each) => each.purpose === purpose)?.state ?? 'never-asked';
      expect(found === state, `expected "${state}"; it is "${found}"`);
    },
  ),
  checks(
    'the consent of {person} to {name} was {name} on {instant}',
    'The same, as it stood at that instant.',
    async (world: World, person: string, purpose: string, state: string, instant: string) => {
      const subject = await world.person(person);
      const at = instantOf(instant, world.pack.zone).toISOString();
      const { consents } = await world.doors.ask('backend', http.ConsentsOf, { params: { subject }, query: { at } });
      const found = consents.find((each) => each.purpose === purpose)?.state ?? 'never-asked';
      expect(found === state, `expected "${state}"; it was "${found}"`);
    },
  ),
];
