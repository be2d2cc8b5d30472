import { z } from 'zod';
import { defineRoute } from '../http.ts';
import { count, instant } from '../vocabulary.ts';

/** What the loss of one piece would mean, of what is recorded now. */
const lost = z.object({
  /** Sealed parts that nobody could ever open again, and the people they are about. */
  parts: count,
  people: count,
  /** Backups that could not be opened, or not safely. */
  backups: count,
});
export const keyringPiece = z.enum([
  'root',
  'first-slot',
  'second-slot',
  'both-slots',
  'keyring-cluster',
  'kept-keys',
  'backup-keys',
]);
export const KeyringDrill = defineRoute({
  service: 'collection',
  method: 'GET',
  path: '/v1/keyring/drill',
  roles: ['operator', 'officer', 'auditor'],
  summary:
    'What losing each piece of the keyring would mean for the caller’s tenant, counted from what there is. Nothing is destroyed.',
  answer: z.object({
    /** Machine time. A copy of the keyring from before `since` opens nothing. */
    epoch: z.object({ number: count, since: instant }),
    /** Code of the fault with which collection would end if it were started again now; absent: it would start. */
    restart: z.string().max(64).optional(),
    pieces: z.array(
      z.object({
        piece: keyringPiece,
        /** There now, and it opens what it should. */
        present: z.boolean(),
        lost,
      }),
    ),
  }),
});
/** Moves the key epoch on (operators; the service does it itself each day). */
export const RotateEpoch = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/keyring/epochs',
  roles: ['operator', 'service'],
  summary: 'Re-wraps every key under a new epoch key and destroys the old one.',
  answer: z.object({ epoch: count, keys: count }),
});

/** Every hour of machine time has an intake key of its own; the private half never leaves the keyring and dies within 26 hours. */
export const IntakeKey = defineRoute({
  service: 'collection',
  method: 'GET',
  path: '/v1/intake-key',
  roles: ['backend'],
  summary: 'The public key to which a platform seals its session, this hour.',
  answer: z.object({
    kid: z.string(),
    publicKey: z.object({ kty: z.literal('OKP'), crv: z.literal('X25519'), x: z.string() }),
    until: instant,
  }),
});

/** A key of the platform: who signs with it speaks for the caller's tenant. */
export const platformKid = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
export const RegisterPlatformKey = defineRoute({
  service: 'collection',
  method: 'POST',
  path: '/v1/platform-keys',
  roles: ['backend', 'operator'],
  summary: 'Registers an Ed25519 public key with which the platform signs its sessions. A kid never changes its key.',
  body: z.object({ kid: platformKid, x: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }),
  answer: z.object({ kid: platformKid, registered: z.boolean() }),
});
export const EndPlatformKey = defineRoute({
  service: 'collection',
  method: 'DELETE',
  path: '/v1/platform-keys/:kid',
  roles: ['backend', 'operator'],
  summary: 'From now on nothing signed with this key is believed; its sessions end within a minute.',
  params: z.object({ kid: platformKid }),
  answer: z.object({ ended: z.boolean() }),
});
