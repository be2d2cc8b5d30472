import { stateAnchors } from './matter.ts';

const at = new Date('2026-03-02T02:00:00.000Z');
const stated = { matter: 'm', subject: 's', anchor: 'transaction-completed', at };

test('each anchor that comes or moves is one version of its matter', () => {
  const later = { ...stated, at: new Date(at.getTime() + 1) };
  expect(stateAnchors(new Map(), [stated, later, stated])).toMatchObject({
    kind: 'changed',
    changes: [{ version: 1 }, { version: 2 }, { version: 3 }],
  });
});

test('what is known already changes nothing, and stands under the version that said it', () => {
  const known = new Map([
    ['m', { subject: 's', version: 4, anchors: { 'transaction-completed': { at, version: 3 } } }],
  ]);
  const moved = { ...stated, at: new Date(at.getTime() + 1) };
  expect(stateAnchors(known, [stated])).toEqual({ kind: 'changed', changes: [], known: [{ ...stated, version: 3 }] });
  expect(stateAnchors(known, [moved, moved])).toEqual({
    kind: 'changed',
    changes: [{ ...moved, version: 5 }],
    known: [],
  });
});

test('nobody dates another person’s matter', () => {
  expect(stateAnchors(new Map(), [stated, { ...stated, subject: 'other' }])).toEqual({ kind: 'refused', index: 1 });
});
