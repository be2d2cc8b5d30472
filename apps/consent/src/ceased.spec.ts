import { events, http } from '@lethe/contracts';
import type { SubjectRef, TenantId } from '@lethe/kernel';
import { newId } from '@lethe/platform';
import { person, startConsent } from './consent.contract.ts';

const AT = '2026-03-02T02:00:00.000Z';
const LATER = '2026-03-09T02:00:00.000Z';
const CLOSED = { outcome: 'refused', refusal: { code: 'tenant-closed', clause: 'DM-CES-01' } };

let rig: Awaited<ReturnType<typeof startConsent>>;
let tenant: TenantId;
let tenants = 0;
beforeAll(async () => {
  rig = await startConsent();
});
beforeEach(async () => {
  tenants += 1;
  tenant = await rig.test.openTenant(`closing-${String(tenants)}`, { pack: 'damai', at: new Date(AT) });
});
afterAll(() => rig.test.stop());

const act = async (subject: SubjectRef, state: 'given' | 'refused' | 'withdrawn', over: object = {}) => {
  const body = { acts: [{ subject, purpose: 'personalized-display', state, level: 'opt-in' as const, ...over }] };
  return (await rig.test.ask(http.ActOnConsent, { tenant, role: 'backend' }, { body })).outcomes[0];
};
const acts = async (subject: SubjectRef) =>
  (await rig.test.ask(http.ConsentHistory, { tenant, role: 'officer' }, { params: { subject } })).acts.map(
    ({ state }) => state,
  );
const ended = (at: string, slot: number) =>
  rig.test.hear(events.CollectingEndedV1, { tenant, slot }, { end: newId(), at });
const ceased = (at: string) => rig.test.hear(events.CollectingCeasedV1, { tenant, slot: 0 }, { at });

test('nobody agrees to anything of a tenant that has ended; taking back and saying no stay possible', async () => {
  const [subject, other] = [person(), person()];
  expect(await act(subject, 'given')).toMatchObject({ outcome: 'recorded' });
  for (let slot = 0; slot < rig.test.slots; slot += 1) await ended(AT, slot);
  expect(await act(other, 'given')).toMatchObject(CLOSED);
  // When it is said to have been done changes nothing, nor that it was done before Lethe was here.
  expect(await act(other, 'given', { at: '2026-02-01T00:00:00.000Z' })).toMatchObject(CLOSED);
  const imported = { at: '2025-02-01T00:00:00.000Z', imported: { unknown: [] } };
  expect(await act(other, 'given', imported)).toMatchObject(CLOSED);
  expect(await act(other, 'refused')).toMatchObject({ outcome: 'recorded' });
  expect(await act(subject, 'withdrawn')).toMatchObject({ outcome: 'effective' });
  expect(await act(subject, 'given')).toMatchObject(CLOSED);
  expect([await acts(subject), await acts(other)]).toEqual([['given', 'withdrawn'], ['refused']]);
});

test('what an officer has stopped for a day to come is agreed to until then; said again for later, or by two, the earlier stands', async () => {
  const subject = person();
  await ceased(LATER);
  expect(await act(subject, 'given')).toMatchObject({ outcome: 'recorded' });
  await ceased('2026-04-01T00:00:00.000Z');
  await ended('2026-05-01T00:00:00.000Z', 0);
  await rig.test.moveClock(tenant, new Date(LATER));
  expect(await act(person(), 'given')).toMatchObject(CLOSED);
});

test('another tenant goes on', async () => {
  await ceased(AT);
  expect(await act(person(), 'given')).toMatchObject(CLOSED);
  tenant = await rig.test.openTenant('goes-on', { pack: 'damai', at: new Date(AT) });
  expect(await act(person(), 'given')).toMatchObject({ outcome: 'recorded' });
});
