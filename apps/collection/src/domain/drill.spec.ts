import { drill, type DrillFacts } from './drill.ts';

const facts = (over: Partial<DrillFacts> = {}): DrillFacts => ({
  sealed: { parts: 10, people: 4 },
  kept: { parts: 2, people: 1 },
  keptParts: 2,
  root: true,
  slots: [true, true],
  backups: 3,
  isolatedLost: 0,
  isolatedIn: [0, 0],
  ...over,
});
const piece = (name: string, over: Partial<DrillFacts> = {}) => drill(facts(over)).find((each) => each.piece === name);
const everything = { parts: 10, people: 4, backups: 3 };

test('the root, both slots or the keyring alone lose everything', () => {
  for (const name of ['root', 'both-slots', 'keyring-cluster'])
    expect(piece(name)).toMatchObject({ present: true, lost: everything });
});

test('one slot can be lost while the other has its copy, and no longer', () => {
  expect(piece('first-slot')).toMatchObject({ present: true, lost: { parts: 0, people: 0, backups: 0 } });
  expect(piece('first-slot', { slots: [true, false] })).toMatchObject({ present: true, lost: everything });
  expect(piece('second-slot', { slots: [true, false] })).toMatchObject({ present: false });
});

test('a slot that has the key of an isolated backup alone loses that backup, and the other is not whole', () => {
  expect(piece('second-slot', { isolatedIn: [0, 2] })).toMatchObject({
    present: true,
    lost: { parts: 0, people: 0, backups: 2 },
  });
  expect(piece('first-slot', { isolatedIn: [0, 2] })).toMatchObject({
    present: false,
    lost: { parts: 0, people: 0, backups: 0 },
  });
  expect(piece('first-slot', { isolatedIn: [1, 0] })).toMatchObject({ present: true, lost: { backups: 1 } });
  expect(piece('second-slot', { isolatedIn: [1, 0] })).toMatchObject({ present: false });
});

test('kept keys lose what has outlived its day, backup keys the backups; each says when it is not whole', () => {
  expect(piece('kept-keys')).toMatchObject({ present: true, lost: { parts: 2, people: 1, backups: 0 } });
  expect(piece('kept-keys', { keptParts: 1 })).toMatchObject({ present: false });
  expect(piece('backup-keys')).toMatchObject({ present: true, lost: { parts: 0, people: 0, backups: 3 } });
  expect(piece('backup-keys', { isolatedLost: 1 })).toMatchObject({ present: false });
});

test('a root that does not answer is missing, and so is what only it could open', () => {
  const pieces = drill(facts({ root: false, slots: undefined }));
  expect(pieces.filter(({ present }) => !present).map(({ piece: name }) => name)).toEqual([
    'root',
    'first-slot',
    'second-slot',
    'both-slots',
  ]);
});

test('a root that is gone is missing, also while what runs still opens the slots', () => {
  const pieces = drill(facts({ root: false }));
  expect(pieces.filter(({ present }) => !present)).toEqual([{ piece: 'root', present: false, lost: everything }]);
});
