import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import type { TenantId } from '@lethe/kernel';
import { startKeyring, TENANT, type KeyringBench } from './keyring.contract.ts';

let bench: KeyringBench;
beforeAll(async () => {
  bench = await startKeyring();
}, 120_000);
afterAll(() => bench?.stop());

const publicOf = (x: string) => createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });

test('replicas that ask at once are given one key, and both open it', async () => {
  const [one, two] = [await bench.keyring(), await bench.keyring()];
  const [x, y] = await Promise.all([
    one.intakeKeys.make(TENANT, '2026-11-22T17'),
    two.intakeKeys.make(TENANT, '2026-11-22T17'),
  ]);
  expect(x).toBe(y);
  const platform = generateKeyPairSync('x25519');
  const secret = diffieHellman({ privateKey: platform.privateKey, publicKey: publicOf(x) });
  const opened = await two.intakeKeys.open(TENANT, '2026-11-22T17');
  expect(diffieHellman({ privateKey: opened!, publicKey: platform.publicKey })).toEqual(secret);
});

test('each tenant has a key of its own for the same hour', async () => {
  const keyring = await bench.keyring();
  expect(await keyring.intakeKeys.make('other' as TenantId, '2026-11-22T17')).not.toBe(
    await keyring.intakeKeys.make(TENANT, '2026-11-22T17'),
  );
});

test('a key outlives the end of an epoch and nothing outlives its destruction', async () => {
  const keyring = await bench.keyring();
  const x = await keyring.intakeKeys.make(TENANT, '2026-11-22T18');
  await keyring.rotateEpoch();
  const key = await keyring.intakeKeys.open(TENANT, '2026-11-22T18');
  expect(createPublicKey(key!).export({ format: 'jwk' }).x).toBe(x);
  expect(await keyring.intakeKeys.destroy(TENANT, '2026-11-22T18')).toBe(true);
  expect(await keyring.intakeKeys.destroy(TENANT, '2026-11-22T18')).toBe(false);
  expect(await keyring.intakeKeys.open(TENANT, '2026-11-22T18')).toBeUndefined();
  expect(await keyring.intakeKeys.living(TENANT)).not.toContain('2026-11-22T18');
});
