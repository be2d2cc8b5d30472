import type { TenantId } from '@lethe/kernel';
import { newSubject, part, read, sealed, startKeyring, TENANT, type KeyringBench } from './keyring.contract.ts';
import type { Keyring } from './keyring.ts';

/** The tenant that ends in each of these. */
const ENDING = 'epiao' as TenantId;

let bench: KeyringBench;
let keyring: Keyring;
let elsewhere: Keyring;
beforeAll(async () => {
  bench = await startKeyring();
  [keyring, elsewhere] = [await bench.keyring(), await bench.keyring()];
});
afterAll(() => bench.stop());

test('with its tenant every key dies, in every process, and nothing of another tenant', async () => {
  const { subject } = await keyring.subjectOf(ENDING, 'user-1');
  const matter = await keyring.matterOf(ENDING, subject, 'order', '1');
  const dated = await sealed(
    keyring,
    part({ subject, time: { kind: 'day', day: '2030-01-01', class: 'orders' } }),
    ENDING,
  );
  const waiting = await sealed(keyring, part({ subject, time: { kind: 'matter', matter, class: 'orders' } }), ENDING);
  const kept = await sealed(
    keyring,
    part({ subject, time: { kind: 'day', day: '2030-01-02', class: 'orders' } }),
    ENDING,
  );
  await keyring.keep(ENDING, 'a-hold', [kept]);
  await keyring.intakeKeys.make(ENDING, '2026-11-22T17');
  await keyring.intakeKeys.make(TENANT, '2026-11-22T17');
  const neighbour = await sealed(keyring, part({ time: { kind: 'day', day: '2030-01-01', class: 'orders' } }));
  for (const item of [dated, waiting, kept]) expect(await read(elsewhere, item, ENDING)).toBe('演出票 1 张');

  const first = await keyring.forgetTenant(ENDING, 7);
  expect(first.keys).toBeGreaterThanOrEqual(5);
  expect(await keyring.forgetTenant(ENDING, 7)).toEqual(first);
  for (const each of [keyring, elsewhere])
    for (const item of [dated, waiting, kept]) expect(await read(each, item, ENDING)).not.toBe('演出票 1 张');
  expect(await read(elsewhere, neighbour)).toBe('演出票 1 张');
  expect(await keyring.findSubject(ENDING, 'user-1')).toBeUndefined();
  expect(await keyring.intakeKeys.oldest()).toEqual(new Map([[TENANT, '2026-11-22T17']]));
});

test('after its end no key and no name is made for a tenant again', async () => {
  await keyring.forgetTenant(ENDING, 7);
  await expect(keyring.subjectOf(ENDING, 'user-2')).rejects.toThrow('LE003');
  await expect(
    sealed(keyring, part({ subject: newSubject(), time: { kind: 'day', day: '2031-01-01', class: 'orders' } }), ENDING),
  ).rejects.toThrow('LE003');
  await expect(keyring.subjectOf(TENANT, 'user-2')).resolves.toMatchObject({ created: true });
});
