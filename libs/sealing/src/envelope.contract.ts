import { createSecretKey, randomBytes } from 'node:crypto';
import type { PartId, SubjectRef, TenantId } from '@lethe/kernel';
import type { openPart, sealPart } from './envelope.ts';

/** What an envelope is made and opened with; a planted bug stands in the place of one of them. */
export interface Envelope {
  readonly sealPart: typeof sealPart;
  readonly openPart: typeof openPart;
}

const own = {
  tenant: 'damai',
  subject: 'AAAAAAAAAAAAAAAAAAAAAA',
  part: '01900000-0000-7000-8000-000000000001',
  compartment: 'contract',
};
const labelsOf = (of: typeof own) => ({
  subject: of.subject as SubjectRef,
  part: of.part as PartId,
  compartment: of.compartment,
});

/** The labels under which a ciphertext opens though it was sealed under others, with the right key: none, or it can be transplanted. */
export function transplants({ sealPart, openPart }: Envelope): string[] {
  const key = createSecretKey(randomBytes(32));
  const sealed = sealPart(key, 1, own.tenant as TenantId, labelsOf(own), Buffer.from('王小明'));
  return Object.keys(own).filter((label) => {
    const moved = { ...own, [label]: 'epiao' };
    return openPart(key, moved.tenant as TenantId, labelsOf(moved), sealed) !== undefined;
  });
}

/** How many of a number of ciphertexts share their IV with another. */
export function repeatedIvs({ sealPart }: Envelope, number: number): number {
  const key = createSecretKey(randomBytes(32));
  const seen = new Set<string>();
  for (let i = 0; i < number; i++)
    seen.add(sealPart(key, 1, own.tenant as TenantId, labelsOf(own), Buffer.alloc(0)).toString('latin1', 6, 18));
  return number - seen.size;
}
