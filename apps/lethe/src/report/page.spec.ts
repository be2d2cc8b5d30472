import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { http } from '@lethe/contracts';
import { loadPack } from '@lethe/policy';
import { policiesFolder } from '../installation.ts';
import { parse } from 'yaml';
import type { ReportFacts } from './facts.ts';
import { reportPage } from './page.ts';
import { namesIn, silencesOf } from './silences.ts';

const PACKS = readdirSync(policiesFolder(), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const DAY = '2026-09-11';
const EVIL = '"><script>alert(1)</script>&<b>';

/** Everything that a page can say at once, of this pack. */
function facts(name: string): ReportFacts {
  const folder = join(policiesFolder(), name);
  const policy = readFileSync(join(folder, 'policy.yaml'), 'utf8');
  const pack = loadPack(folder);
  const [purpose = ''] = pack.purposes.keys();
  const [of = ''] = pack.classes.keys();
  return {
    tenant: 'told',
    pack,
    categories: namesIn((parse(policy) as { categories?: unknown }).categories),
    today: DAY,
    attention: [
      ...http.findingKind.options.map((what) => ({ what, since: '2026-09-01', class: of, count: 12_345 })),
      ...(['out-of-proportion', 'days-skipped', 'stopped-by-officer', 'held', 'placing', 'unheard'] as const).map(
        (because) => ({
          ...{ what: 'disposal-stopped', because },
        }),
      ),
      ...(['days-skipped', 'unheard'] as const).map((because) => ({ what: 'dates-wait', because })),
      ...['pass-proposed', 'end-proposed', 'restore-proposed', 'restore-failed'].map((what) => ({ what })),
      ...['key-missing', 'parked', 'discard-proposed', 'slot-stopped', 'not-answering', 'disk-full'].map((what) => ({
        what,
        service: 'collection',
      })),
    ],
    end: 'stopped',
    parts: 24_690,
    held: [
      { purpose, category: 'no-such-category', parts: 12_345 },
      { purpose: 'no-such-purpose', parts: 12_345 },
    ],
    due: [
      { class: of, method: 'delete', overdue: 0, in30: 1, in90: 2 },
      { class: 'no-such-class', method: 'anonymize', overdue: 12_345, in30: 0, in90: 0 },
    ],
    waiting: [{ class: of, parts: 1 }],
    restricted: [
      { purpose, class: of, restricted: 1, beyond: 0, until: '2029-03-02' },
      { purpose, class: of, restricted: 0, beyond: 1 },
    ],
    holds: (['subject', 'record', 'matter', 'tenant'] as const).map((scope) => ({
      ...{ scope, reason: EVIL, authority: 'court', placedOn: '2026-03-02', reviewOn: '2026-09-10' },
      state: scope === 'tenant' ? 'placing' : 'in-force',
    })),
    backups: [
      ...(['taking', 'available', 'isolated', 'purging'] as const).map((state) => ({
        ...{ takenOn: '2026-03-02', state, purgeOn: DAY },
      })),
      { takenOn: '2026-03-02', state: 'isolated', purgeOn: DAY, awaited: 'isolation' },
      {
        ...{ takenOn: '2026-03-02', state: 'purging', purgeOn: '2026-09-10' },
        platform: { holder: EVIL, classes: [], from: '', until: '', awaited: 'purge' },
      },
    ],
    ...silencesOf(policy),
  };
}
const part = (html: string, language: string): string =>
  html.slice(html.indexOf(`<article lang="${language}">`)).split('</article>')[0] ?? '';
const text = (html: string): string => html.replace(/<[^>]+>/g, ' ');

test.each(PACKS)('%s: whatever the page has to say in Chinese it says in Chinese', (name) => {
  const said = part(reportPage(facts(name)), 'zh-CN');
  // What was typed or is an id is marked, and what the policy itself calls by a foreign name is its own.
  const own = JSON.stringify(parse(readFileSync(join(policiesFolder(), name, 'policy.yaml'), 'utf8')));
  const words = text(said.replaceAll(/<code translate="no">.*?<\/code>/g, '')).match(/[A-Za-z][\w-]*/g) ?? [];
  const foreign = words.filter((word) => !new RegExp(`"zh-CN":"[^"]*${word}|"use":"[^"]*${word}`).test(own));
  expect(new Set(foreign.filter((word) => word !== 'told'))).toEqual(new Set());
  expect(said).not.toMatch(/undefined|\[object|NaN/);
});

test.each(PACKS)('%s: what is not stated stands with its place in words and with its clause', (name) => {
  const { notStated, silent } = facts(name);
  const said = part(reportPage(facts(name)), 'en');
  for (const { clause } of [...notStated, ...silent]) {
    expect(clause).toMatch(/^[A-Z]{2,4}-[A-Z]{3}-\d{2}/);
    expect(said).toContain(clause);
  }
  // Neither a key of the file nor a period in code.
  expect(text(said)).not.toMatch(/\bP\d+[YMWD]\b|\bPT\d+H\b|maxDays|noNagging|onDiscovery/);
});

test('what is urgent comes first, and what is late is marked', () => {
  for (const language of ['en', 'zh-CN']) {
    const said = part(reportPage(facts('damai')), language);
    const headings = [...said.matchAll(/<h(\d)>/g)].map(([, level]) => Number(level));
    expect(headings).toEqual([1, ...headings.slice(1).fill(2)]);
    const due = said.slice(said.indexOf('12,345</strong>') - 100);
    expect(due).toMatch(/^[^]*class="late">12,345/);
  }
  const english = part(reportPage(facts('damai')), 'en');
  const at = (heading: string) => english.indexOf(`<h2>${heading}</h2>`);
  expect(at('What waits for a person')).toBeLessThan(at('Due in 30 and in 90 days'));
  expect(at('Due in 30 and in 90 days')).toBeLessThan(at('Held, by purpose and category'));
  // On its last day a backup is not late yet.
  expect(english.match(/2026-09-11<\/time> <strong/g)).toBeNull();
  expect(english.match(/2026-09-10<\/time> <strong class="late">overdue/g)).toHaveLength(5);
});

test('what a tenant has typed stays text, and nothing is run or loaded', () => {
  const html = reportPage({ ...facts('damai'), tenant: EVIL });
  expect(html).not.toContain('<script');
  expect(html).not.toContain('<b>');
  expect(html).not.toMatch(/https?:\/\/|<img|<link|\son\w+=/);
  expect(html).toContain("default-src 'none'");
  const opened = [...html.matchAll(/<(\w+)(?:\s[^>]*)?>/g)].map(([, tag]) => tag!);
  const closed = [...html.matchAll(/<\/(\w+)>/g)].map(([, tag]) => tag!);
  const open = opened.filter((tag) => !['meta', 'input'].includes(tag));
  expect(closed.toSorted()).toEqual(open.toSorted());
  for (const [, attributes] of html.matchAll(/<th([^>]*)>/g))
    if (attributes !== 'ead') expect(attributes).toContain('scope="col"');
});

test('what is written can be read: by day, by night and on paper', () => {
  const html = reportPage(facts('damai'));
  const palettes = [...html.matchAll(/:root\{[^}]*--ink[^}]*\}/g)].map(([rules]) =>
    Object.fromEntries([...rules.matchAll(/--(\w+):(#[0-9a-f]+)/g)].map(([, name, color]) => [name!, color!])),
  );
  expect(palettes).toHaveLength(3);
  for (const { paper, ...on } of palettes)
    for (const ink of ['ink', 'soft', 'late']) expect(contrast(on[ink]!, paper!)).toBeGreaterThan(4.5);
});

/** As WCAG 2 defines it. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [one, other].map(luminance).toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}
function luminance(color: string): number {
  const digits = color.length === 4 ? [...color.slice(1)].map((digit) => digit + digit) : color.slice(1).match(/../g)!;
  const [red = 0, green = 0, blue = 0] = digits
    .map((each) => parseInt(each, 16) / 255)
    .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
