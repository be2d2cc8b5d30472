import { http } from '@lethe/contracts';
import { dayOf, type Day } from '@lethe/kernel';
import { parsePack, type Pack, type Source } from '@lethe/policy';
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { Ask } from '../asking.ts';

type Answer<R extends { readonly answer: z.ZodType }> = z.output<R['answer']>;

/** What a report is made of: counts and dates, no person and no value. */
export interface ReportFacts {
  readonly tenant: string;
  readonly pack: Pack;
  /** What people call the categories of fields. */
  readonly categories: ReadonlyMap<string, Names>;
  readonly today: Day;
  /** By purpose and category of fields. */
  readonly held: readonly { readonly purpose: string; readonly category: string; readonly parts: number }[];
  readonly due: readonly {
    readonly class: string;
    readonly method: 'delete' | 'anonymize';
    readonly in30: number;
    readonly in90: number;
  }[];
  readonly waiting: readonly { readonly class: string; readonly parts: number }[];
  /** What only a law or a hold keeps. */
  readonly restricted: readonly {
    readonly purpose: string;
    readonly class: string;
    readonly restricted: number;
    readonly beyond: number;
    readonly until?: Day;
  }[];
  readonly holds: Answer<typeof http.Holds>['holds'];
  readonly backups: Answer<typeof http.Backups>['backups'];
  /** What the policy does not state: where, what is used instead, and who says so. */
  readonly notStated: readonly { readonly path: string; readonly use: string; readonly source: Source }[];
  /** Whole sections on which the policy is silent. */
  readonly silent: readonly { readonly section: string; readonly source: Source; readonly note: Names }[];
}
type Names = Pack['silent'][string]['note'];

/** @throws Fault when the instance does not answer */
export async function factsOf(tenant: string, ask: Ask): Promise<ReportFacts> {
  const [{ versions }, { held }, { legalTime, tallies }, { holds }, { backups }] = await Promise.all([
    ask(http.PackVersions, {}),
    ask(http.Held, {}),
    ask(http.Forecast, {}),
    ask(http.Holds, {}),
    ask(http.Backups, {}),
  ]);
  const governing = versions.find(({ governs }) => governs);
  if (governing === undefined) throw new Error('no version of the policy governs');
  const text = await ask(http.PackText, { params: { digest: governing.digest } });
  const deployer = text.deployer === undefined ? {} : { deployer: { text: text.deployer, file: 'deployer.yaml' } };
  const pack = parsePack(text.policy, 'policy.yaml', deployer);
  const today = dayOf(new Date(legalTime), pack.zone);
  const left = tallies.filter(({ state }) => state !== 'effective' && state !== 'swept');
  const categories = (fields: readonly string[]) => [
    ...new Set(fields.flatMap((field) => pack.fields.get(field)?.category ?? [])),
  ];
  return {
    tenant,
    pack,
    categories: categoriesIn(text.policy),
    today,
    held: summed(
      held.flatMap(({ purpose, fields, parts }) =>
        categories(fields).map((category) => ({ key: [purpose, category], parts })),
      ),
    ).map(({ key: [purpose = '', category = ''], parts }) => ({ purpose, category, parts })),
    due: summed(
      left.flatMap(({ class: of, method, day, parts }) =>
        day === undefined ? [] : [{ key: [of, method], parts, day }],
      ),
    ).map(({ key: [of = '', method = ''], rows }) => ({
      class: of,
      method: method as 'delete',
      in30: within(rows, plusDays(today, 30)),
      in90: within(rows, plusDays(today, 90)),
    })),
    waiting: summed(left.flatMap(({ class: of, day, parts }) => (day === undefined ? [{ key: [of], parts }] : []))).map(
      ({ key: [of = ''], parts }) => ({ class: of, parts }),
    ),
    restricted: held
      .filter(({ restricted, beyond }) => restricted + beyond > 0)
      .map(({ purpose, class: of, restricted, beyond, restrictedUntil }) => ({
        purpose,
        class: of,
        restricted,
        beyond,
        ...(restrictedUntil === undefined ? {} : { until: restrictedUntil }),
      })),
    holds: holds.filter(({ state }) => state === 'in-force' || state === 'placing'),
    backups: backups.filter(({ state }) => state !== 'purged'),
    notStated: notStatedIn(text.policy),
    silent: Object.entries(pack.silent).map(([section, { source, note }]) => ({ section, source, note })),
  };
}

interface Row {
  readonly key: readonly string[];
  readonly parts: number;
  readonly day?: Day;
}
function summed(rows: readonly Row[]): { key: readonly string[]; parts: number; rows: readonly Row[] }[] {
  return [...Map.groupBy(rows, ({ key }) => key.join(' '))]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, those]) => ({
      key: those[0]?.key ?? [],
      parts: those.reduce((sum, { parts }) => sum + parts, 0),
      rows: those,
    }));
}
const within = (rows: readonly Row[], last: Day): number =>
  rows.reduce((sum, { day, parts }) => sum + (day !== undefined && day <= last ? parts : 0), 0);
const plusDays = (day: Day, days: number): Day =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** Rules need no words for people: these stand in the text only. */
function categoriesIn(policy: string): ReadonlyMap<string, Names> {
  const { categories = {} } = parseDocument(policy).toJS() as { categories?: Record<string, { name: Names }> };
  return new Map(Object.entries(categories).map(([id, { name }]) => [id, name]));
}

/** Every `{ notStated: true, use, source }` of a policy, where it stands. */
function notStatedIn(policy: string): ReportFacts['notStated'] {
  const found: { path: string; use: string; source: Source }[] = [];
  const visit = (node: unknown, path: readonly string[]): void => {
    if (isSeq(node)) for (const [index, item] of node.items.entries()) visit(item, [...path, String(index)]);
    if (!isMap(node)) return;
    if (node.get('notStated') === true)
      found.push({ path: path.join('.'), use: String(node.get('use')), source: node.get('source') as Source });
    else for (const { key, value } of node.items) visit(value, [...path, String(isScalar(key) ? key.value : key)]);
  };
  visit(parseDocument(policy).contents, []);
  return found;
}
