import { periodText } from './period-text.ts';

test.each([
  ['P2Y', '2 years', '2年'],
  ['P1Y6M', '1 year 6 months', '1年6个月'],
  ['P30D', '30 days', '30天'],
  ['P1W', '1 week', '1周'],
  ['PT24H', '24 hours', '24小时'],
])('%s is %s, %s', (period, en, zh) => {
  expect([periodText(period, 'en'), periodText(period, 'zh-CN')]).toEqual([en, zh]);
});

test('what is no period stays as it is', () => {
  expect(['Paris', 'P', '15', 'PT', ''].map((text) => periodText(text, 'en'))).toEqual(['Paris', 'P', '15', 'PT', '']);
});
