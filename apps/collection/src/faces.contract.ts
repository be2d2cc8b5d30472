import type { Tenant } from './collection.contract.ts';

/** When most stories of collection begin; a face that comes in then goes a year later, on that day. */
export const START = '2027-01-10T04:00:00.000Z';
export const FACE_DAY = '2028-01-11';

export const face = (value = 'a-face') => ({
  purpose: 'face-verification',
  declarations: ['face-function'],
  fields: { 'face-image': value },
});

/** Somebody who agreed to it, and whose face was taken in: one record, one part, dated. */
export async function personWithFace(tenant: Tenant, userId: string) {
  const subject = await tenant.person(userId);
  await tenant.consent(subject, 'face-verification', 1, 'given', 'separate');
  const [answer] = await tenant.collect({ subject, ...face() });
  if (answer?.outcome !== 'admitted') throw new Error(JSON.stringify(answer));
  return { subject, answer, record: answer.record, part: answer.parts[0]!.part };
}
