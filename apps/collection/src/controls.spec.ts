import { generateKeyPairSync } from 'node:crypto';
import { Readable } from 'node:stream';
import { events, http } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import { eventually, testContext, type TestContext } from '@lethe/testing';
import { collection } from './index.ts';

let world: TestContext;
beforeAll(async () => {
  world = await testContext(collection, { keyring: true });
}, 120_000);
afterAll(() => world?.stop());

const SHA256 = 'a'.repeat(64);

test('evidence is of the kind the policy asks for, for a control it names, and by an officer or operator', async () => {
  const tenant = await world.openTenant('controls', { at: new Date('2027-01-10T04:00:00.000Z') });
  const officer = { tenant, role: 'officer' as const };
  const file = (control: string, kind: string, role: 'officer' | 'backend' = 'officer') =>
    world.ask(
      http.FileControlEvidence,
      { tenant, role },
      {
        params: { control },
        body: { kind, sha256: SHA256 },
      },
    );
  await expect(file('moat', 'tls-probe')).rejects.toMatchObject({ code: 'collection/no-such-control' });
  await expect(file('transport', 'rumor')).rejects.toMatchObject({ code: 'collection/other-evidence', field: 'kind' });
  await expect(file('transport', 'tls-probe', 'backend')).rejects.toMatchObject({ kind: 'forbidden' });
  expect(await file('transport', 'tls-probe')).toEqual({ control: 'transport', until: '2027-01-11' });
  const { controls } = await world.ask(http.Controls, officer, {});
  expect(controls.find(({ control }) => control === 'transport')).toMatchObject({ state: 'current' });
  expect(controls.find(({ control }) => control === 'equal-protection')).toMatchObject({ state: 'missing' });
});

test('stored rows hold no value, and a value that lay there in clear would be found', async () => {
  const tenant = await world.openTenant('stored', { at: new Date('2027-01-10T04:00:00.000Z') });
  await world.hearEverywhere(events.HeartbeatV1, 'lethe', { beat: 1 });
  const backend = { tenant, role: 'backend' as const };
  const auditor = { tenant, role: 'auditor' as const };
  const { subject } = await world.ask(http.SubjectOf, backend, { body: { userId: 'u-1' } });
  const submission = (model: string) => ({
    idempotencyKey: newId(),
    subject,
    purpose: 'security',
    fields: { 'device-model': model },
  });
  const { answers } = await world.ask(http.Collect, backend, {
    body: { submissions: [submission('a secret model'), submission('lethe')] },
  });
  expect(answers).toMatchObject([{ outcome: 'admitted' }, { outcome: 'admitted' }]);
  const look = () => world.ask(http.StoredAs, auditor, { query: { subject } });
  expect(await look()).toMatchObject({ parts: 2, sealed: 2, weaker: [], values: 2, inClear: 1 });
  await expect(world.ask(http.StoredAs, backend, { query: { subject } })).rejects.toMatchObject({ kind: 'forbidden' });
});

test('a backup as it lies holds no value, and a value that lay there in clear would be found', async () => {
  const tenant = await world.openTenant('kept-safe', { at: new Date('2027-01-10T04:00:00.000Z') });
  await world.hearEverywhere(events.HeartbeatV1, 'lethe', { beat: 1 });
  const { subject } = await world.ask(http.SubjectOf, { tenant, role: 'backend' }, { body: { userId: 'u-1' } });
  const submissions = [
    { idempotencyKey: newId(), subject, purpose: 'security', fields: { 'device-model': 'a secret model' } },
  ];
  await world.ask(http.Collect, { tenant, role: 'backend' }, { body: { submissions } });
  const look = (backup: string, of = tenant) =>
    world.ask(http.StoredAs, { tenant: of, role: 'auditor' }, { query: { subject, backup } });

  const sealed = newId();
  const { publicKey } = generateKeyPairSync('x25519');
  await world.hear(
    events.BackupKeyMadeV1,
    { tenant, slot: 1 },
    { backup: sealed, publicKey: publicKey.export({ format: 'jwk' }).x! },
  );
  await eventually(
    async () => (await world.announced(events.CollectionBackupTakenV2)).some(({ data }) => data.backup === sealed),
    { what: 'that the backup is taken' },
  );
  const { backup } = await look(sealed);
  expect(backup).toMatchObject({ inClear: 0, values: 1 });
  expect(backup!.bytes).toBeGreaterThan(1_000);
  const part = { service: 'collection', tenant };
  await world.context.backups.isolate(tenant, sealed);
  expect((await look(sealed)).backup).toEqual(backup);

  const inClear = newId();
  await world.context.backups.write({ ...part, backup: inClear }, Readable.from([Buffer.from('{"a secret model"}')]));
  expect((await look(inClear)).backup).toEqual({ bytes: 18, inClear: 1, values: 1 });

  const other = await world.openTenant('another', { at: new Date('2027-01-10T04:00:00.000Z') });
  for (const [backupOf, of] of [
    [newId(), tenant],
    [sealed, other],
  ] as const)
    await expect(look(backupOf, of)).rejects.toMatchObject({ code: 'platform/no-backup-file' });
});
