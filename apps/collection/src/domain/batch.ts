import { createHmac, type KeyObject } from 'node:crypto';
import type { http } from '@lethe/contracts';

/** The digest under which an idempotency key is remembered. */
export const keyDigest = (secret: KeyObject, tenant: string, key: string): Buffer =>
  createHmac('sha256', secret).update(`key\n${tenant}\n${key}`).digest();

/** The digest of everything a submission says, whatever the order of its fields. */
export function bodyDigest(secret: KeyObject, tenant: string, submission: http.Submission): Buffer {
  const sorted = (fields: Readonly<Record<string, unknown>>) =>
    Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  const body = [
    submission.subject,
    submission.purpose,
    submission.matter ?? null,
    submission.collectedAt ?? null,
    submission.notice ?? null,
    submission.channel ?? null,
    [...submission.declarations].sort(),
    /* What leaves it to the deployment digests as when that meant CN, whatever the deployment says now: sent again, it is the same. */
    submission.region ?? 'CN',
    sorted(submission.fields),
    submission.others.map((other) => [other.subject, other.declaration, sorted(other.fields)]),
  ];
  return createHmac('sha256', secret)
    .update(`body\n${tenant}\n${JSON.stringify(body)}`)
    .digest();
}

/** What becomes of one submission of a batch before any rule is asked. */
export type Standing<Answer> =
  | { readonly kind: 'new' }
  /** The same again: the first answer is given again. */
  | { readonly kind: 'replay'; readonly answer: Answer }
  /** Said twice in this batch: the answer of the one at `of`. */
  | { readonly kind: 'echo'; readonly of: number }
  /** The key has been used for something else. */
  | { readonly kind: 'reused' };

/** Admits each (tenant, key) once: against what is remembered, and within the batch itself. */
export function sortOut<Answer>(
  batch: readonly { readonly key: string; readonly body: string }[],
  remembered: ReadonlyMap<string, { readonly body: string; readonly answer: Answer }>,
): Standing<Answer>[] {
  const first = new Map<string, number>();
  return batch.map(({ key, body }, index) => {
    const known = remembered.get(key);
    if (known !== undefined) return known.body === body ? { kind: 'replay', answer: known.answer } : { kind: 'reused' };
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, index);
      return { kind: 'new' };
    }
    return batch[before]?.body === body ? { kind: 'echo', of: before } : { kind: 'reused' };
  });
}
