import { isDay, isPeriod } from '@lethe/kernel';
import { z } from 'zod';
import { BASES, CONSENT_LEVELS, FIELD_TYPES, SOURCES } from './pack.ts';

/** The languages of `policy.yaml` and `clauses.yaml`: what their files may say. What they must mean is `check-pack.ts`. */
const name = z
  .string()
  .regex(/^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*$/, 'not a kebab-case name')
  .max(64);
const clause = z.string().regex(/^[A-Z]{2,4}-[A-Z]{3}-\d{2}[a-z]?$/, 'not a clause id');
const version = z.string().regex(/^[0-9][0-9A-Za-z.-]{0,31}$/, 'not a version');
const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'not a day')
  .refine(isDay, 'not a calendar day');
const period = z
  .string()
  .regex(/^P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$/, 'not an ISO 8601 period')
  .refine(isPeriod, 'not an ISO 8601 period');
const region = z.string().regex(/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/, 'not an ISO 3166 region');
const words = z.string().min(1).max(500);
const names = z.strictObject({ en: words, 'zh-CN': words });

/** A value the policy gives, or `{ notStated: true, use, source }`: what is used instead, and who says so. */
const stated = <Value extends z.ZodType>(value: Value) =>
  z.union([value, z.strictObject({ notStated: z.literal(true), use: value, source: z.enum(SOURCES) })]);

const basis = z.strictObject({ kind: z.enum(BASES), level: z.enum(CONSENT_LEVELS).optional(), clause });
/** `null` (nothing after the colon) takes everything from the purpose. */
const fieldRule = z
  .strictObject({
    required: z.boolean().optional(),
    class: name.optional(),
    basis: basis.optional(),
    clause: clause.optional(),
  })
  .nullable();
const fieldRules = z.record(name, fieldRule);

const purpose = z.strictObject({
  name: names,
  kind: z.enum(['basic', 'additional']),
  clause,
  basis,
  class: name,
  custody: z.enum(['lethe', 'platform']).default('lethe'),
  fields: fieldRules,
  variants: z.array(z.array(name).min(1)).default([]),
  others: z.strictObject({ declaration: name, class: name.optional(), clause, fields: fieldRules }).optional(),
  declarations: z.strictObject({ anyOf: z.array(name).min(1), clause }).optional(),
  noticeRequired: z.boolean().default(false),
  immutable: z.strictObject({ clause }).optional(),
  refusing: z.strictObject({ effect: names, clause }),
  alsoUsedFor: z.array(name).default([]),
  refusals: z.record(name, clause).default({}),
});

const dimension = z.discriminatedUnion('by', [
  z.strictObject({ by: z.enum(['month', 'year', 'decade']), field: name }),
  z.strictObject({ by: z.literal('value'), field: name, values: z.array(words).min(1) }),
  z.strictObject({ by: z.literal('band'), field: name, bounds: z.array(z.number()).min(1) }),
  z.strictObject({ by: z.literal('map'), field: name, groups: z.record(name, z.array(words).min(1)) }),
]);

const disposalClass = z.strictObject({
  name: names,
  anchor: name,
  period: stated(period).optional(),
  limit: stated(period).optional(),
  floor: z.strictObject({ period, basis: name, law: names, clause }).optional(),
  method: z.enum(['delete', 'anonymize']),
  cohort: z.enum(['day', 'week', 'month']).default('day'),
  ladder: z
    .strictObject({
      k: stated(z.int().min(5)),
      dimensions: z.record(name, dimension),
      steps: z.array(z.array(name).min(1)).min(1),
    })
    .optional(),
  clause,
});

const named = z.strictObject({ name: names, clause });

export const packFile = z.strictObject({
  apiVersion: z.literal('lethe.dev/v1'),
  kind: z.literal('PolicyPack'),
  pack: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, 'not a tenant id'),
  version,
  effectiveFrom: day,
  title: names,
  zone: z.string().regex(/^[A-Z][A-Za-z_]+(\/[A-Z][A-Za-z_]+)+$|^UTC$/, 'not an IANA time zone'),
  controller: named,
  notices: z.array(version).default([]),
  minors: z.strictObject({
    childBelow: z.int().min(1).max(21),
    sensitiveUpTo: z.int().min(1).max(21).optional(),
    clause,
  }),
  territory: z.strictObject({ regions: z.array(region).min(1), except: z.array(region).default([]), clause }),
  backups: z.strictObject({ maxDays: stated(z.int().min(1).max(3650)), clause }),
  evidence: z.strictObject({ period: stated(period), clause }),
  requests: z.strictObject({
    deadline: z.strictObject({ days: stated(z.int().min(1).max(365)), calendar: z.enum(['calendar-days']), clause }),
    identity: z.strictObject({ clause }),
    grounds: z.record(name, named),
  }),
  anchors: z.record(name, z.strictObject({ name: names, matter: name.optional(), clause })),
  categories: z.record(name, z.strictObject({ name: names })),
  declarations: z.record(name, named),
  classes: z.record(name, disposalClass),
  fields: z.record(
    name,
    z.strictObject({
      name: names,
      category: name,
      type: z.enum(FIELD_TYPES).default('text'),
      sensitive: z.boolean().default(false),
      permission: name.optional(),
      clause,
    }),
  ),
  purposes: z.record(name, purpose),
  refusals: z.record(name, clause),
});
export type PackFile = z.output<typeof packFile>;

export const CONCERNS = [
  'scope',
  'collection',
  'consent',
  'minors',
  'cookies',
  'sdk',
  'permissions',
  'sharing',
  'transfer',
  'disclosure',
  'territory',
  'retention',
  'backup',
  'security',
  'incident',
  'access',
  'copy',
  'correction',
  'deletion',
  'withdrawal',
  'account-closure',
  'automated-decision',
  'identity-check',
  'deadline',
  'fee',
  'refusal',
  'policy-update',
  'cessation',
  'controller-change',
  'contact',
] as const;

export const clauseFile = z.strictObject({
  apiVersion: z.literal('lethe.dev/v1'),
  kind: z.literal('ClauseRegister'),
  pack: name,
  clauses: z.array(
    z.strictObject({
      id: clause,
      where: words,
      concern: z.enum(CONCERNS),
      class: z.enum(['enforceable', 'evidenced', 'outOfScope']),
      service: z.enum(['collection', 'consent', 'retention', 'erasure', 'disclosure', 'all']).optional(),
      name: names,
      meaning: words,
      /** A path into the pack (`purposes.order`), or `later`. */
      rule: z
        .string()
        .regex(/^(later|none|[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z0-9-]+)*)$/, 'not a path into the pack, `later` or `none`'),
    }),
  ),
});
export type ClauseFile = z.output<typeof clauseFile>;

/** The two languages as JSON Schema, for editors. */
export const packJsonSchema = (): unknown => z.toJSONSchema(packFile, { io: 'input' });
export const clauseJsonSchema = (): unknown => z.toJSONSchema(clauseFile, { io: 'input' });
