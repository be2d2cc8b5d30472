import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { http } from '@lethe/contracts';
import { TypeOrmDatabase } from '@lethe/platform';
import { eventually, testContext, type TestContext } from '@lethe/testing';
import { Background } from './background.ts';
import { CollectionService } from './collection.service.ts';
import { Epochs } from './epochs.ts';
import { CollectionClock } from './collection.clock.ts';
import { collection } from './collection.module.ts';
import type { Room } from './room.ts';

let service: TestContext;
let keys: TypeOrmDatabase;
beforeAll(async () => {
  service = await testContext(collection, { keyring: true });
  keys = await TypeOrmDatabase.open({ ...service.database.postgres.server.admin, database: 'lethe_keyring' });
}, 60_000);
afterAll(async () => {
  await keys.close();
  await service.stop();
});

const sql = <Row>(text: string): Promise<Row[]> => keys.transaction((at) => at.query<Row>(text));
const state = async () => {
  const [row] = await sql<{ epoch: number; index: number; tags: number }>(
    `select (select number from keyring.epoch where state = 'current') as epoch,
            (select version from keyring.index_key where state = 'current') as index,
            (select count(distinct version)::int from keyring.name_tag) as tags`,
  );
  return row!;
};

/** The clock door of another process on the same installation, started just now. */
function startedAnew(): CollectionClock {
  const { context } = service;
  const room = { context, keyring: context.keyring } as Room;
  return new CollectionClock(room, {} as never, new Epochs(room));
}

test('an epoch a day old ends and a blind index 30 days old is made anew, however often the process is started', async () => {
  const tenant = await service.openTenant();
  const asked = { body: { userId: 'somebody' } };
  const backend = { tenant, role: 'backend' } as const;
  const { subject } = await service.ask(http.SubjectOf, backend, asked);
  const before = await state();

  await startedAnew().renew();
  expect(await state()).toEqual(before);

  await sql(`update keyring.epoch set started_at = started_at - interval '25 hours' where state = 'current'`);
  await startedAnew().renew();
  expect(await state()).toEqual({ ...before, epoch: before.epoch + 1 });

  await sql(`update keyring.index_key set made_at = made_at - interval '30 days'`);
  await startedAnew().renew();
  expect(await state()).toEqual({ epoch: before.epoch + 1, index: before.index + 1, tags: 1 });
  // The same person is still found, under the new key.
  expect(await service.ask(http.SubjectOf, backend, asked)).toMatchObject({ subject });
  await startedAnew().renew();
  expect(await state()).toEqual({ epoch: before.epoch + 1, index: before.index + 1, tags: 1 });
});

test('what came to its date goes when a process starts, however often it is started; one tenant’s trouble keeps no other’s', async () => {
  const [troubled, tenant] = [await service.openTenant('troubled'), await service.openTenant('untroubled')];
  const refusals = () =>
    service.database.database.within(tenant, (at) => at.query('select 1 from refusal where tenant = $1', [tenant]));
  const { subject } = await service.ask(http.SubjectOf, { tenant, role: 'backend' }, { body: { userId: 'refused' } });
  const submission = { idempotencyKey: 'refused-1', subject, purpose: 'no-such-purpose', fields: { nickname: 'x' } };
  const { answers } = await service.ask(
    http.Collect,
    { tenant, role: 'backend' },
    { body: { submissions: [submission] } },
  );
  expect(answers).toMatchObject([{ outcome: 'refused' }]);
  expect(await refusals()).toHaveLength(1);
  await service.moveClock(tenant, new Date(service.clock.now().getTime() + 4 * 366 * 86_400_000));
  expect(await refusals()).toHaveLength(1);

  const room = Reflect.get(service.inside(CollectionService), 'room') as Room;
  const background = new Background(room);
  const prune = background.prune.bind(background);
  background.prune = (of) => (of === troubled ? Promise.reject(new Error('trouble')) : prune(of));
  const clock = new CollectionClock(room, background, new Epochs(room));
  await clock.start();
  await eventually(async () => (await refusals()).length === 0);
  await clock.stop();
});
