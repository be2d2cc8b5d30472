import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PartId, SubjectRef, TenantId } from '@lethe/kernel';
import fc from 'fast-check';
import { deriving, ENVELOPE_BYTES, generationOf, openPart, sealPart, type PartKey } from './envelope.ts';

interface Vector {
  readonly subjectKey: string;
  readonly timeKey: string;
  readonly iv: string;
  readonly generation: number;
  readonly tenant: string;
  readonly subject: string;
  readonly part: string;
  readonly compartment: string;
  readonly plaintext: string;
  readonly partKey: string;
  readonly sealed: string;
}

const vectors = JSON.parse(readFileSync(new URL('./envelope.vectors.json', import.meta.url), 'utf8')) as Vector[];
const keyOf = (hex: string) => createSecretKey(Buffer.from(hex, 'hex'));
const partKey: PartKey = (...of) => deriving((one) => one(...of));
const newKey = () => createSecretKey(randomBytes(32));
const labelsOf = (vector: Pick<Vector, 'subject' | 'part' | 'compartment'>) => ({
  subject: vector.subject as SubjectRef,
  part: vector.part as PartId,
  compartment: vector.compartment,
});

test.each(vectors)('known answer for part $part', (vector) => {
  const key = partKey(keyOf(vector.subjectKey), keyOf(vector.timeKey), vector.part);
  expect(key.export().toString('hex')).toBe(vector.partKey);
  const plaintext = Buffer.from(vector.plaintext, 'base64');
  const sealed = sealPart(
    key,
    vector.generation,
    vector.tenant as TenantId,
    labelsOf(vector),
    plaintext,
    Buffer.from(vector.iv, 'hex'),
  );
  expect(sealed.toString('hex')).toBe(vector.sealed);
  expect(openPart(key, vector.tenant as TenantId, labelsOf(vector), sealed)).toEqual(plaintext);
});

const word = fc.stringMatching(/^[a-z][a-z0-9-]{1,20}$/);
const labels = fc.record({ tenant: word, subject: word, part: word, compartment: word });
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const generation = fc.integer({ min: 1, max: 0x7fff_fffe });

test('what is sealed opens, and nothing of it but its length shows', () => {
  fc.assert(
    fc.property(labels, bytes, generation, ({ tenant, ...rest }, plaintext, number) => {
      const [subjectKey, timeKey] = [newKey(), newKey()];
      const item = labelsOf(rest);
      const sealed = sealPart(partKey(subjectKey, timeKey, item.part), number, tenant as TenantId, item, plaintext);
      expect(sealed.length).toBe(plaintext.length + ENVELOPE_BYTES);
      expect(generationOf(sealed)).toBe(number);
      expect(openPart(partKey(subjectKey, timeKey, item.part), tenant as TenantId, item, sealed)).toEqual(plaintext);
      if (plaintext.length > 8) expect(sealed.includes(plaintext)).toBe(false);
    }),
  );
});

test('a ciphertext opens under no other tenant, subject, part or compartment (I38)', () => {
  fc.assert(
    fc.property(
      labels,
      fc.constantFrom('tenant', 'subject', 'part', 'compartment'),
      word,
      bytes,
      (own, which, other, plaintext) => {
        fc.pre(own[which] !== other);
        const [subjectKey, timeKey] = [newKey(), newKey()];
        const moved = { ...own, [which]: other };
        const key = partKey(subjectKey, timeKey, own.part);
        const sealed = sealPart(key, 1, own.tenant as TenantId, labelsOf(own), plaintext);
        expect(openPart(key, moved.tenant as TenantId, labelsOf(moved), sealed)).toBeUndefined();
        expect(
          openPart(partKey(subjectKey, timeKey, moved.part), moved.tenant as TenantId, labelsOf(moved), sealed),
        ).toBeUndefined();
      },
    ),
  );
});

test('labels cannot run into one another', () => {
  const key = newKey();
  const sealed = sealPart(
    key,
    1,
    'ab' as TenantId,
    labelsOf({ subject: 'c', part: 'p', compartment: 'contract' }),
    Buffer.from('x'),
  );
  expect(
    openPart(key, 'a' as TenantId, labelsOf({ subject: 'bc', part: 'p', compartment: 'contract' }), sealed),
  ).toBeUndefined();
});

test('one changed bit, anywhere, and it does not open under the keys it names', () => {
  fc.assert(
    fc.property(bytes, fc.nat(), (plaintext, place) => {
      const key = newKey();
      const item = labelsOf({ subject: 's', part: 'p', compartment: 'contract' });
      const sealed = sealPart(key, 1, 'damai' as TenantId, item, plaintext);
      const bit = place % (sealed.length * 8);
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      // The generation chooses the key; another generation is another key, which the keyring hands out.
      const namesAnotherKey = bit >= 16 && bit < 48 && generationOf(changed) !== undefined;
      if (!namesAnotherKey) expect(openPart(key, 'damai' as TenantId, item, changed)).toBeUndefined();
    }),
  );
});

test('the key of a part is what HMAC makes of its two keys, also of many parts at once', () => {
  const expanded = (key: KeyObject, role: string, part: string) =>
    createHmac('sha256', key).update(`lethe/part-key/1${role}${part}\x01`).digest();
  const part = fc.stringMatching(/^[!-~]{1,238}$/);
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const [subjectKeys, timeKey] = [[newKey(), newKey()], newKey()];
      const of = (at: number) => subjectKeys[at % 2]!;
      const keys = deriving((one) => parts.map((each, at) => one(of(at), timeKey, each)));
      for (const [at, each] of parts.entries()) {
        const other = expanded(timeKey, 't', each);
        const both = expanded(of(at), 's', each).map((byte, place) => byte ^ other[place]!);
        expect(keys[at]!.equals(createSecretKey(both))).toBe(true);
      }
    }),
  );
  expect(() => partKey(newKey(), newKey(), 'p'.repeat(239))).toThrow(
    expect.objectContaining({ code: 'sealing/part-id' }) as Error,
  );
});

test('either key is needed, each in its own role, and for its own part', () => {
  const [subjectKey, timeKey, other] = [newKey(), newKey(), newKey()];
  const right = partKey(subjectKey, timeKey, 'p');
  for (const wrong of [
    partKey(other, timeKey, 'p'),
    partKey(subjectKey, other, 'p'),
    partKey(timeKey, subjectKey, 'p'),
    partKey(subjectKey, timeKey, 'q'),
  ]) {
    expect(wrong.equals(right)).toBe(false);
  }
});

test('no IV comes twice in 100,000', () => {
  const key = newKey();
  const item = labelsOf({ subject: 's', part: 'p', compartment: 'contract' });
  const seen = new Set<string>();
  for (let i = 0; i < 100_000; i++)
    seen.add(sealPart(key, 1, 'damai' as TenantId, item, Buffer.alloc(0)).toString('latin1', 6, 18));
  expect(seen.size).toBe(100_000);
});
