import { createHash } from 'node:crypto';
import type { SigningKeys, VerifierKey } from './signing-keys.ts';

/** A tree as it was signed: C2SP tlog-checkpoint. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** Signature type of Ed25519 in C2SP signed notes. */
const ED25519 = 0x01;

const keyId = (origin: string, raw: Buffer): Buffer =>
  createHash('sha256')
    .update(origin)
    .update('\n')
    .update(Buffer.from([ED25519]))
    .update(raw)
    .digest()
    .subarray(0, 4);

const textOf = ({ origin, size, root }: Checkpoint): string => `${origin}\n${size}\n${root.toString('base64')}\n`;

/** The signed note of a tree: three lines, an empty one, and `— origin signature`. */
export function checkpointOf(checkpoint: Checkpoint, keys: SigningKeys): string {
  const text = textOf(checkpoint);
  const kid = keys.kid('log');
  const key = keys.publicKeys().keys.find((candidate) => candidate.kid === kid);
  if (!key) throw new Error('no key to sign with');
  const value = Buffer.concat([
    keyId(checkpoint.origin, Buffer.from(key.x, 'base64url')),
    keys.sign('log', Buffer.from(text)),
  ]);
  return `${text}\n— ${checkpoint.origin} ${value.toString('base64')}\n`;
}

/**
 * Reads a checkpoint and checks its signature; undefined unless every byte is what the signer wrote.
 * Only the keys for `log` count.
 */
export function readCheckpoint(note: string, keys: readonly VerifierKey[]): Checkpoint | undefined {
  const [origin, size, root, empty, signed, end, ...rest] = note.split('\n');
  if (origin === undefined || size === undefined || root === undefined || signed === undefined) return undefined;
  if (empty !== '' || end !== '' || rest.length > 0 || origin.length === 0 || !/^(0|[1-9]\d{0,15})$/.test(size))
    return undefined;
  const checkpoint: Checkpoint = { origin, size: Number(size), root: Buffer.from(root, 'base64') };
  const prefix = `— ${origin} `;
  const value = Buffer.from(signed.slice(prefix.length), 'base64');
  if (checkpoint.root.length !== 32 || value.length !== 4 + 64) return undefined;
  const text = textOf(checkpoint);
  if (note !== `${text}\n${prefix}${value.toString('base64')}\n`) return undefined;
  const good = keys.some(
    (key) =>
      key.kid.startsWith('log.') &&
      keyId(origin, key.raw).equals(value.subarray(0, 4)) &&
      key.verify(Buffer.from(text), value.subarray(4)),
  );
  return good ? checkpoint : undefined;
}
