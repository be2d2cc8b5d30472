import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { events, makeEvent, type Envelope } from '@lethe/contracts';
import { tenantId } from '@lethe/kernel';
import { SignJWT } from 'jose';
import { newId } from '../ids.ts';
import { KeyedCallers } from './callers.ts';
import { developmentToken, DEVELOPMENT_ISSUER } from './development-issuer.ts';
import { makeSigningKey, privateKeyOf, publicEntryOf } from './keys.ts';
import { twoPersons } from './two-persons.ts';

const retention = makeSigningKey('retention');
const erasure = makeSigningKey('erasure');
const issuerKey = makeSigningKey('k1');
const developmentKey = makeSigningKey(DEVELOPMENT_ISSUER);
const stranger = generateKeyPairSync('ed25519').privateKey;
const NOW = new Date('2026-11-22T12:00:00.000Z');
const SECONDS = NOW.getTime() / 1000;
const SUBJECT = 'AAAAAAAAAAAAAAAAAAAAAA';

const callersOf = (service: 'retention' | 'erasure', at = NOW) =>
  new KeyedCallers({
    service,
    signingKey: privateKeyOf(service === 'retention' ? retention : erasure),
    services: [publicEntryOf(retention, 'retention'), publicEntryOf(erasure, 'erasure')],
    issuers: [
      { iss: 'https://id.damai.example', tenants: ['damai'], keys: [publicEntryOf(issuerKey, 'k1')] },
      { iss: DEVELOPMENT_ISSUER, tenants: 'all', keys: [publicEntryOf(developmentKey, DEVELOPMENT_ISSUER)] },
    ],
    now: () => at,
  });
const callers = callersOf('retention');

interface Claims {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly key?: KeyObject;
}
const token = async ({ header = {}, claims = {}, key = privateKeyOf(issuerKey) }: Claims = {}): Promise<string> => {
  const payload = {
    iss: 'https://id.damai.example',
    sub: 'b-1',
    aud: 'lethe',
    tenant: 'damai',
    role: 'backend',
    iat: SECONDS,
    exp: SECONDS + 300,
    ...claims,
  };
  return `Bearer ${await new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k1', ...header }).sign(key)}`;
};

test('a good token says who asks, for which tenant', async () => {
  expect(await callers.verify(await token())).toEqual({
    tenant: 'damai',
    role: 'backend',
    sub: 'https://id.damai.example#b-1',
  });
  const subject = await callers.verify(
    await token({ claims: { role: 'subject', subject: SUBJECT, auth_time: SECONDS - 60 } }),
  );
  expect(subject).toMatchObject({ role: 'subject', subject: SUBJECT, authTime: new Date(NOW.getTime() - 60_000) });
});

test('a denied token is refused, also one that was believed a moment ago', async () => {
  const denied = new Set<string>();
  const careful = new KeyedCallers({
    service: 'retention',
    signingKey: privateKeyOf(retention),
    services: [],
    issuers: [{ iss: 'https://id.damai.example', tenants: 'all', keys: [publicEntryOf(issuerKey, 'k1')] }],
    denied: { has: ({ token, client }) => denied.has(token ?? '') || denied.has(client ?? '') },
    now: () => NOW,
  });
  const [one, other] = [
    await token({ claims: { jti: 't-1', client_id: 'app' } }),
    await token({ claims: { jti: 't-2', client_id: 'app' } }),
  ];
  await careful.verify(one);
  denied.add('t-1');
  await expect(careful.verify(one)).rejects.toMatchObject({ code: 'platform/no-caller' });
  await careful.verify(other);
  denied.add('https://id.damai.example#app');
  await expect(careful.verify(other)).rejects.toMatchObject({ code: 'platform/no-caller' });
});

