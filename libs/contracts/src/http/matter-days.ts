import { z } from 'zod';
import { defineRoute } from '../http.ts';
import { count, day, name } from '../vocabulary.ts';

/** Names, a comma between two. */
const names = z.string().regex(/^[a-z0-9.-]{1,64}(,[a-z0-9.-]{1,64}){0,63}$/);

/** What the rules that date a matter need, and nothing that leads to one. */
export const MatterDays = defineRoute({
  service: 'collection',
  method: 'GET',
  path: '/v1/matters/days',
  roles: ['officer', 'auditor'],
  summary:
    'How many parts of a class belong to matters dated for which day, and on which local days the anchors named had come for them, `collection` among them: what a further version would be dated by. Counts and days, no matter and no person.',
  query: z.object({ class: name, anchors: names }),
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
