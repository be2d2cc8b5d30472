import { fileURLToPath } from 'node:url';
import { Fault } from '@lethe/kernel';
import { select, type Selection } from './prove.ts';

const policies = fileURLToPath(new URL('../../../policies', import.meta.url));
const refused = (selection: Selection): Pick<Fault, 'code' | 'field'> | undefined => {
  try {
    select(policies, selection);
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return { code: error.code, field: error.field };
    throw error;
  }
};

test.each<[what: string, selection: Selection, field: string]>([
  ['a tag that nothing has', { packs: ['damai'], tags: '@DM-COL-99' }, 'tags'],
  ['a clause of another pack', { packs: ['damai'], tags: '@EP-COL-01' }, 'tags'],
  ['a clause that promises nothing here', { packs: ['damai'], tags: '@DM-CNT-05' }, 'tags'],
  ['an owner that has none of these', { packs: ['damai'], owners: ['erasure'], tags: '@cookies' }, 'tags'],
  ['a file that is not there', { packs: ['damai'], only: 'nowhere.feature' }, 'only'],
  ['an owner without a clause in this pack', { packs: ['damai'], owners: ['all'] }, 'owner'],
])('a selection that holds nothing is refused, for it would pass: %s', (_, selection, field) => {
  expect(refused(selection)).toEqual({ code: 'prover/nothing-selected', field });
});

test('a service that there is not is refused, beside one that there is too', () => {
  expect(refused({ packs: ['damai'], owners: ['collection', 'consnet'] })).toEqual({
    code: 'prover/owner',
    field: 'owner',
  });
});

test('one clause, one file, one owner are something; so is a clause of a service to come', () => {
  for (const selection of [
    { tags: '@DM-COL-01' },
    { only: 'minors.feature' },
    { owners: ['consent'] },
    { tags: '@DM-SLA-01' },
  ])
    expect(refused({ packs: ['damai'], ...selection })).toBeUndefined();
});
