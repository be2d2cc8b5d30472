import type { Lethe, Submission } from '@lethe/client';
import type { SubjectRef } from '@lethe/kernel';

let keys = 0;
/** A key that no other submission of this run has. */
export const freshKey = (): string => `journey-${String(process.pid)}-${String((keys += 1)).padStart(6, '0')}`;

/** What a ticketing platform would send for one person. Legal time of the collection stands in `at`. */
export const registration = (subject: SubjectRef, account: string, notice: string, at: string): Submission => ({
  idempotencyKey: freshKey(),
  subject,
  purpose: 'registration',
  matter: account,
  notice,
  collectedAt: at,
  fields: {
    'account-name': `acct-${account.slice(0, 6)}`,
    nickname: '小明',
    password: 'correct horse battery',
    'mobile-number': '13800001111',
  },
});

export const signIn = (subject: SubjectRef, at: string): Submission => ({
  idempotencyKey: freshKey(),
  subject,
  purpose: 'security',
  collectedAt: at,
  fields: { 'ip-address': '203.0.113.7', 'risk-rating': 'low' },
});

export const preference = (subject: SubjectRef, at: string): Submission => ({
  idempotencyKey: freshKey(),
  subject,
  purpose: 'personalized-display',
  collectedAt: at,
  fields: { 'observed-on': at.slice(0, 10), 'preferred-genre': 'concert', 'group-profile': 'student' },
});

export const face = (subject: SubjectRef, at: string): Submission => ({
  idempotencyKey: freshKey(),
  subject,
  purpose: 'face-verification',
  declarations: ['face-function'],
  collectedAt: at,
  fields: { 'face-image': 'aGFzaCBvZiBhIGZhY2U=' },
});

export const booking = (
  subject: SubjectRef,
  matter: string,
  at: string,
  event: { readonly day: string; readonly genre: string },
): Submission => ({
  idempotencyKey: freshKey(),
  subject,
  purpose: 'order',
  matter,
  collectedAt: at,
  fields: {
    'order-number': `E${matter.slice(0, 8)}`,
    'event-name': '巡演',
    'event-day': event.day,
    'event-city': '北京',
    genre: event.genre,
    'ticket-price': 380,
    'order-amount': 380,
    'sales-channel': 'app',
  },
});

export const peopleOf = (platform: Lethe, name: string, count: number): Promise<SubjectRef[]> =>
  Promise.all(Array.from({ length: count }, (_, nth) => platform.subject(`${name}-${String(nth)}`)));
