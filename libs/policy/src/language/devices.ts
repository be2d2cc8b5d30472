import { z } from 'zod';
import { clause, list, name, names, statedText } from './words.ts';

const moment = z.strictObject({ anyOf: list, clause });
/** Off until the person turns it on, or on until the person turns it off. */
const state = z.enum(['off', 'on']).default('off');

/** Device permissions: a closed list. A permission alone lets nothing be collected. */
export const permissions = z.record(
  name,
  z.strictObject({
    name: names,
    for: list,
    /** When it may be asked for. */
    moment: moment.optional(),
    default: state,
    /** The function goes on without it. */
    optional: z.boolean().default(true),
    refusing: z.strictObject({ effect: names, clause }).optional(),
    clause,
  }),
);

export const TRACKER_LEVELS = ['all', 'reduced', 'none'] as const;

export const trackers = z.strictObject({
  kinds: z.record(name, z.strictObject({ name: names, fields: list.optional(), clause })),
  purposes: z.record(
    name,
    z.strictObject({
      name: names,
      essential: z.boolean(),
      kinds: list,
      /** The purpose of the pack whose consent it needs, where it needs one. */
      consent: name.optional(),
      refusing: z.strictObject({ effect: names, clause }),
      clause,
    }),
  ),
  /** Which purposes still run at the level the person has chosen, beside the essential ones, which run whatever was chosen. */
  levels: z
    .strictObject({
      all: z.array(name),
      reduced: z.array(name).optional(),
      none: z.array(name),
      /** What holds before the person has chosen. */
      default: z.enum(TRACKER_LEVELS).default('all'),
      clause,
    })
    .optional(),
  doNotTrack: z.strictObject({ honored: z.boolean(), clause }).optional(),
  clause,
});

export const sdks = z.record(
  name,
  z.strictObject({
    name: names,
    entity: statedText,
    link: statedText,
    purpose: name,
    flows: z
      .array(
        z.strictObject({
          fields: list,
          uses: list,
          /** What must be going on. */
          when: name.optional(),
          /** What the person must have turned on, or not have turned off. */
          switch: z.strictObject({ name, default: state, clause }).optional(),
          clause: clause.optional(),
        }),
      )
      .default([]),
    /** Of the device: those it cannot run without, and those the person may turn off. It is to have no others. */
    permissions: z
      .strictObject({ required: z.array(name).default([]), optional: z.array(name).default([]) })
      .optional(),
    handling: z.array(name).default([]),
    /** Starting itself, or being started by another app. */
    selfStart: z.strictObject({ default: state, clause }).optional(),
    clause,
  }),
);

/** What may be sent to a person. A kind that is not listed is not sent. */
export const messages = z.record(
  name,
  z.strictObject({
    name: names,
    purpose: name,
    /** Hangs on the choice of the person: can be refused alone, and is as soon as the purpose is. */
    marketing: z.boolean().default(false),
    /** Asks the person to give data. */
    invites: z.boolean().default(false),
    channels: list.optional(),
    clause,
  }),
);
