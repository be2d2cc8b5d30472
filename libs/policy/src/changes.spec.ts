import { comparePacks, judgeActivation } from './changes.ts';
import { changes as changesSection } from './language/changes.ts';
import type { Pack } from './pack.ts';
import { reductionsOf } from './reductions.ts';
import { rightsOf } from './rights.ts';
import { damai } from './testing-damai.ts';

const changes = changesSection.parse({
  publishOn: ['policy-page'],
  major: {
    purpose: { name: { en: 'p', 'zh-CN': '目的' }, what: ['purposes'], reconsent: 'explicit', clause: 'DM-UPD-04' },
    rights: { name: { en: 'r', 'zh-CN': '权利' }, what: ['requests'], reconsent: 'none', clause: 'DM-UPD-07' },
    assessed: { name: { en: 'a', 'zh-CN': '评估' }, what: ['assessment'], reconsent: 'none', clause: 'DM-UPD-09' },
  },
  majorNotice: ['site-push'],
  noticeDays: 7,
  reduction: { level: 'explicit', clause: 'DM-UPD-01' },
  undecided: { clause: 'DM-UPD-10' },
  clause: 'DM-UPD-02',
});
const later = (over: Partial<Pack>): Pack => ({
  ...damai,
  changes,
  version: '2026-04-01',
  effectiveFrom: '2026-04-01',
  ...over,
});
const deadline = (days: number) => ({
  requests: {
    ...damai.requests,
    deadline: { ...damai.requests.deadline, days: { value: days, stated: true, source: 'policy' as const } },
  },
});
const personalized = damai.purposes.get('personalized-display')!;
const wider = {
  purposes: new Map([
    ...damai.purposes,
    [
      personalized.name,
      {
        ...personalized,
        fields: new Map([...personalized.fields, ['height-cm', [...personalized.fields.values()][0]!]]),
      },
    ],
  ]),
};

test('a new field of a purpose is a major change of its kind, and the consent is asked again', () => {
  expect(comparePacks(damai, later(wider))).toEqual({
    kinds: ['purpose'],
    other: false,
    reductions: [],
    reconsent: [{ purpose: 'personalized-display', level: 'explicit' }],
  });
});

test('another wording of a purpose is no major change of purposes, and somebody must decide what it is', () => {
  const name = { en: 'Shown for you', 'zh-CN': '为你展示' };
  const reworded = later({
    purposes: new Map([...damai.purposes, [personalized.name, { ...personalized, names: name }]]),
  });
  expect(comparePacks(damai, reworded)).toMatchObject({ kinds: [], other: true });
});

test('another name of the controller is a change of control, though it is but words', () => {
  const control = {
    name: { en: 'c', 'zh-CN': '控制' },
    what: ['controller'],
    reconsent: 'none' as const,
    clause: 'DM-UPD-05',
  };
  const by = { ...changes, major: { control } };
  const names = { en: 'Another company', 'zh-CN': '另一公司' };
  const taken = later({ changes: by, controller: { ...damai.controller, names } });
  expect(comparePacks(later({ changes: by }), taken).kinds).toEqual(['control']);
  expect(comparePacks(later({ changes: by }), later({ changes: by })).kinds).toEqual([]);
});

test('the same text under another version changes nothing', () => {
  expect(comparePacks(later({}), later({ version: '2026-05-01' }))).toEqual({
    kinds: [],
    other: false,
    reductions: [],
    reconsent: [],
  });
});

test('a high risk that an assessment found is a change of its kind, whatever else stays', () => {
  expect(comparePacks(later({}), later({}), true).kinds).toEqual(['assessed']);
  expect(comparePacks(later({}), later({}), false).kinds).toEqual([]);
});

test('a longer deadline is a right less, a shorter one is not', () => {
  expect(reductionsOf(damai, later(deadline(30)))).toEqual(['requests.deadline.days']);
  expect(reductionsOf(damai, later(deadline(10)))).toEqual([]);
});

test('a ground to ask for that is gone is a right less', () => {
  const [gone = '', ...left] = [...damai.requests.grounds.keys()];
  const fewer = new Map(left.map((key) => [key, damai.requests.grounds.get(key)!]));
  expect(reductionsOf(damai, later({ requests: { ...damai.requests, grounds: fewer } }))).toEqual([
    `requests.grounds.${gone}`,
  ]);
});

