import type { Language } from './refusals.ts';

/** One of a unit, several, and as Chinese writes it behind the number. */
const UNITS: Readonly<Record<string, readonly [one: string, more: string, chinese: string]>> = {
  Y: ['year', 'years', '年'],
  M: ['month', 'months', '个月'],
  W: ['week', 'weeks', '周'],
  D: ['day', 'days', '天'],
  H: ['hour', 'hours', '小时'],
};

/** A period or span of the language (`P1Y6M`, `PT24H`) as people say it: `1 year 6 months`, `1年6个月`. Anything else as it is. */
export function periodText(text: string, language: Language): string {
  if (!/^PT?(\d+[YMWDH])+$/.test(text)) return text;
  const parts = [...text.matchAll(/(\d+)([YMWDH])/g)].map(([, count = '', unit = '']) => {
    const [one, more, chinese] = UNITS[unit]!;
    return language === 'zh-CN' ? `${count}${chinese}` : `${count} ${count === '1' ? one : more}`;
  });
  return parts.join(language === 'zh-CN' ? '' : ' ');
}
