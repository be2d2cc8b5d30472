import { http, type Role } from '@lethe/contracts';
import { does, type Rows } from '../step.ts';
import { instantOf } from '../time.ts';
import { matterName, no, yes, type World } from '../world.ts';

async function gate(world: World, person: string, question: Record<string, unknown>): Promise<void> {
  const subject = person === '-' ? {} : { subject: await world.person(person) };
  await world.asking(async () => {
    const questions = [{ ...subject, ...question }] as never;
    const { answers } = await world.doors.ask('backend', http.MayUse, { body: { questions } });
    const answer = answers[0];
    return answer?.may === true ? yes(answer) : no(answer?.refusal ?? { code: 'unanswered' }, answer ?? {});
  });
}

const LISTS = new Set(['fields', 'required', 'declarations', 'evidence']);

/** Rows as a question: lists by commas, `-` an empty one; `exception` and `evidence` belong together, except about a dataset. */
function questionOf(rows: Rows): Record<string, unknown> {
  const question: Record<string, unknown> = {};
  for (const [key = '', value = ''] of rows) {
    const list = value === '-' ? [] : value.split(', ');
    question[key] = LISTS.has(key) ? list : key === 'doNotTrack' ? value === 'yes' : value;
  }
  const { exception, evidence, ...rest } = question;
  return typeof exception === 'string'
    ? { ...rest, exception: { ground: exception, evidence: evidence ?? [] } }
    : question;
}

/** The same, about somebody else, about nobody (`-`), or about a matter. */
async function put(world: World, rows: Rows): Promise<void> {
  const { about, question } = await aboutOf(world, rows);
  await gate(world, about, question);
}

/** The question of these rows, and whom it is about. */
export async function aboutOf(
  world: World,
  rows: Rows,
): Promise<{ readonly about: string; readonly question: Record<string, unknown> }> {
  const { person = 'person', matter, ...question } = questionOf(rows);
  const about = String(person).replace(/^(?:an?|the) /, '');
  if (typeof matter === 'string')
    question['matter'] = await world.matter(await world.person(about), ...matterName(matter));
  return { about, question };
}

async function open(world: World, asked: Record<string, unknown>, role: Role = 'backend'): Promise<void> {
  const subject = await world.person('person');
  await world.asking(async () => {
    const { opened, refused } = await world.doors.ask(role, http.Open, { body: { subject, ...asked } as never });
    if (opened.length === 0) return no(refused[0]?.refusal ?? { code: 'nothing-there' });
    return yes(Object.assign({}, ...opened.map((part) => part.fields)) as object);
  });
}

export const QUESTIONS = [
  does(
    'the platform asks whether {names} may be used for {name}',
    'The gate: may these fields of the person be used for this purpose now?',
    (world: World, fields: readonly string[], purpose: string) =>
      gate(world, 'person', { kind: 'use', purpose, fields }),
  ),
  does(
    'the platform asks whether {names} of {person} may be used for {name}',
    'The same, for another person of the scenario.',
    (world: World, fields: readonly string[], person: string, purpose: string) =>
      gate(world, person, { kind: 'use', purpose, fields }),
  ),
  does(
    'the platform asks whether {names} may be collected for {name}',
    'The gate, before the person is asked to give them.',
    (world: World, fields: readonly string[], purpose: string) =>
      gate(world, 'person', { kind: 'collect', purpose, fields }),
  ),
  does(
    'the platform asks',
    'Any other question of the gate as a table: `kind` (use, collect, tracker, sdk, permission, region, message, page, join, dataset, field) and what goes with it; lists are separated by commas, `-` is an empty one; `exception` with its `evidence`; `doNotTrack` yes or no; `matter` (`order`, or `order 2`); `person | another person`, or `-` for nobody.',
    (world: World, rows: Rows) => put(world, rows),
  ),
  does(
    'the platform opens {names} for {name}',
    'Asks for the values of these fields of the person, to use them for this purpose.',
    (world: World, fields: readonly string[], purpose: string) => open(world, { purpose, fields: [...fields] }),
  ),
  does(
    'the platform opens {names} for {name}, as {name}',
    'The same, for one use within the purpose.',
    (world: World, fields: readonly string[], purpose: string, use: string) =>
      open(world, { purpose, fields: [...fields], use }),
  ),
  does(
    'a member of the staff opens {names} for {name}',
    'The same, to be looked at by somebody of the platform: values are masked as the pack says.',
    (world: World, fields: readonly string[], purpose: string) =>
      open(world, { purpose, fields: [...fields], staff: { id: 'staff-1', copy: false } }),
  ),
  does(
    'an auditor opens {names} for {name}',
    'The same, by somebody whose role opens no values: a door that stays shut answers with its own code.',
    (world: World, fields: readonly string[], purpose: string) =>
      open(world, { purpose, fields: [...fields] }, 'auditor'),
  ),
  does(
    'the platform opens {names} for {name} with',
    'The same, with rows: use, matter, exception and evidence, declarations, staff (who looks), copy (yes). After `an officer lets …` the approval goes along.',
    async (world: World, fields: readonly string[], purpose: string, rows: Rows) => {
      const { staff, copy, matter, ...asked } = questionOf(rows);
      const subject = await world.person('person');
      await open(world, {
        purpose,
        fields: [...fields],
        ...asked,
        ...(typeof matter === 'string' ? { matter: await world.matter(subject, ...matterName(matter)) } : {}),
        ...(staff === undefined
          ? {}
          : {
              staff: {
                id: staff,
                copy: copy === 'yes',
                ...(world.approval === undefined ? {} : { approval: world.approval }),
              },
            }),
      });
    },
  ),
  does(
    'an officer lets {name} see {names} for {name} until {instant}',
    'Approves that one of the staff looks at these fields of the person.',
    async (world: World, staff: string, fields: readonly string[], purpose: string, until: string) => {
      const subject = await world.person('person');
      const end = instantOf(until, world.pack.zone).toISOString();
      const body = { staff, subject, purpose, fields: [...fields], until: end };
      await world.asking(async () => {
        const answer = await world.doors.ask('officer', http.ApproveStaff, { body });
        world.approval = answer.approval;
        return yes(answer);
      });
    },
  ),
  does(
    'shadow mode is on',
    'The platform is just starting: everything is judged and recorded, nothing refused.',
    async (world: World) => {
      await world.doors.ask('officer', http.SetShadowMode, { body: { on: true } });
    },
  ),
];
