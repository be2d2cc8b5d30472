import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { events, http } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import { newId, newRef } from '@lethe/platform';
import { testContext, type TestContext } from '@lethe/testing';
import { erasure } from './erasure.module.ts';

const POLICY = readFileSync(fileURLToPath(new URL('../../../policies/damai/policy.yaml', import.meta.url)), 'utf8');
const LATER = POLICY.replace("version: '2020-11-18'", "version: '2026-04-01'")
  .replace(/^effectiveFrom:.*$/m, "effectiveFrom: '2026-04-01'")
  .replace(/days: 15\b/, 'days: 30');
const NOW = new Date('2026-04-05T02:00:00.000Z');

let world: TestContext;
let tenant: TenantId;
let digests: { readonly first: string; readonly later: string };
beforeAll(async () => {
  world = await testContext(erasure);
  tenant = await world.openTenant('rights', { at: NOW });
  const { packs, database } = world.context;
  const later = await database.transaction((sql) => packs.keep(sql, { policy: LATER }));
  digests = { first: packs.named('damai').digest, later: later.digest };
  await world.hearEverywhere(events.PackActivatedV1, tenant, {
    packVersion: '2026-04-01',
    packDigest: later.digest,
    effectiveFrom: '2026-03-31T16:00:00.000Z',
  });
});
afterAll(() => world.stop());

const deadline = async () => {
  const asked = await world.ask(
    http.AskErasure,
    { tenant, role: 'backend' },
    { body: { subject: newRef(), kind: 'erasure', idempotencyKey: newId() } },
  );
  return asked.deadline;
};

test('while consent is silent nobody waits longer than under the better version', async () => {
  expect(await deadline()).toBe('2026-04-20');
});

test('who did not agree to the longer deadline is answered in the old one, who did in the new one', async () => {
  world.peers.answer(http.RightsOf, () => ({ version: '2020-11-18', digest: digests.first }));
  expect(await deadline()).toBe('2026-04-20');
  world.peers.answer(http.RightsOf, () => ({ version: '2026-04-01', digest: digests.later }));
  expect(await deadline()).toBe('2026-05-05');
});
