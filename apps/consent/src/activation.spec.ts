import { tenantId, type SubjectRef } from '@lethe/kernel';
import type { Caller } from '@lethe/platform';
import { person, policyWith, startConsent } from './consent.contract.ts';
import { ConsentService } from './consent.service.ts';
import { PacksService } from './packs.service.ts';
import { ReceiptsService } from './receipts.service.ts';
import { TenantsService } from './tenants.service.ts';

const CHANGES = `
  publishOn: [policy-page]
  major:
    rights: { name: { en: Rights, zh-CN: 权利 }, what: [requests], reconsent: none, clause: DM-UPD-07 }
  majorNotice: [site-push]
  noticeDays: 0
  reduction: { level: explicit, clause: DM-UPD-01 }
  clause: DM-UPD-02`;
const first = policyWith({ changes: CHANGES });
const later = first
  .replace("version: '2020-11-18'", "version: '2026-04-01'")
  .replace(/^effectiveFrom:.*$/m, "effectiveFrom: '2026-04-01'")
  .replace(/^notices:.*\n/m, '')
  .replace(/days: 15\b/, 'days: 30')
  .concat("notices: ['2020-11-18']\n");
const on = (channel: string) => ({ channel, at: '2026-03-20T00:00:00Z' });

let rig: Awaited<ReturnType<typeof startConsent>>;
let packs: PacksService;
let tenants: TenantsService;
/** Services that have not heard yet. */
const deaf = new Set<string>();
beforeAll(async () => {
  rig = await startConsent();
  packs = new PacksService(rig.test.context);
  tenants = new TenantsService(rig.test.context);
  // This service hears itself, as in an installation; the others are taken to have heard.
  Object.assign(rig.test.peers, {
    applied: (service: string, place: { topic: string; slot: number; number: number }) =>
      service === 'consent'
        ? rig.test.context.applied(place.topic, place.slot, place.number, 50_000)
        : !deaf.has(service),
  });
});
afterAll(() => rig.test.stop());

const now = (): Date => rig.test.clock.now();
async function open(name: string) {
  const tenant = tenantId(name);
  const { digest } = await packs.send({ policy: first });
  await tenants.open({ tenant, pack: 'damai', digest, startAt: new Date('2026-03-25T02:00:00Z') }, now());
  const sent = await packs.send({ policy: later });
  expect(sent.findings).toEqual([]);
  const by = (sub: string): Caller => ({ tenant, role: 'officer', sub });
  return { tenant, by, digest: sent.digest ?? '' };
}

test('a version governs from its first day on, activated by two people, and everybody hears of it', async () => {
  const { tenant, by, digest } = await open('activated');
  await expect(packs.propose(by('idp#ana'), { publications: [] }, now())).rejects.toMatchObject({
    code: 'consent/which-version',
    field: 'version',
  });
  const proposed = await packs.propose(
    by('idp#ana'),
    { digest, publications: [on('policy-page'), on('site-push')] },
    now(),
  );
  expect(proposed).toMatchObject({ changes: ['rights'], reductions: ['requests.deadline.days'], refusals: [] });
  await expect(packs.confirm(by('idp#ana'), proposed.proposal, now())).rejects.toMatchObject({
    code: 'platform/same-person',
  });
  expect(await packs.confirm(by('idp#ben'), proposed.proposal, now())).toMatchObject({
    outcome: 'activated',
    effectiveFrom: '2026-03-31T16:00:00.000Z',
  });
  expect(await rig.told(tenant, 'consent.pack-activated.v1')).toHaveLength(rig.test.slots);
  const governs = async () => (await packs.versions(tenant)).versions.find((one) => one.governs)?.version;
  expect(await governs()).toBe('2020-11-18');
  await tenants.moveClock(tenant, new Date('2026-03-31T16:00:00Z'), now());
  expect(await governs()).toBe('2026-04-01');
  const { packs: shelf } = rig.test.context;
  expect((await shelf.pack(tenant, new Date('2026-03-31T15:59:59.999Z'))).version).toBe('2020-11-18');
  expect(await packs.text(tenant, digest)).toEqual({ policy: later });
});

test('while a service has not heard of an opening, a clock or a version nobody is told that it has; asking again waits again', async () => {
  const { tenant, by, digest } = await open('deaf');
  const publications = [on('policy-page'), on('site-push')];
  const { proposal } = await packs.propose(by('idp#ana'), { digest, publications }, now());
  const asked: readonly [act: () => Promise<unknown>, again: () => Promise<unknown>][] = [
    [() => tenants.moveClock(tenant, new Date('2026-03-30T00:00:00Z'), now()), () => reopen()],
    [confirm, confirm],
  ];
  function reopen(): Promise<unknown> {
    return tenants.open({ tenant, pack: 'damai', startAt: new Date('2026-03-25T02:00:00Z') }, now());
  }
  function confirm(): Promise<unknown> {
    return packs.confirm(by('idp#ben'), proposal, now());
  }
  for (const [act, again] of asked) {
    deaf.add('retention');
    await expect(act()).rejects.toMatchObject({ code: 'consent/not-applied-everywhere' });
    await expect(again()).rejects.toMatchObject({ code: 'consent/not-applied-everywhere' });
    deaf.delete('retention');
    await again();
  }
  // The clock stands where it was moved to, and nothing was opened or activated twice.
  const legalNow = await rig.test.context.clock.legalNow(tenant);
  expect(legalNow.toISOString()).toMatch(/^2026-03-30T00:/);
  expect(await rig.told(tenant, 'consent.tenant-opened.v1')).toHaveLength(rig.test.slots);
  const { versions } = await packs.versions(tenant);
  expect(versions.map(({ version }) => version)).toEqual(['2020-11-18', '2026-04-01']);
});

