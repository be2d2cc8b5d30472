import { events, http } from '@lethe/contracts';
import { takesBack } from './domain/registry.ts';
import { eachWithItsTenant, tenant, world } from './erasure.contract.ts';

eachWithItsTenant();

const officer = (sub: string) => ({ tenant, role: 'officer' as const, sub });
const register = async (...classes: string[]) => {
  const { status, body } = await world.request(
    http.RegisterParticipant,
    { tenant, role: 'backend' },
    { body: { participant: 'archive', classes } },
  );
  return { status, ...(body as { code?: string; field?: string; registryVersion?: number }) };
};
const params = { participant: 'archive' };
const leave = () => world.ask(http.LeaveParticipant, officer('ana'), { params, body: { because: 'moved' } });
const close = () => world.ask(http.CloseParticipant, officer('ben'), { params });
const classes = async () => (await world.ask(http.Participants, officer('ana'))).participants[0]?.classes;
const told = async () =>
  (await world.announced(events.ParticipantRegisteredV1))
    .filter((one) => one.tenant === tenant)
    .map(({ data }) => data.classes);
const REFUSED = { status: 409, code: 'erasure/fewer-classes', field: 'classes' };

test('a store does not take classes back: whoever addresses orders is told nothing, and the rest stands', async () => {
  expect(await register('logs', 'media')).toMatchObject({ status: 200, registryVersion: 1 });
  for (const fewer of [['logs'], ['media', 'orders'], ['logs.2026-01-01', 'media'], []])
    expect({ fewer, ...(await register(...fewer)) }).toMatchObject(REFUSED);
  expect(await classes()).toEqual(['logs', 'media']);
  expect(await told()).toEqual([['logs', 'media']]);
});

test('it may name more, and the same again', async () => {
  await register('logs');
  expect(await register('logs', 'media')).toMatchObject({ status: 200, registryVersion: 2 });
  expect(await register('media', 'logs')).toMatchObject({ status: 200, registryVersion: 2 });
  expect(await told()).toEqual([['logs'], ['logs', 'media']]);
});

test('with fewer it registers anew after an officer has said that it left and another has closed it, and not before', async () => {
  await register('logs', 'media');
  await leave();
  expect(await register('logs')).toMatchObject(REFUSED);
  // With all that it had it takes part again, and nobody has closed anything.
  expect(await register('media', 'logs')).toMatchObject({ status: 200, registryVersion: 3 });
  await leave();
  await close();
  expect(await register('logs')).toMatchObject({ status: 200, registryVersion: 5 });
  expect(await classes()).toEqual(['logs']);
  expect(await register()).toMatchObject(REFUSED);
});

test('two at once: whichever comes second is judged by what the first has said', async () => {
  const both = await Promise.all([register('logs', 'media'), register('logs')]);
  expect(await classes()).toEqual(['logs', 'media']);
  expect(both[0]).toMatchObject({ status: 200 });
});

test.each([
  [[], [], false],
  [[], ['logs'], true],
  [['logs'], [], true],
  [['logs'], ['logs', 'media'], false],
  [['logs', 'media'], ['media'], true],
  // A class takes in every schedule of it; one schedule is not the class.
  [['logs.2026-01-01'], ['logs'], false],
  [['logs'], ['logs.2026-01-01'], true],
])('from %j to %j: less is %s', (has, says, less) => expect(takesBack(has, says)).toBe(less));
