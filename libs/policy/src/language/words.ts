import { isDay, isPeriod } from '@lethe/kernel';
import { z } from 'zod';
import { isRegion } from '../rules/regions.ts';
import { type Source, SOURCES, type Stated } from '../pack.ts';

/** What every section of the language is made of. */
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*$/, 'not a name: small letters, digits and hyphens, such as lost-property')
  .max(64);
/** Of a purpose: without dots, for what is sealed under its consent is called `consent.NAME`, and `tracker.ID` is no purpose. */
export const plainName = z
  .string()
  .regex(
    /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/,
    'not a name: small letters, digits and hyphens, such as lost-property, and no dots',
  )
  .max(56);
/** A clause of the register; `XX-SIL-nn` names a silence of the text, declared under `silent`. */
export const clause = z.string().regex(/^[A-Z]{2,4}-[A-Z]{3}-\d{2}[a-z]?$/, 'not a clause, such as LM-COL-01');
export const version = z.string().regex(/^[0-9][0-9A-Za-z.-]{0,31}$/, 'not a version, such as 2026-01-01');
export const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'not a day, such as 2026-01-31')
  .refine(isDay, 'not a day of the calendar');
export const period = z
  .string()
  .regex(/^P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$/, 'not a period, such as P30D, P6M or P1Y')
  .refine(isPeriod, 'a period is no longer than 120 years');
/** A span that may be shorter than a day: `PT24H`, `P30D`. */
export const span = z
  .string()
  .regex(/^(P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?|PT\d{1,4}H)$/, 'not a span, such as PT24H or P3D')
  .refine((text) => text.startsWith('PT') || isPeriod(text), 'a span is no longer than 120 years');
export const region = z
  .string()
  .regex(/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/, 'not a region (ISO 3166), such as CN or CN-HK')
  .refine(isRegion, 'not a region (ISO 3166), such as CN or CN-HK');
export const words = z.string().min(1).max(500);
export const names = z.strictObject({ en: words, 'zh-CN': words });
/** Who gets something. */
export const recipientKind = z.enum(['authority', 'affiliate', 'vendor', 'partner', 'sdk', 'public']);
export const list = z.array(name).min(1);

/** What only has a name and a clause: a declaration, a ground, a channel. */
export const named = z.strictObject({ name: names, clause });

/** A value the policy gives, or `{ notStated: true, use, source }`: what is used instead, and who says so. */
export const stated = <Value extends z.ZodType>(value: Value) =>
  z.union([value, z.strictObject({ notStated: z.literal(true), use: value, source: z.enum(SOURCES) })]);

export type FileStated<Value> = Value | { readonly notStated: true; readonly use: Value; readonly source: Source };

/** The value that is used, and whether the policy states it. */
export const statedFrom = <Value extends string | number>(value: FileStated<Value>): Stated<Value> =>
  typeof value === 'object'
    ? { value: value.use, stated: false, source: value.source }
    : { value, stated: true, source: 'policy' };

/** `stated` in a section that is data as it stands: read as what is used, and who says so. */
export const statedText = stated(words).transform((value): Stated<string> => statedFrom(value));
export const statedPeriod = stated(period).transform((value): Stated<string> => statedFrom<string>(value));
export const statedSpan = stated(span).transform((value): Stated<string> => statedFrom<string>(value));
export const statedCount = stated(z.int().min(0).max(100_000)).transform((value): Stated<number> => statedFrom(value));
