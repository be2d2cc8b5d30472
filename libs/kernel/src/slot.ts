import type { SubjectRef } from './ids.ts';

/**
 * The slot of a person: the first 16 bits of the ref, modulo the number of slots fixed at installation.
 * Refs are uniformly random, so no hash is needed; the slot is also the Kafka partition.
 */
export function slotOf(subject: SubjectRef, slots: number): number {
  const head = Buffer.from(subject.slice(0, 4), 'base64url');
  return head.readUInt16BE(0) % slots;
}
