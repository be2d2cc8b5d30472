import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Home, issuersOf } from '@lethe/platform';
import { issuer } from './commands/issuer.ts';

const folder = mkdtempSync(join(tmpdir(), 'lethe-issuer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const pem = file('id.pem', ours.publicKey.export({ format: 'pem', type: 'spki' }).toString());
const into = join(folder, 'home');
const believed = () => issuersOf(Home.open(into, 'production', { alone: false }));

test('what it writes is what a service reads: one key as PEM, or those of a published set that Lethe takes', () => {
  issuer('https://id.example.org', { keys: pem, tenants: 'one, two', into });
  const set = file(
    'set.json',
    JSON.stringify({
      keys: [
        { ...rsa, kid: 'rsa' },
        { ...theirs, kid: 'theirs', use: 'sig' },
      ],
    }),
  );
  issuer('https://other.example.org', { keys: set, tenants: 'all', into });
  const { x } = ours.publicKey.export({ format: 'jwk' });
  expect(believed()).toMatchObject([
    {
      iss: 'https://id.example.org',
      tenants: ['one', 'two'],
      keys: [{ x, kid: expect.stringMatching(/^[\w-]{43}$/) }],
    },
    { iss: 'https://other.example.org', tenants: 'all', keys: [{ x: theirs.x, kid: 'theirs' }] },
  ]);
  expect(believed()[1]?.keys).toHaveLength(1);
});

test('an issuer that stands there is replaced, and the others stay', () => {
  issuer('https://id.example.org', { keys: pem, tenants: 'three', into });
  expect(believed().map(({ iss, tenants }) => [iss, tenants])).toEqual([
    ['https://other.example.org', 'all'],
    ['https://id.example.org', ['three']],
  ]);
});

test.each([
  ['a private key', ours.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), /a private key/],
  ['a private key in a set', JSON.stringify({ keys: [ours.privateKey.export({ format: 'jwk' })] }), /a private key/],
  ['a set without a key that Lethe takes', JSON.stringify({ keys: [rsa] }), /no Ed25519 key/],
  ['something else', 'no key at all', /neither a public key as PEM nor a set/],
])('%s is refused, and nothing is written', (_, content, why) => {
  const before = readFileSync(join(into, 'issuers.json'), 'utf8');
  const bad = file('bad', content);
  expect(() => issuer('https://id.example.org', { keys: bad, tenants: 'one', into })).toThrow(why);
  expect(readFileSync(join(into, 'issuers.json'), 'utf8')).toBe(before);
});
