import { tenantId } from '@lethe/kernel';
import { messagingTableNames } from '@lethe/messaging';
import { FOUNDATION_DECLARATIONS, undeclared, type Caller } from '@lethe/platform';
import { startConsent } from './consent.contract.ts';
import { ConsentHeartbeat, BEAT_EVERY_MS } from './consent.heartbeat.ts';
import { consentDeclarations } from './store/declarations.ts';
import { TenantsService } from './tenants.service.ts';

let rig: Awaited<ReturnType<typeof startConsent>>;
let tenants: TenantsService;
beforeAll(async () => {
  rig = await startConsent();
  tenants = new TenantsService(rig.test.context);
});
afterAll(() => rig.test.stop());

const now = (): Date => rig.test.clock.now();
const caller = (tenant: string, sub: string): Caller => ({ tenant: tenantId(tenant), role: 'officer', sub });

test('a development tenant stands in every slot with its clock, and opening it again changes nothing: its clock is told again', async () => {
  const tenant = tenantId('one');
  const open = () => tenants.open({ tenant, pack: 'damai', startAt: new Date('2022-01-01T00:00:00.000Z') }, now());
  expect(await open()).toMatchObject({ tenant, pack: 'damai', legalTime: '2022-01-01T00:00:00.000Z' });
  await open();
  expect(await rig.told(tenant, 'consent.tenant-opened.v1')).toHaveLength(rig.test.slots);
  const clocks = await rig.told(tenant, 'consent.clock-moved.v1');
  expect(clocks).toHaveLength(2 * rig.test.slots);
  expect(new Set(clocks.map(({ data }) => JSON.stringify(data))).size).toBe(1);
});

test('legal time moves forward only, and answers when every service has it', async () => {
  const tenant = tenantId('two');
  await tenants.open({ tenant, pack: 'damai' }, now());
  rig.asked.length = 0;
  const to = new Date('2027-01-01T00:00:00.000Z');
  const at = now();
  expect(await tenants.moveClock(tenant, to, at)).toEqual({
    legalTime: to.toISOString(),
    offsetMs: to.getTime() - at.getTime(),
  });
  expect(rig.asked.sort()).toEqual(['collection', 'consent', 'erasure', 'retention']);
  await expect(tenants.moveClock(tenant, new Date('2026-12-31T00:00:00Z'), now())).rejects.toMatchObject({
    code: 'consent/clock-backwards',
  });
  rig.applied.delete('erasure');
  await expect(tenants.moveClock(tenant, new Date('2027-02-01T00:00:00Z'), now())).rejects.toMatchObject({
    kind: 'unavailable',
  });
  rig.applied.add('erasure');
});

test('a production tenant is opened by two different people, once', async () => {
  const { proposal } = await tenants.propose(caller('three', 'idp#ana'), { pack: 'damai' }, now());
  await expect(tenants.confirm(caller('three', 'idp#ana'), proposal, now())).rejects.toMatchObject({
    code: 'platform/same-person',
  });
  expect(await rig.told(tenantId('three'), 'consent.tenant-opened.v1')).toEqual([]);
  for (let times = 0; times < 2; times += 1) {
    expect(await tenants.confirm(caller('three', 'idp#ben'), proposal, now())).toMatchObject({
      tenant: 'three',
      pack: 'damai',
    });
  }
  const opened = await rig.told(tenantId('three'), 'consent.tenant-opened.v1');
  expect(opened.map(({ data }) => data['movableClock'])).toEqual(Array.from({ length: rig.test.slots }, () => false));
  await expect(tenants.moveClock(tenantId('three'), new Date('2027-01-01T00:00:00Z'), now())).rejects.toMatchObject({
    kind: 'forbidden',
  });
});

test('nobody confirms what was proposed in another tenant', async () => {
  const { proposal } = await tenants.propose(caller('four', 'idp#ana'), { pack: 'damai' }, now());
  await expect(tenants.confirm(caller('five', 'idp#ben'), proposal, now())).rejects.toMatchObject({
    kind: 'missing',
  });
});

test('any number of replicas beat once: one beat in every slot', async () => {
  const heartbeat = new ConsentHeartbeat(rig.test.context);
  const later = (beats: number) => new Date(now().getTime() + 3_600_000 + beats * BEAT_EVERY_MS);
  const beats = await Promise.all(Array.from({ length: 3 }, () => heartbeat.beat(later(0))));
  expect(beats.filter(Boolean)).toHaveLength(1);
  expect(await heartbeat.beat(later(1))).toBe(true);
  const told = (await rig.told(tenantId('lethe'), 'consent.heartbeat.v1')).slice(-2 * rig.test.slots);
  const [first] = told.map(({ data }) => Number(data['beat']));
  expect(told.map(({ slot, data }) => [slot, Number(data['beat']) - first!])).toEqual(
    [0, 1].flatMap((beat) => Array.from({ length: rig.test.slots }, (_, slot) => [slot, beat])),
  );
});

test('every column that stands in the database is declared', async () => {
  const open = await rig.test.database.admin.transaction((sql) =>
    undeclared(sql, [...FOUNDATION_DECLARATIONS, ...consentDeclarations]),
  );
  expect(open.filter((name) => !(messagingTableNames as readonly string[]).includes(name.split('.')[0] ?? ''))).toEqual(
    [],
  );
});