describe('a token is refused, always with the same words, when', () => {
  const es256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  test.each<[string, () => Promise<string | undefined>]>([
    ['there is none', () => Promise.resolve(undefined)],
    ['it is no token', () => Promise.resolve('Bearer a.b.c')],
    ['it is Basic', () => Promise.resolve('Basic YTpi')],
    ['a stranger signed it', () => token({ key: stranger })],
    ['it is expired', () => token({ claims: { iat: SECONDS - 500, exp: SECONDS - 61 } })],
    ['it lives longer than 10 minutes', () => token({ claims: { exp: SECONDS + 601 } })],
    ['it is from the future', () => token({ claims: { iat: SECONDS + 300, exp: SECONDS + 600 } })],
    ['it is not yet valid', () => token({ claims: { nbf: SECONDS + 120 } })],
    ['it has no issue time', () => token({ claims: { iat: undefined } })],
    ['it has no subject', () => token({ claims: { sub: undefined } })],
    ['its audience is another', () => token({ claims: { aud: 'other' } })],
    ['its issuer is unknown', () => token({ claims: { iss: 'https://evil.example' } })],
    ['its issuer has no such key', () => token({ header: { kid: 'k2' } })],
    ['its issuer may not speak for the tenant', () => token({ claims: { tenant: 'other' } })],
    ['its tenant is no tenant', () => token({ claims: { tenant: 'Da Mai' } })],
    ['its role is unknown', () => token({ claims: { role: 'root' } })],
    ['an issuer claims to be a service', () => token({ claims: { role: 'service' } })],
    ['a subject is not named', () => token({ claims: { role: 'subject' } })],
    ['a backend names a subject', () => token({ claims: { subject: SUBJECT } })],
    ['it is of another type', () => token({ header: { typ: 'JWT' } })],
    ['it is signed with another algorithm', () => token({ header: { alg: 'ES256' }, key: es256 })],
    [
      'it brings its own key',
      () => token({ header: { jwk: { kty: 'OKP' }, jku: 'https://evil.example/jwks' }, key: stranger }),
    ],
    [
      'it is not signed',
      async () =>
        `Bearer ${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${(await token()).split('.')[1]!}.`,
    ],
    [
      'a service’s signature of a statement is used as one',
      async () => `Bearer ${await callers.sign({ iss: 'lethe/retention', sub: 'retention' })}`,
    ],
  ])('%s', async (_, make) => {
    await expect(make().then((given) => callers.verify(given))).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'platform/no-caller',
      message: 'a valid token is needed',
    });
  });

  test('a token that was good is expired later, though it is remembered', async () => {
    let at = NOW;
    const remembering = new KeyedCallers({
      service: 'retention',
      signingKey: privateKeyOf(retention),
      services: [],
      now: () => at,
      issuers: [{ iss: 'https://id.damai.example', tenants: 'all', keys: [publicEntryOf(issuerKey, 'k1')] }],
    });
    const good = await token({ claims: { exp: SECONDS + 10 } });
    await remembering.verify(good);
    at = new Date(NOW.getTime() + 90_000);
    await expect(remembering.verify(good)).rejects.toMatchObject({ code: 'platform/no-caller' });
  });
});

test('a service speaks as itself, for a tenant, on behalf of whoever asked first', async () => {
  const given = await callersOf('erasure').serviceToken(tenantId('damai'), 'https://id.damai.example#o-1');
  expect(await callers.verify(`Bearer ${given}`)).toEqual({
    tenant: 'damai',
    role: 'service',
    sub: 'lethe/erasure#erasure',
    actor: 'https://id.damai.example#o-1',
  });
});

test('the development issuer gives a token for any tenant and any role but service', async () => {
  const { token: given } = await developmentToken(
    privateKeyOf(developmentKey),
    { tenant: tenantId('any'), role: 'officer', sub: 'lin' },
    NOW,
  );
  expect(await callers.verify(`Bearer ${given}`)).toEqual({
    tenant: 'any',
    role: 'officer',
    sub: 'lethe-development#lin',
  });
});

describe('an order', () => {
  const order = makeEvent(
    events.BackupPurgedV1,
    { id: newId(), time: NOW, tenant: 'damai' },
    { backup: newId(), at: NOW.toISOString() },
  ) as Envelope;
  const signed = async (): Promise<Envelope> => ({ ...order, signature: await callers.signEvent(order) });

  test('is taken from the service that gives it, however its keys are ordered', async () => {
    const { signature, ...rest } = await signed();
    const reordered = Object.fromEntries(Object.entries({ ...rest, signature }).reverse()) as unknown as Envelope;
    expect(await callersOf('erasure').verifyEvent(reordered)).toBe(true);
  });

  test('is refused unsigned, changed, signed by another service, or under another name', async () => {
    const judge = callersOf('erasure');
    const good = await signed();
    expect(await judge.verifyEvent(order)).toBe(false);
    expect(await judge.verifyEvent({ ...good, tenant: 'other' as typeof good.tenant })).toBe(false);
    expect(
      await judge.verifyEvent({ ...good, data: { ...(good.data as object), at: '2020-01-01T00:00:00.000Z' } }),
    ).toBe(false);
    expect(await judge.verifyEvent({ ...order, signature: await judge.signEvent(order) })).toBe(false);
    expect(await judge.verifyEvent({ ...good, type: 'erasure.shred-ordered.v1' })).toBe(false);
    expect(
      await judge.verifyEvent({
        ...good,
        signature: good.signature!.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      }),
    ).toBe(false);
    expect(await judge.verifyEvent({ ...good, signature: 'a.b.c' })).toBe(false);
  });
});

test('whoever proposed may not confirm', () => {
  expect(() => twoPersons('i#lin', { sub: 'i#lin' })).toThrow('a second person must confirm');
  twoPersons('i#lin', { sub: 'i#wang' });
});
