import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { openStream, sealStream } from './backup-stream.ts';

const CHUNK = 64 * 1024;
const HEADER = 40;
const SEALED_CHUNK = CHUNK + 16;
const pair = generateKeyPairSync('x25519');
const publicOf = (key: KeyObject): string => key.export({ format: 'jwk' }).x!;

async function through(bytes: Buffer, transform: ReturnType<typeof openStream>, pieces = 50_000): Promise<Buffer> {
  const out: Buffer[] = [];
  const cut = Array.from({ length: Math.ceil(bytes.length / pieces) }, (_, at) =>
    bytes.subarray(at * pieces, (at + 1) * pieces),
  );
  await pipeline(Readable.from(cut), transform, async (source: AsyncIterable<Buffer>) => {
    for await (const piece of source) out.push(piece);
  });
  return Buffer.concat(out);
}
const sealed = (bytes: Buffer) => through(bytes, sealStream(publicOf(pair.publicKey)));
const opened = (bytes: Buffer, pieces?: number) => through(bytes, openStream(pair.privateKey), pieces);
const damaged = { kind: 'invalid', code: 'sealing/damaged-stream' };

test.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17])(
  'a stream of %i bytes comes back, however it is cut on the way',
  async (size) => {
    const bytes = randomBytes(size);
    const stream = await sealed(bytes);
    expect((await opened(stream)).equals(bytes)).toBe(true);
    expect((await opened(stream, 1_009)).equals(bytes)).toBe(true);
  },
);

test('a stream cut short is noticed, wherever it is cut, also between two chunks', async () => {
  const stream = await sealed(randomBytes(2 * CHUNK + 100));
  const chunkEnds = [HEADER, HEADER + SEALED_CHUNK, HEADER + 2 * SEALED_CHUNK];
  for (const end of [0, 7, ...chunkEnds, ...chunkEnds.map((at) => at + 16), stream.length - 1]) {
    await expect(opened(stream.subarray(0, end))).rejects.toMatchObject(damaged);
  }
});

test('chunks cannot be swapped, repeated, left out or followed by anything', async () => {
  const stream = await sealed(randomBytes(3 * CHUNK));
  const head = stream.subarray(0, HEADER);
  const [a, b, c] = [0, 1, 2].map((at) =>
    stream.subarray(HEADER + at * SEALED_CHUNK, HEADER + (at + 1) * SEALED_CHUNK),
  ) as [Buffer, Buffer, Buffer];
  for (const order of [
    [b, a, c],
    [a, a, b, c],
    [a, c],
    [b, c],
    [c],
    [a, b, c, c],
    [a, b, c, Buffer.from('x')],
    [a, b, c, Buffer.alloc(16)],
  ]) {
    await expect(opened(Buffer.concat([head, ...order]))).rejects.toMatchObject(damaged);
  }
});

test('one changed bit is noticed, and the chunk it is in is not handed out', async () => {
  const bytes = randomBytes(CHUNK + 10);
  const stream = await sealed(bytes);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: stream.length * 8 - 1 }), async (bit) => {
      const changed = Buffer.from(stream);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      // X25519 ignores the highest bit of a public key, but the key derivation does not.
      await expect(opened(changed)).rejects.toMatchObject(damaged);
    }),
    { numRuns: 40 },
  );
});

test('another private key opens nothing', async () => {
  const stream = await sealed(Buffer.from('备份'));
  await expect(through(stream, openStream(generateKeyPairSync('x25519').privateKey))).rejects.toMatchObject(damaged);
});

test('the same bytes are never sealed alike twice', async () => {
  const bytes = Buffer.alloc(100);
  expect((await sealed(bytes)).subarray(HEADER).equals((await sealed(bytes)).subarray(HEADER))).toBe(false);
});

test('what is no public key is refused', () => {
  expect(() => sealStream('short')).toThrow('not an X25519 public key');
});

test('known answer', async () => {
  const {
    privateKey,
    sealed: stream,
    plaintext,
  } = JSON.parse(readFileSync(new URL('./backup-stream.vector.json', import.meta.url), 'utf8')) as Record<
    string,
    string
  >;
  const key = createPrivateKey({ key: Buffer.from(privateKey!, 'base64'), format: 'der', type: 'pkcs8' });
  expect((await through(Buffer.from(stream!, 'base64'), openStream(key))).toString()).toBe(plaintext);
});
