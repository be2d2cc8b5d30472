import type { Submission } from '@lethe/client';
import type { MatterId, SubjectRef } from '@lethe/kernel';
import type { DemoPerson } from './people.ts';
import { DISPLAY, FACE, REAL_NAME, type Scene } from './story.ts';

export interface Sender {
  readonly idempotencyKey: string;
  readonly subject: SubjectRef;
  readonly collectedAt: string;
  readonly notice: string;
  /** The order or the account that the scene is about. */
  matter(): Promise<MatterId>;
  /** Somebody who is known only through this person. */
  friend(): Promise<SubjectRef>;
}

type Form = Pick<Submission, 'purpose' | 'fields' | 'declarations' | 'others' | 'region'> & {
  readonly matter?: boolean;
};

/** The form a ticketing platform would send for a scene. */
export async function submissionOf(scene: Scene, person: DemoPerson, sender: Sender): Promise<Submission> {
  const { matter, ...form } = await formOf(scene, person, sender);
  return {
    idempotencyKey: sender.idempotencyKey,
    subject: sender.subject,
    collectedAt: sender.collectedAt,
    notice: sender.notice,
    channel: 'app',
    region: 'CN',
    ...form,
    ...(matter === true ? { matter: await sender.matter() } : {}),
  };
}

async function formOf(scene: Scene, person: DemoPerson, sender: Sender): Promise<Form> {
  const today = sender.collectedAt.slice(0, 10);
  const registration = {
    'account-name': person.userId,
    nickname: person.nickname,
    password: `${person.nickname}-${person.phone}`,
    'mobile-number': person.phone,
  };
  switch (scene.kind) {
    case 'join':
      return { purpose: 'registration', matter: true, fields: registration };
    case 'mistake':
      if (scene.which === 'purpose') return { purpose: 'credit-scoring', fields: registration };
      if (scene.which === 'field')
        return { purpose: 'registration', matter: true, fields: { ...registration, religion: '道教' } };
      return { purpose: 'registration', matter: true, region: 'CN-HK', fields: registration };
    case 'real-name':
      return {
        purpose: REAL_NAME,
        matter: true,
        declarations: ['large-event-real-name'],
        fields: { 'legal-name': person.name, 'id-number': person.idNumber },
      };
    case 'face':
      return {
        purpose: FACE,
        declarations: ['face-function'],
        fields: { 'face-image': Buffer.from(`${person.userId} face template`).toString('base64') },
      };
    case 'browse':
      return {
        purpose: DISPLAY,
        fields: {
          'observed-on': today,
          'preferred-genre': genreOf(person),
          'group-profile': person.child ? 'family' : 'enthusiast',
          'preference-tags': ['摇滚', '话剧'],
        },
      };
    case 'order':
      return {
        purpose: 'order',
        matter: true,
        fields: {
          'order-number': `E${today.replaceAll('-', '')}${String(scene.order).padStart(8, '0')}`,
          'ordered-at': sender.collectedAt,
          'event-name': `${person.homeCity}${scene.genre}巡演`,
          'event-day': today,
          'event-city': person.homeCity,
          genre: scene.genre,
          seat: `${String((scene.order % 40) + 1)}排${String((scene.order % 30) + 1)}座`,
          'ticket-count': 1,
          'ticket-price': scene.price,
          'order-amount': scene.price,
          'sales-channel': 'app',
        },
      };
    case 'deliver': {
      const to = {
        'recipient-name': person.name,
        'recipient-phone': person.phone,
        'recipient-address': person.address,
      };
      if (!scene.friend) return { purpose: 'ticket-delivery', matter: true, fields: to };
      return {
        purpose: 'ticket-delivery',
        matter: true,
        fields: { 'delivery-note': '请放门卫处' },
        others: [
          {
            subject: await sender.friend(),
            declaration: scene.declared ? 'other-person-authorized' : 'none-given',
            fields: to,
          },
        ],
      };
    }
    case 'invoice':
      return {
        purpose: 'invoice',
        matter: true,
        declarations: ['invoice-requested'],
        fields: { 'invoice-person-name': person.name },
      };
    case 'guardian':
    case 'consent':
    case 'withdraw':
    case 'complete':
    case 'close':
      throw new Error(`${scene.kind} is not a submission`);
  }
}

const GENRES = ['concert', 'drama', 'sports', 'exhibition'] as const;
/** What a person likes, the same each time. */
const genreOf = (person: DemoPerson): string => GENRES[person.nickname.length % GENRES.length] ?? 'concert';
