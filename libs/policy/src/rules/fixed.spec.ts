import { admit } from '../admission.ts';
import type { FieldValue } from '../facts.ts';
import { judge } from '../gate.ts';
import type { Pack } from '../pack.ts';
import { damai, facts, LI, NOW, person } from '../testing-damai.ts';
import { Fixed } from './fixed.ts';

const NAME = { 'legal-name': '李雷', 'id-number': '110101199003070011' };
const consent = {
  consent: 'c',
  version: 1,
  state: 'given',
  level: 'explicit',
  notice: damai.version,
  at: NOW,
} as const;

/** What the gate says before the person is asked, and what becomes of the submission. */
function both(
  pack: Pack,
  fixed: Fixed,
  matter: string | undefined,
  fields: Readonly<Record<string, FieldValue>> = NAME,
) {
  const known = {
    ...facts({ subjects: { [LI]: person({ consents: { 'real-name': { ...consent, level: 'separate' } } }) } }),
    fixed,
  };
  const about = { subject: LI, purpose: 'real-name', matter };
  const verdict = judge(pack, known, { kind: 'collect', ...about, fields: Object.keys(fields) }, NOW);
  const admission = admit(
    pack,
    { ...known, matter: { anchors: {} } },
    { ...about, fields, declarations: ['frequent-purchaser'], region: 'CN', others: [] },
    NOW,
  );
  return [verdict.may ? 'yes' : verdict.code, admission.kind === 'admitted' ? 'yes' : admission.code];
}

const closed = (pack: Pack, matter: string | undefined, declarations: readonly string[] = []): Fixed => {
  const fixed = new Fixed(pack);
  fixed.add(LI, 'real-name', matter, declarations);
  return fixed;
};

test('the question and the submission say the same of what never changes again', () => {
  expect(both(damai, new Fixed(damai), 'a-1')).toEqual(['yes', 'yes']);
  expect(both(damai, closed(damai, 'a-1'), 'a-1')).toEqual(['immutable', 'immutable']);
  expect(both(damai, closed(damai, 'a-1'), 'a-2')).toEqual(['yes', 'yes']);
  expect(both(damai, closed(damai, 'a-1'), undefined)).toEqual(['matter-required', 'matter-required']);
});

test('another person, and another purpose, are not closed', () => {
  const fixed = new Fixed(damai);
  fixed.add('another', 'real-name', 'a-1', []);
  fixed.add(LI, 'invoice', 'a-1', []);
  expect(both(damai, fixed, 'a-1')).toEqual(['yes', 'yes']);
});

test('where the pack names a declaration, only what came with it is closed', () => {
  const real = damai.purposes.get('real-name')!;
  const pack: Pack = {
    ...damai,
    purposes: new Map(damai.purposes).set('real-name', {
      ...real,
      immutable: { after: 'checked', clause: 'DM-COR-01' },
    }),
  };
  expect(both(pack, closed(pack, 'a-1', ['other']), 'a-1')).toEqual(['yes', 'yes']);
  expect(both(pack, closed(pack, 'a-1', ['checked']), 'a-1')).toEqual(['immutable', 'immutable']);
});

test('what a ground without consent lets in is closed all the same', () => {
  const [ground] = [...damai.exceptions.collection.keys()];
  const cited = { ground: ground!, evidence: [...damai.exceptions.collection.get(ground!)!.needs] };
  const known = { ...facts(), fixed: closed(damai, 'a-1') };
  const asked = { kind: 'collect', subject: LI, purpose: 'real-name', matter: 'a-1', exception: cited } as const;
  const verdict = judge(damai, known, { ...asked, fields: ['legal-name'] }, NOW);
  expect(verdict).toMatchObject({ may: false, code: 'immutable', clause: 'DM-COR-01' });
});