test('what was not announced as the policy says is not activated, and nothing is told', async () => {
  const { tenant, by, digest } = await open('silent');
  const { proposal } = await packs.propose(by('idp#ana'), { digest, publications: [on('policy-page')] }, now());
  expect(await packs.confirm(by('idp#ben'), proposal, now())).toMatchObject({
    outcome: 'refused',
    refusals: [{ code: 'change-not-announced', clause: 'DM-UPD-07', field: 'publications.site-push' }],
  });
  expect(await rig.told(tenant, 'consent.pack-activated.v1')).toEqual([]);
});

test('a version cannot begin in the past, nor be activated twice', async () => {
  const { tenant, by, digest } = await open('late');
  const publications = [on('policy-page'), on('site-push')];
  const { proposal } = await packs.propose(by('idp#ana'), { digest, publications }, now());
  await tenants.moveClock(tenant, new Date('2026-04-02T00:00:00Z'), now());
  await expect(packs.confirm(by('idp#ben'), proposal, now())).rejects.toMatchObject({
    code: 'consent/begins-too-early',
  });
});

test('who did not agree explicitly to fewer rights keeps those they had; who came later never had them', async () => {
  const { tenant, by, digest } = await open('rights');
  const consents = new ConsentService(rig.test.context);
  const receipts = new ReceiptsService(rig.test.context);
  const agree = (subject: SubjectRef, notice: string, level: 'acceptance' | 'explicit') =>
    consents.act(tenant, [{ subject, purpose: 'policy', state: 'given', level, notice }], 'backend', now());
  const [silent, willing, late] = [person(), person(), person()];
  await agree(silent, '2020-11-18', 'acceptance');
  await agree(willing, '2020-11-18', 'acceptance');
  const { proposal } = await packs.propose(
    by('a'),
    { digest, publications: [on('policy-page'), on('site-push')] },
    now(),
  );
  await packs.confirm(by('b'), proposal, now());
  // Agreed to before it begins, and judged by it.
  expect(await agree(willing, '2026-04-01', 'explicit')).toMatchObject([{ outcome: 'recorded' }]);
  await tenants.moveClock(tenant, new Date('2026-04-02T00:00:00Z'), now());
  await agree(silent, '2026-04-01', 'acceptance');
  await agree(late, '2026-04-01', 'acceptance');
  const rights = async (subject: SubjectRef) => (await receipts.rights(tenant, subject)).version;
  expect(await rights(silent)).toBe('2020-11-18');
  expect(await rights(willing)).toBe('2026-04-01');
  expect(await rights(late)).toBe('2026-04-01');
});

test('a yes that is told late was given under the version of its day, and under none before there was one', async () => {
  const { tenant, by, digest } = await open('told-late');
  const consents = new ConsentService(rig.test.context);
  const publications = [on('policy-page'), on('site-push')];
  const { proposal } = await packs.propose(by('a'), { digest, publications }, now());
  await packs.confirm(by('b'), proposal, now());
  await tenants.moveClock(tenant, new Date('2026-04-02T00:00:00Z'), now());
  const agree = async (over: Partial<Parameters<ConsentService['act']>[1][number]>) => {
    const subject = person();
    const asked = { subject, purpose: 'personalized-display', state: 'given', level: 'opt-in', ...over } as const;
    const [outcome] = await consents.act(tenant, [asked], 'backend', now());
    return { outcome, notice: (await consents.consentsOf(tenant, subject, 'person')).consents[0]?.notice };
  };
  expect(await agree({ at: '2026-03-30T00:00:00Z' })).toMatchObject({ notice: '2020-11-18' });
  expect(await agree({ at: '2026-04-01T00:00:00Z' })).toMatchObject({ notice: '2026-04-01' });
  expect(await agree({})).toMatchObject({ notice: '2026-04-01' });
  // Agreed to while it was announced.
  expect(await agree({ at: '2026-03-30T00:00:00Z', notice: '2026-04-01' })).toMatchObject({ notice: '2026-04-01' });
  for (const notice of [undefined, '2020-11-18'])
    expect(await agree({ at: '2010-01-01T00:00:00Z', notice })).toMatchObject({
      outcome: { outcome: 'refused', refusal: { code: 'policy-not-in-force', field: 'at' } },
      notice: undefined,
    });
  // A no needs no policy, and what was agreed to under an older one is imported.
  expect(await agree({ at: '2010-01-01T00:00:00Z', state: 'refused' })).toMatchObject({
    outcome: { outcome: 'recorded' },
  });
  const imported = { unknown: ['notice' as const] };
  expect(await agree({ at: '2010-01-01T00:00:00Z', imported })).toMatchObject({ outcome: { outcome: 'recorded' } });
});
