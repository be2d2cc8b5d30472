import { isRegion } from './regions.ts';

test('the provinces of China, by letters and by the numbers of before', () => {
  const letters =
    'AH BJ CQ FJ GD GS GX GZ HA HB HE HI HK HL HN JL JS JX LN MO NM NX QH SC SD SH SN SX TJ TW XJ XZ YN ZJ';
  const every = (of: (one: string) => boolean, from: string): string[] => from.split(' ').filter((one) => !of(one));
  expect(every((one) => isRegion(`CN-${one}`), letters)).toEqual([]);
  expect(every((one) => isRegion(`CN-${one}`), '11 31 44 54 65 71 91 92')).toEqual([]);
  expect(letters.split(' ')).toHaveLength(34);
});

test('countries and subdivisions of the world, and nothing else', () => {
  for (const code of ['CN', 'HK', 'SG', 'SG-01', 'US-CA', 'DE-BE', 'FR-IDF', 'GB-ENG', 'TW-TPE', 'JP-13'])
    expect({ code, known: isRegion(code) }).toEqual({ code, known: true });
  for (const code of [
    '',
    'ZZ',
    'EU',
    'CN-',
    'CN-ZZ',
    'CN-00',
    'CN-66',
    'cn',
    'CN-hk',
    'HK-CN',
    'SG-SG',
    '-HK',
    'CN-HK-1',
    '__proto__',
  ])
    expect({ code, known: isRegion(code) }).toEqual({ code, known: false });
});

test('all countries there are, by two letters', () => {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const countries = letters.flatMap((one) => letters.map((other) => one + other)).filter(isRegion);
  expect(countries).toHaveLength(249);
});
