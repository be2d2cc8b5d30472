import { createHash } from 'node:crypto';
import { http } from '@lethe/contracts';
import { checks, does, expect } from '../step.ts';
import { yes, type World } from '../world.ts';

const controlOf = async (world: World, name: string) => {
  const { controls } = await world.doors.ask('officer', http.Controls, {});
  const found = controls.find(({ control }) => control === name);
  expect(found !== undefined, `the policy names no control "${name}"`);
  return found!;
};

export const CONTROLS = [
  does(
    'an officer files {name} as evidence of {name}',
    'Files a document of this kind for a security control of the policy. The answer says until.',
    (world: World, kind: string, control: string) =>
      world.asking(async () =>
        yes(
          await world.doors.ask('officer', http.FileControlEvidence, {
            params: { control },
            body: { kind, sha256: createHash('sha256').update(`${kind} of a scenario`).digest('hex') },
          }),
        ),
      ),
  ),
  does(
    'an auditor looks at how what is held of {person} is stored',
    'Reads the stored rows of the person and looks for the values in them. The answer says parts, sealed, inClear, values, and weaker: the sources whose data lacks a control that other data has.',
    async (world: World, person: string) => {
      const subject = await world.person(person);
      await world.asking(async () => {
        const answer = await world.doors.ask('auditor', http.StoredAs, { query: { subject } });
        const { values, protections, ...said } = answer;
        expect(values > 0, 'nothing is held that could be looked for');
        return yes({ ...said, values, sources: protections.map(({ source }) => source).sort() });
      });
    },
  ),
  checks(
    'the control {name} is {name}',
    'A security control of the policy: missing, current or overdue, by what was filed as evidence of it.',
    async (world: World, name: string, state: string) => {
      const { state: found } = await controlOf(world, name);
      expect(found === state, `expected the control "${name}" to be ${state}; it is ${found}`);
    },
  ),
];
