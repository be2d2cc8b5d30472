import { z } from 'zod';
import { defineRoute } from '../http.ts';
import { count, day, name } from '../vocabulary.ts';

/** What the rules that date a matter need, and nothing that leads to one. */
export const MatterDays = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/matters/days',
  roles: ['officer', 'auditor'],
  summary:
    'How many parts of a class belong to matters dated for which day, and on which local days the anchors named had come for them, `collection` among them: what a further version would be dated by. Counts and days, no matter and no person.',
  body: z.object({ class: name, anchors: z.array(name).min(1).max(64) }),
  answer: z.object({
    days: z.array(
      z.object({
        /** The day they are dated for; absent: they wait. */
        day: day.optional(),
        anchors: z.record(name, day),
        parts: count,
      }),
    ),
  }),
});
