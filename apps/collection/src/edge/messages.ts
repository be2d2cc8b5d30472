import { createDecipheriv, createHash, type KeyObject } from 'node:crypto';
import {
  EDGE_MESSAGE_BYTES,
  edgeAad,
  edgeDigest,
  http,
  intakeFence,
  sessionOpened,
  stray,
  submissionSealed,
} from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import type { StoredRecord } from '@lethe/messaging';

/** What a record of an `in` topic is, by its outside alone. */
export type Arrived =
  | { readonly kind: 'session'; readonly session: string; readonly statement: string }
  | {
      readonly kind: 'sealed';
      readonly session: string;
      readonly digest: string;
      readonly iv: string;
      readonly sealed: string;
    }
  | { readonly kind: 'fence'; readonly id: string }
  | { readonly kind: 'bad'; readonly code: string; readonly session?: string; readonly digest?: string };

const bytesOf = ({ raw, value }: StoredRecord): Uint8Array => raw ?? Buffer.from(value, 'utf8');
export const evidenceOf = (record: StoredRecord): { sha256: string; size: number } => {
  const bytes = bytesOf(record);
  return { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
};

/** Reads a record of an `in` topic. Nothing of it is repeated anywhere but ids and digests that have the shape of ids and digests. */
export function arrived(record: StoredRecord): Arrived {
  if (record.raw !== undefined) return { kind: 'bad', code: 'bad-utf8' };
  if (Buffer.byteLength(record.value) > EDGE_MESSAGE_BYTES) return { kind: 'bad', code: 'too-large' };
  const json = shallow(record.value);
  if (json === undefined) return { kind: 'bad', code: 'not-json' };
  const sealed = submissionSealed.safeParse(json);
  if (sealed.success) return { kind: 'sealed', ...sealed.data.data };
  const session = sessionOpened.safeParse(json);
  if (session.success) return { kind: 'session', ...session.data.data };
  const fence = intakeFence.safeParse(json);
  if (fence.success) return { kind: 'fence', id: fence.data.id };
  return { kind: 'bad', code: 'not-a-message' };
}

/** Deeper than any message of ours; counted before parsing, so that depth costs nothing. */
const DEEPEST = 16;
/** Whether so few objects and lists begin in it that it cannot be deeper. */
function hasFew(text: string): boolean {
  let count = 0;
  for (const open of ['{', '[']) {
    for (let at = text.indexOf(open); at >= 0; at = text.indexOf(open, at + 1))
      if ((count += 1) > DEEPEST) return false;
  }
  return true;
}
function shallow(text: string): unknown {
  if (hasFew(text)) return parsed(text);
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') {
      if ((depth += 1) > DEEPEST) return undefined;
    } else if (char === '}' || char === ']') depth -= 1;
  }
  return parsed(text);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A session whose secret has been read. */
export interface OpenSession {
  readonly tenant: TenantId;
  readonly session: string;
  readonly key: KeyObject;
  readonly digestKey: KeyObject;
  readonly expires: Date;
}

export type Unsealed = { readonly submission: http.Submission } | { readonly code: string; readonly field?: string };

const strict = new TextDecoder('utf-8', { fatal: true });
const FIELDS: ReadonlySet<string> = new Set(Object.keys(http.submission.shape));

/** Opens a sealed submission; says what is wrong with it without repeating any of it. */
export function unseal(session: OpenSession, message: Extract<Arrived, { kind: 'sealed' }>): Unsealed {
  const bytes = Buffer.from(message.sealed, 'base64url');
  if (bytes.length < 16) return { code: 'not-sealed' };
  const decipher = createDecipheriv('aes-256-gcm', session.key, Buffer.from(message.iv, 'base64url'), {
    authTagLength: 16,
  });
  decipher.setAAD(edgeAad(session.tenant, session.session, message.digest));
  decipher.setAuthTag(bytes.subarray(-16));
  let plain: Buffer;
  try {
    plain = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
  } catch {
    return { code: 'not-sealed' };
  }
  let text: string;
  try {
    text = strict.decode(plain);
  } catch {
    return { code: 'bad-utf8' };
  } finally {
    plain.fill(0);
  }
  const json = shallow(text);
  if (json === undefined) return { code: 'not-json' };
  const read = http.submission.safeParse(json);
  if (!read.success) {
    const [field] = read.error.issues.map((issue) => String(issue.path[0])).filter((name) => FIELDS.has(name));
    return { code: 'invalid', ...(field === undefined ? {} : { field }) };
  }
  // A key that nobody knows could be a value: where it stands is not repeated.
  if (stray(json, read.data) !== undefined) return { code: 'invalid' };
  if (edgeDigest(session.digestKey, session.tenant, read.data.idempotencyKey) !== message.digest)
    return { code: 'not-its-digest', field: 'idempotencyKey' };
  return { submission: read.data };
}
