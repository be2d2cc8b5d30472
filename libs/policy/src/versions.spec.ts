import { judgeBasis } from './basis.ts';
import { damai, facts, given, LI, person } from './testing-damai.ts';
import { afterEarlier, changedPurposes, inForce } from './versions.ts';

const at = (text: string) => new Date(text);
const purpose = damai.purposes.get('personalized-display')!;
const later = {
  ...damai,
  version: '2026-04-01',
  notices: ['2026-04-01', damai.version],
  purposes: new Map([
    ...damai.purposes,
    [
      purpose.name,
      { ...purpose, fields: new Map([...purpose.fields, ['height-cm', [...purpose.fields.values()][0]!]]) },
    ],
  ]),
};
const versions = [
  { pack: damai, from: new Date(0) },
  { pack: later, from: at('2026-03-31T16:00:00Z') },
];

test('the version in force changes at its instant and not a millisecond before', () => {
  expect(inForce(versions, at('2026-03-31T15:59:59.999Z')).version).toBe(damai.version);
  expect(inForce(versions, at('2026-03-31T16:00:00.000Z')).version).toBe('2026-04-01');
});

test('before the first version there is the first', () => {
  expect(inForce([{ pack: later, from: at('2026-04-01T00:00:00Z') }], at('2020-01-01T00:00:00Z'))).toBe(later);
});

test('a consent stands under a later version, but not for the purpose that asks for more (I12)', () => {
  expect(changedPurposes(damai, later)).toEqual(['personalized-display']);
  const law = afterEarlier(later, [damai]);
  const judge = (name: string, notice: string) => {
    const asked = law.purposes.get(name)!;
    const known = facts({ subjects: { [LI]: person({ consents: { [name]: given({ level: 'separate', notice }) } }) } });
    return judgeBasis(law, known, asked, asked.basis, LI)?.code;
  };
  expect(judge('personalized-display', damai.version)).toBe('reconsent-required');
  expect(judge('personalized-display', '2026-04-01')).toBeUndefined();
  expect(judge('calendar', damai.version)).toBeUndefined();
});

test('what was collected under a class the later version no longer names keeps its class', () => {
  const without = { ...later, classes: new Map([...later.classes].filter(([name]) => name !== 'media')) };
  expect(afterEarlier(without, [damai]).classes.get('media')).toEqual(damai.classes.get('media'));
});

describe('a class whose schedule a version changes', () => {
  const media = damai.classes.get('media')!;
  const with_ = (over: Partial<typeof media>) => ({
    ...later,
    classes: new Map([...later.classes, ['media', { ...media, ...over }]]),
  });
  const ofMedia = (pack: typeof damai) =>
    [...pack.purposes.values()]
      .flatMap(({ fields }) => [...fields.values()])
      .filter((rule) => rule.class.startsWith('media'))
      .map((rule) => rule.class);

  test('is another class from there on, and shortens the one of before', () => {
    const law = afterEarlier(with_({ period: { ...media.period, value: 'P1D' } }), [damai]);
    expect(law.classes.get('media')).toMatchObject({ period: media.period, later: [{ name: 'media.2026-04-01' }] });
    expect(law.classes.get('media.2026-04-01')).toMatchObject({ period: { value: 'P1D' } });
    expect(new Set(ofMedia(law))).toEqual(new Set(['media.2026-04-01']));
  });

  test('stays the same while only its words change, and comes back to its name when nothing else was between', () => {
    const law = afterEarlier(with_({ names: { en: 'Pictures', 'zh-CN': '图片' } }), [damai]);
    expect([...law.classes.keys()]).toEqual([...damai.classes.keys()]);
    expect(law.classes.get('media')?.names.en).toBe('Pictures');
    expect(new Set(ofMedia(law))).toEqual(new Set(['media']));
  });

  test('is named apart from every class of any version', () => {
    const taken = { ...damai, classes: new Map([...damai.classes, ['media.2026-04-01', media]]) };
    const law = afterEarlier(with_({ method: 'anonymize' }), [taken]);
    expect(law.classes.get('media')?.later?.map(({ name }) => name)).toEqual(['media.2026-04-01-2']);
  });
});
