import { z } from 'zod';
import { clause, list, name, named, names, region } from './words.ts';

/** Which products, channels and collectors a pack is about. */
export const scope = z.strictObject({
  /** A product that is not listed, or not judged by this pack, is refused `product-not-covered`. */
  products: z
    .record(
      name,
      z.strictObject({
        name: names,
        judgedBy: z.enum(['this-pack', 'own-policy', 'nobody']).default('this-pack'),
        clause,
      }),
    )
    .optional(),
  /** Absent: any channel. Present: a closed list; sites, apps, forms, hot lines. */
  channels: z.record(name, named).optional(),
  /** Who may collect beside the platform itself. Absent: nobody. */
  collectors: z.record(name, named).optional(),
  /** Companies that count as affiliates, and what must be shown before one does. */
  affiliates: z.strictObject({ members: z.record(name, named), needs: list.optional(), clause }).optional(),
});

export const territory = z.strictObject({
  regions: z.array(region).min(1),
  except: z.array(region).default([]),
  /** What may go to a region outside the list; absent: nothing. */
  abroad: z
    .strictObject({
      /** Each with what must be shown for it (a citation, the person's own act) and, where it carries not everything, for which purposes. */
      grounds: z
        .record(
          name,
          z.strictObject({ name: names, needs: z.array(name).default([]), purposes: list.optional(), clause }),
        )
        .default({}),
      /** The purpose whose (separate) consent lets it. */
      consent: name.optional(),
      safeguards: z.strictObject({ controls: list, clause }).optional(),
      clause,
    })
    .optional(),
  clause,
});
