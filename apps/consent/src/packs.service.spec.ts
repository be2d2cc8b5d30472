import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tenantId } from '@lethe/kernel';
import { startConsent } from './consent.contract.ts';
import { PacksService } from './packs.service.ts';
import { TenantsService } from './tenants.service.ts';

const POLICY = readFileSync(fileURLToPath(new URL('../../../policies/damai/policy.yaml', import.meta.url)), 'utf8');
const shorter = POLICY.replace("version: '2020-11-18'", "version: '2020-11-19'");
let rig: Awaited<ReturnType<typeof startConsent>>;
let packs: PacksService;
let tenants: TenantsService;
beforeAll(async () => {
  rig = await startConsent();
  packs = new PacksService(rig.test.context);
  tenants = new TenantsService(rig.test.context);
});
afterAll(() => rig.test.stop());

test('a pack sent as text is kept exactly, and a tenant opened under it is told of by its digest', async () => {
  const sent = await packs.send({ policy: shorter });
  expect(sent).toEqual({
    findings: [],
    pack: 'damai',
    version: '2020-11-19',
    digest: createHash('sha256').update(shorter).digest('hex'),
  });
  const tenant = tenantId('sent');
  expect(await tenants.open({ tenant, pack: 'damai', digest: sent.digest }, rig.test.clock.now())).toMatchObject({
    version: '2020-11-19',
  });
  const [told] = await rig.told(tenant, 'consent.tenant-opened.v1');
  expect(told?.data).toMatchObject({ packDigest: sent.digest });
  expect(await packs.text(tenant, sent.digest ?? '')).toEqual({ policy: shorter });
});

test('a pack with a mistake is answered with where it is, and not kept', async () => {
  const { findings, digest } = await packs.send({ policy: POLICY.replace('kind: PolicyPack', 'kind: Policy') });
  expect(digest).toBeUndefined();
  expect(findings).toEqual([expect.objectContaining({ file: 'policy.yaml', line: 3, code: 'value' })]);
});

test('no tenant is opened under a text nobody has sent, or under another pack’s', async () => {
  const open = (pack: string, digest: string) =>
    tenants.open({ tenant: tenantId('unsent'), pack, digest }, rig.test.clock.now());
  await expect(open('damai', 'a'.repeat(64))).rejects.toMatchObject({ code: 'consent/no-such-pack' });
  const { digest = '' } = await packs.send({ policy: shorter });
  await expect(open('epiao', digest)).rejects.toMatchObject({ code: 'consent/no-such-pack' });
});

test('a text that is kept is never changed or removed, whoever asks the database', async () => {
  const { digest } = await packs.send({ policy: shorter });
  for (const statement of [`update known_pack set policy = ''`, `delete from known_pack`])
    await expect(
      rig.test.context.database.transaction((sql) => sql.query(`${statement} where digest = $1`, [digest])),
    ).rejects.toThrow();
});
