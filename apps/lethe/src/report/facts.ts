import { http } from '@lethe/contracts';
import { dayOf, type Day } from '@lethe/kernel';
import { parsePack, type Pack } from '@lethe/policy';
import { parse } from 'yaml';
import type { z } from 'zod';
import type { Ask } from '../asking.ts';
import { attentionOf, type Attention } from '../commands/attention.ts';
import { namesIn, silencesOf, type Names, type Silences } from './silences.ts';

type Answer<R extends { readonly answer: z.ZodType }> = z.output<R['answer']>;

/** What a report is made of: counts and dates, no person and no value. Days are of the tenant's zone. */
export interface ReportFacts extends Silences {
  readonly tenant: string;
  readonly pack: Pack;
  /** What people call the categories of fields. */
  readonly categories: ReadonlyMap<string, Names>;
  readonly today: Day;
  /** What waits for a person, by its kind and what it is about: oldest first. */
  readonly attention: readonly (Pick<Attention, 'what' | 'class' | 'service' | 'count'> & {
    readonly since?: Day;
    /** Why disposal has stopped. */
    readonly because?: string;
  })[];
  /** How far the tenant's end is; absent while nobody has proposed one. */
  readonly end?: NonNullable<Answer<typeof http.End>['state']>;
  /** Parts that are held, each counted once. */
  readonly parts: number;
  /** By purpose and category of fields; without a category: fields that the version in force does not have. A part with fields of several counts in each. */
  readonly held: readonly { readonly purpose: string; readonly category?: string; readonly parts: number }[];
  /** `overdue`: its day is over, and it is there. The others from today on, the second with the first. */
  readonly due: readonly {
    readonly class: string;
    readonly method: 'delete' | 'anonymize';
    readonly overdue: number;
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
  readonly holds: readonly (Pick<
    Answer<typeof http.Holds>['holds'][number],
    'reason' | 'authority' | 'reviewOn' | 'state'
  > & { readonly scope: string; readonly placedOn: Day })[];
  /** Those not purged, the first to be purged first. */
  readonly backups: readonly (Pick<
    Answer<typeof http.Backups>['backups'][number],
    'state' | 'purgeOn' | 'awaited' | 'platform'
  > & {
    readonly takenOn: Day;
  })[];
}

/** @throws Fault when the instance does not answer */
export async function factsOf(tenant: string, ask: Ask): Promise<ReportFacts> {
  const [{ versions }, { held }, { legalTime, tallies }, { holds }, { backups }, end, attention] = await Promise.all([
    ask(http.PackVersions, {}),
    ask(http.Held, {}),
    ask(http.Forecast, {}),
    ask(http.Holds, {}),
    ask(http.Backups, {}),
    ask(http.End, {}),
    attentionOf(tenant, ask),
  ]);
  const governing = versions.find(({ governs }) => governs);
  if (governing === undefined) throw new Error('no version of the policy governs');
  const text = await ask(http.PackText, { params: { digest: governing.digest } });
  const deployer = text.deployer === undefined ? {} : { deployer: { text: text.deployer, file: 'deployer.yaml' } };
  const pack = parsePack(text.policy, 'policy.yaml', deployer);
  const local = (at: string): Day => dayOf(new Date(at), pack.zone);
  const today = local(legalTime);
  const left = tallies.filter(({ state }) => state !== 'effective' && state !== 'swept');
  const categories = (fields: readonly string[]) => [
    ...new Set(fields.map((field) => pack.fields.get(field)?.category ?? '')),
  ];
  return {
    tenant,
    pack,
    categories: namesIn((parse(text.policy) as { categories?: unknown }).categories),
    today,
    attention: attention
      .map(({ what, class: of, service, count, since, about }) => ({
        what,
        ...(of === undefined ? {} : { class: of }),
        ...(service === undefined ? {} : { service }),
        ...(count === undefined ? {} : { count }),
        ...(since === undefined ? {} : { since: since.length > 10 ? local(since) : since }),
        ...((what === 'disposal-stopped' || what === 'dates-wait') && about !== undefined ? { because: about } : {}),
      }))
      .sort((one, other) => ((one.since ?? '') < (other.since ?? '') ? -1 : 1)),
    ...(end.state === undefined ? {} : { end: end.state }),
    parts: held.reduce((sum, { parts }) => sum + parts, 0),
    held: summed(
      held.flatMap(({ purpose, fields, parts }) =>
        (fields.length === 0 ? [''] : categories(fields)).map((category) => ({ key: [purpose, category], parts })),
      ),
    ).map(({ key: [purpose = '', category = ''], parts }) => ({ purpose, ...(category && { category }), parts })),
    due: summed(
      left.flatMap(({ class: of, method, day, parts }) =>
        day === undefined ? [] : [{ key: [of, method], parts, day }],
      ),
    )
      .map(({ key: [of = '', method = ''], rows }) => ({
        class: of,
        method: method as 'delete',
        overdue: between(rows, '', today),
        in30: between(rows, today, plusDays(today, 31)),
        in90: between(rows, today, plusDays(today, 91)),
      }))
      .sort((one, other) => other.overdue - one.overdue),
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
    holds: holds
      .filter(({ state }) => state === 'in-force' || state === 'placing')
      .map(({ scope, reason, authority, placedAt, reviewOn, state }) => ({
        ...{ scope: scope.kind, reason, authority, placedOn: local(placedAt), reviewOn, state },
      }))
      .sort((one, other) => (one.reviewOn < other.reviewOn ? -1 : 1)),
    backups: backups
      .filter(({ state, awaited }) => state !== 'purged' || awaited !== undefined)
      .map(({ takenAt, state, purgeOn, awaited, platform }) => ({
        ...{ takenOn: local(takenAt), state, purgeOn },
        ...(awaited && { awaited }),
        ...(platform && { platform }),
      }))
      .sort((one, other) => (one.purgeOn < other.purgeOn ? -1 : 1)),
    ...silencesOf(text.policy),
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
/** From one day on and before the other. */
const between = (rows: readonly Row[], from: Day, before: Day): number =>
  rows.reduce((sum, { day, parts }) => sum + (day !== undefined && day >= from && day < before ? parts : 0), 0);
const plusDays = (day: Day, days: number): Day =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
