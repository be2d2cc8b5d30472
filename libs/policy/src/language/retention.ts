import { z } from 'zod';
import { END_MOVES_AT_MOST } from '../working-days.ts';
import { clause, name, named, names, period, stated, words } from './words.ts';

export const anchors = z.record(name, z.strictObject({ name: names, matter: name.optional(), clause }));

const dimension = z.discriminatedUnion('by', [
  z.strictObject({ by: z.enum(['month', 'year', 'decade']), field: name }),
  z.strictObject({ by: z.literal('value'), field: name, values: z.array(words).min(1) }),
  z.strictObject({ by: z.literal('band'), field: name, bounds: z.array(z.number()).min(1) }),
  z.strictObject({ by: z.literal('map'), field: name, groups: z.record(name, z.array(words).min(1)) }),
]);

/** The last day of a floor that is no working day ends it on the next one (Civil Code article 203). Of floors alone. */
const end = z.strictObject({
  /** The calendar that says which days are worked; `deployer.yaml` gives it. */
  holidays: name,
  /** By how many days at most the end moves: by so many where nobody has published yet which days are worked. */
  atMost: stated(z.int().min(1).max(END_MOVES_AT_MOST)),
});

/** What is summed in a cell, and from how close on nobody may be able to tell what one person adds to it. */
const measure = z.strictObject({
  sum: name,
  decimals: z.int().min(0).max(6).default(0),
  p: stated(z.int().min(5).max(100)),
});

export const disposalClass = z.strictObject({
  name: names,
  anchor: name,
  period: stated(period).optional(),
  limit: stated(period).optional(),
  floor: z
    .strictObject({
      period,
      basis: name,
      law: names,
      end: end.optional(),
      /** Where it keeps longer than the period would: that it wins, and who says so. */
      prevails: z.enum(['statute', 'decision', 'deployer']).optional(),
      clause,
    })
    .optional(),
  /** The criterion of `retention.factors` by which the period was set. */
  factor: name.optional(),
  method: z.enum(['delete', 'anonymize']),
  cohort: z.enum(['day', 'week', 'month']).default('day'),
  ladder: z
    .strictObject({
      k: stated(z.int().min(5)),
      release: z.strictObject({ maximumRisk: stated(z.number().positive().max(0.2)), clause }).optional(),
      dimensions: z.record(name, dimension),
      measures: z.record(name, measure).default({}),
      steps: z.array(z.array(name).min(1)).min(1),
    })
    .optional(),
  clause,
});

/** How periods are set, what alone may extend one, what happens when one ends. */
export const retention = z.strictObject({
  factors: z.record(name, named).default({}),
  extensions: z.record(name, z.strictObject({ name: names, needs: z.array(name).default([]), clause })).default({}),
  onExpiry: z.strictObject({ methods: z.array(z.enum(['delete', 'anonymize'])).min(1), clause }).optional(),
  /** Where deletion is impossible for now: stored safely and nothing else, as every backup is, until when. */
  impossible: z.strictObject({ until: name, clause }).optional(),
});

export const backups = z.strictObject({ maxDays: stated(z.int().min(1).max(3650)), clause });
export const evidence = z.strictObject({ period: stated(period), clause });
