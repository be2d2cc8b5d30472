import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { http } from '@lethe/contracts';
import { testContext, type TestContext } from '@lethe/testing';
import { consent } from './consent.module.ts';

const shipped = fileURLToPath(new URL('../../../policies/reservations', import.meta.url));
const policies = mkdtempSync(join(tmpdir(), 'lethe-left-'));
const deployer = join(policies, 'reservations', 'deployer.yaml');
const caller = { tenant: 'undated', role: 'officer', sub: 'anna' } as const;

let rig: TestContext;
beforeAll(async () => {
  cpSync(shipped, join(policies, 'reservations'), { recursive: true });
  rmSync(deployer);
  rig = await testContext(consent, { policies });
  // Whatever service is asked, this one answers for itself: it hears its own tenants like everyone else.
  Object.assign(rig.peers, {
    applied: (_: string, place: { topic: string; slot: number; number: number }) =>
      rig.context.applied(place.topic, place.slot, place.number, 50_000),
  });
}, 120_000);
afterAll(async () => {
  await rig?.stop();
  rmSync(policies, { recursive: true, force: true });
});

test('a folder whose policy leaves its controller, zone and date to the deployer opens no tenant and becomes no version without them', async () => {
  const body = { tenant: caller.tenant, pack: 'reservations' };
  const refused = await rig.request(http.OpenTenant, undefined, { body });
  expect(refused).toMatchObject({ status: 422, body: { code: 'policy/pack-invalid' } });
  const said = JSON.stringify(refused.body);
  for (const left of ['controller', 'zone', 'effectiveFrom', 'contacts'])
    expect(said).toContain(`deployer-missing: the policy leaves \`${left}\` to the deployer`);
  expect(said).toContain('reservations/policy.yaml:');
  expect(said).not.toContain(policies);

  writeFileSync(deployer, readFileSync(join(shipped, 'deployer.yaml')));
  expect(await rig.request(http.OpenTenant, undefined, { body })).toMatchObject({ status: 200, body });

  const version = '2026-06-01';
  const next = join(policies, 'reservations', 'versions', version);
  cpSync(shipped, next, { recursive: true });
  rmSync(join(next, 'deployer.yaml'));
  const policy = readFileSync(join(next, 'policy.yaml'), 'utf8');
  writeFileSync(join(next, 'policy.yaml'), policy.replace(/^version: .*/m, `version: '${version}'`));
  const propose = (named: string) => rig.request(http.ProposePack, caller, { body: { version: named } });
  expect(await propose(version)).toMatchObject({ status: 422, body: { code: 'policy/pack-invalid' } });
  expect(await propose('2026-07-01')).toMatchObject({
    status: 404,
    body: { code: 'platform/version-unknown', field: 'version' },
  });
}, 60_000);
