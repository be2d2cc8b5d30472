import { z } from 'zod';
import { CONSENT_LEVELS } from '../pack.ts';
import { clause, list, name, named, names, recipientKind, statedText } from './words.ts';

const ground = z.strictObject({
  name: names,
  needs: z.array(name).default([]),
  level: z.enum(CONSENT_LEVELS).optional(),
  clause,
});
/** What leaves, leaves by one of these grounds or not at all. */
const leaving = {
  grounds: z.record(name, ground),
  clause,
};

/** `ground` is asked for by the check: by what does it get anything? */
export const recipients = z.record(
  name,
  z.strictObject({
    name: names,
    kind: recipientKind,
    entity: statedText.optional(),
    ground: name.optional(),
    purposes: z.array(name).default([]),
    fields: z.array(name).default([]),
    /** Never handed to it, whatever the ground. */
    except: z.array(name).default([]),
    contract: z.strictObject({ needs: list, clause }).optional(),
    handling: z.array(name).default([]),
    clause,
  }),
);
export const sharing = z.strictObject({
  ...leaving,
  /** Ways in which it is never handed on: sold, rented. */
  never: z.array(named).default([]),
  /** Identity goes to advertisers and analysts only so. */
  identity: z.strictObject({ level: z.enum(CONSENT_LEVELS), allowed: z.array(name).default([]), clause }).optional(),
  sensitive: z.strictObject({ level: z.enum(CONSENT_LEVELS), clause }).optional(),
  duties: z.array(name).default([]),
});
export const transfer = z.strictObject({
  ...leaving,
  /** Whoever gets a child's data passes it on to nobody. */
  children: z.strictObject({ clause }).optional(),
});
export const publication = z.strictObject({
  ...leaving,
  notice: z.array(name).default([]),
  /** All that may be said of a breach. */
  content: z.array(name).default([]),
});
/** Whoever takes over shows what binds it (`needs`), or asks every person again. */
export const controllerChange = z.strictObject({
  /** In which events somebody else takes over; named with the question, as its use. */
  events: list,
  notify: z.boolean().default(true),
  needs: list,
  clause,
});
