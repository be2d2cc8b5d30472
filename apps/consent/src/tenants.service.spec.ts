import { tenantId } from '@lethe/kernel';
import { messagingTableNames } from '@lethe/messaging';
import { FOUNDATION_DECLARATIONS, undeclared, type Caller } from '@lethe/platform';
import { startConsent, SLOTS } from './consent.contract.ts';
import { ConsentHeartbeat, BEAT_EVERY_MS } from './consent.heartbeat.ts';
import { consentDeclarations } from './store/declarations.ts';
import { TenantsService } from './tenants.service.ts';

let rig: Awaited<ReturnType<typeof startConsent>>;
let tenants: TenantsService;
beforeAll(async () => {
  rig = await startConsent();
  tenants = new TenantsService(rig.context);
});
afterAll(() => rig.stop());

const caller = (tenant: string, sub: string): Caller => ({ tenant: tenantId(tenant), role: 'officer', sub });

test('a development tenant stands in every slot with its clock, and opening it again changes nothing', async () => {
  const tenant = tenantId('one');
  const open = () =>
    tenants.open({ tenant, pack: 'damai', startAt: new Date('2022-01-01T00:00:00.000Z') }, rig.clock.machine);
  expect(await open()).toMatchObject({ tenant, pack: 'damai', legalTime: '2022-01-01T00:00:00.000Z' });
  await open();
  expect(await rig.announced('consent.tenant-opened.v1', tenant)).toHaveLength(SLOTS);
  expect(await rig.announced('consent.clock-moved.v1', tenant)).toHaveLength(SLOTS);
});

test('legal time moves forward only, and answers when every service has it', async () => {
  const tenant = tenantId('two');
  await tenants.open({ tenant, pack: 'damai' }, rig.clock.machine);
  rig.asked.length = 0;
  const to = new Date('2027-01-01T00:00:00.000Z');
  expect(await tenants.moveClock(tenant, to, rig.clock.machine)).toEqual({
    legalTime: to.toISOString(),
    offsetMs: to.getTime() - rig.clock.machine.getTime(),
  });
  expect(rig.asked).toHaveLength(SLOTS * 4);
  await expect(tenants.moveClock(tenant, new Date('2026-12-31T00:00:00Z'), rig.clock.machine)).rejects.toMatchObject({
    code: 'consent/clock-backwards',
  });
  rig.applied.delete('erasure');
  await expect(tenants.moveClock(tenant, new Date('2027-02-01T00:00:00Z'), rig.clock.machine)).rejects.toMatchObject({
    kind: 'unavailable',
  });
  rig.applied.add('erasure');
});

test('a production tenant is opened by two different people, once', async () => {
  const { proposal } = await tenants.propose(caller('three', 'idp#ana'), { pack: 'damai' }, rig.clock.machine);
  await expect(tenants.confirm(caller('three', 'idp#ana'), proposal, rig.clock.machine)).rejects.toMatchObject({
    code: 'platform/same-person',
  });
  expect(await rig.announced('consent.tenant-opened.v1', tenantId('three'))).toEqual([]);
  for (let times = 0; times < 2; times += 1) {
    expect(await tenants.confirm(caller('three', 'idp#ben'), proposal, rig.clock.machine)).toMatchObject({
      tenant: 'three',
      pack: 'damai',
    });
  }
  const opened = await rig.announced('consent.tenant-opened.v1', tenantId('three'));
  expect(opened.map(({ data }) => data['movableClock'])).toEqual(Array.from({ length: SLOTS }, () => false));
  await expect(
    tenants.moveClock(tenantId('three'), new Date('2027-01-01T00:00:00Z'), rig.clock.machine),
  ).rejects.toMatchObject({ kind: 'forbidden' });
});

test('nobody confirms what was proposed in another tenant', async () => {
  const { proposal } = await tenants.propose(caller('four', 'idp#ana'), { pack: 'damai' }, rig.clock.machine);
  await expect(tenants.confirm(caller('five', 'idp#ben'), proposal, rig.clock.machine)).rejects.toMatchObject({
    kind: 'missing',
  });
});

test('any number of replicas beat once: one beat in every slot', async () => {
  const heartbeat = new ConsentHeartbeat(rig.context);
  const beats = await Promise.all(Array.from({ length: 3 }, () => heartbeat.beat(rig.clock.machine)));
  expect(beats.filter(Boolean)).toHaveLength(1);
  expect(await heartbeat.beat(new Date(rig.clock.machine.getTime() + BEAT_EVERY_MS))).toBe(true);
  const told = await rig.announced('consent.heartbeat.v1', tenantId('lethe'));
  expect(told.map(({ slot, data }) => [slot, data['beat']])).toEqual(
    [1, 2].flatMap((beat) => Array.from({ length: SLOTS }, (_, slot) => [slot, beat])),
  );
});

test('every column that stands in the database is declared', async () => {
  const open = await rig.admin.transaction((sql) =>
    undeclared(sql, [...FOUNDATION_DECLARATIONS, ...consentDeclarations]),
  );
  expect(open.filter((name) => !(messagingTableNames as readonly string[]).includes(name.split('.')[0] ?? ''))).toEqual(
    [],
  );
});