describe('rights', () => {
  const versions = [
    { pack: damai, from: new Date(0) },
    { pack: later(deadline(30)), from: new Date('2026-04-01T00:00:00Z') },
  ];
  const now = new Date('2026-04-05T00:00:00Z');
  const given = (over: object = {}) => ({
    state: 'given' as const,
    notice: damai.version,
    level: 'acceptance' as const,
    ...over,
  });
  const days = (acts: Parameters<typeof rightsOf>[1]) => rightsOf(versions, acts, now).requests.deadline.days.value;

  test('who did not agree to fewer rights keeps those they had', () => {
    expect(days([given()])).toBe(15);
    expect(days([])).toBe(15);
  });
  test('going on using the service, or merely accepting, agrees to no cut', () => {
    expect(days([given(), given({ notice: '2026-04-01', implied: true })])).toBe(15);
    expect(days([given(), given({ notice: '2026-04-01' })])).toBe(15);
  });
  test('who agreed explicitly has the new ones, and who came later never had the old', () => {
    expect(days([given(), given({ notice: '2026-04-01', level: 'explicit' })])).toBe(30);
    expect(days([given({ notice: '2026-04-01' })])).toBe(30);
  });
  test('a major change that is shown to each person is nothing to whom it was not shown', () => {
    const popup = { ...changes, personNotice: ['popup'] };
    const next = later({ ...deadline(10), changes: popup });
    const both = [
      { pack: damai, from: new Date(0) },
      { pack: next, from: new Date('2026-04-01T00:00:00Z') },
    ];
    const version = (shown: Parameters<typeof rightsOf>[3]) => rightsOf(both, [given()], now, shown).version;
    expect(version([])).toBe(damai.version);
    expect(version([{ version: '2026-04-01', channel: 'page' }])).toBe(damai.version);
    expect(version([{ version: '2026-04-01', channel: 'popup' }])).toBe('2026-04-01');
  });
  test('before the new version begins it takes nothing from anybody', () => {
    expect(
      rightsOf(versions, [given({ notice: '2026-04-01', level: 'explicit' })], new Date('2026-03-31T23:59:59Z')),
    ).toBe(damai);
  });
});

describe('activation', () => {
  const pack = later(wider);
  const changed = comparePacks(damai, pack);
  const now = new Date('2026-03-30T00:00:00Z');
  const on = (channel: string, at: string, effectiveFrom?: string) => ({ channel, at: new Date(at), effectiveFrom });
  const both = [on('policy-page', '2026-03-20T00:00:00Z'), on('site-push', '2026-03-25T00:00:00Z', '2026-04-01')];
  const codes = (publications: typeof both, of = changed, decided?: 'major' | 'minor') =>
    judgeActivation(pack, of, { publications, decided }, now).map(({ code }) => code);

  test('needs the publication, and for a major change its announcement too', () => {
    expect(codes([])).toEqual(['change-not-published', 'change-not-announced']);
    expect(codes(both.slice(0, 1))).toEqual(['change-not-announced']);
    expect(codes(both)).toEqual([]);
  });
  test('needs them as many days before as the policy says, to the day', () => {
    expect(codes([both[0]!, on('site-push', '2026-03-25T15:59:59Z')])).toEqual([]);
    expect(codes([both[0]!, on('site-push', '2026-03-25T16:00:00Z')])).toEqual(['change-notice-too-short']);
  });
  test('an announcement of another first day is refused', () => {
    expect(codes([both[0]!, on('site-push', '2026-03-25T00:00:00Z', '2026-04-10')])).toEqual([
      'effective-date-mismatch',
    ]);
  });
  test('what no kind describes is decided by a person, and then announced or not', () => {
    const other = { ...changed, kinds: [], other: true };
    expect(codes(both.slice(0, 1), other)).toEqual(['change-undecided']);
    expect(codes(both.slice(0, 1), other, 'minor')).toEqual([]);
    expect(codes(both.slice(0, 1), other, 'major')).toEqual(['change-not-announced']);
  });
});
