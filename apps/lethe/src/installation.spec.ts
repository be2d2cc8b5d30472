import { installationOf } from './installation.ts';

test('how often the sweep runs is said in minutes; unsaid, or empty as compose hands it on, it is the service’s own', () => {
  expect(installationOf({ LETHE_SWEEP_MINUTES: '5' }).sweepEveryMs).toBe(300_000);
  for (const env of [{}, { LETHE_SWEEP_MINUTES: '' }]) expect(installationOf(env)).not.toHaveProperty('sweepEveryMs');
});

test.each(['0', '361', '2.5', 'p4ssw0rd'])('a value that does not fit refuses the start by its name: %s', (value) => {
  const refused = () => installationOf({ LETHE_SWEEP_MINUTES: value });
  expect(refused).toThrow(/^ {2}LETHE_SWEEP_MINUTES: /m);
  expect(refused).not.toThrow(value);
});

test('where it stores is said by ISO 3166, or not at all', () => {
  for (const region of ['CN', 'CN-SH', 'SG']) expect(installationOf({ LETHE_REGION: region }).region).toBe(region);
  for (const env of [{}, { LETHE_REGION: '' }]) expect(installationOf(env)).not.toHaveProperty('region');
});

test.each(['CN-ZZ', 'cn', 'Wonderland'])(
  'a region that is none refuses the start by the name of the variable: %s',
  (value) => {
    const refused = () => installationOf({ LETHE_REGION: value });
    expect(refused).toThrow(/^ {2}LETHE_REGION: not a region \(ISO 3166\)/m);
    expect(refused).not.toThrow(new RegExp(`${value}\\b(?! or)`));
  },
);

test('who hands out an installation of mode production says where it stores', () => {
  const production = { LETHE_MODE: 'production', LETHE_HAND_OUT: '/services' };
  for (const env of [production, { ...production, LETHE_REGION: '' }])
    expect(() => installationOf(env)).toThrow(/^ {2}LETHE_REGION: says in mode production/m);
  expect(installationOf({ ...production, LETHE_REGION: 'CN-SH' }).region).toBe('CN-SH');
  expect(installationOf({ LETHE_HAND_OUT: '/services' })).not.toHaveProperty('region');
  expect(installationOf({ LETHE_MODE: 'production' })).not.toHaveProperty('region');
});
