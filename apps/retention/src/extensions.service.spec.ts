import { events, http } from '@lethe/contracts';
import { newId } from '@lethe/platform';
import { eventually } from '@lethe/testing';
import { asker, eachWithItsTenant, matterId, NOON, person, rig, tenant } from './retention.contract.ts';

const agreed = [{ name: 'consent', reference: '0190a1b2-0000-7000-8000-000000000001' }];

eachWithItsTenant('legal', 'epiao');

const subject = person();
const body = (over: object = {}) => ({
  scope: { kind: 'matter' as const, matter: matterId(), subject },
  ground: 'user-agreed-longer',
  evidence: agreed,
  until: '2031-03-02',
  ...over,
});
const ask = (over: object = {}) => rig.ask(http.AgreeExtension, asker(tenant).backend, { body: body(over) });
const told = async () =>
  (await rig.announced(events.ExtensionAgreedV2)).filter((event) => event.tenant === tenant).map(({ data }) => data);
/** Agrees, and collection answers. */
async function asked(outcome: 'recorded' | 'too-late' | 'no-consent', order?: string, parts = 2) {
  const answering = ask();
  answering.catch(() => undefined);
  const { extension } = await eventually(async () => (await told())[0]);
  await rig.hear(events.ExtensionRecordedV1, { tenant, subject }, { extension, outcome, order, parts });
  return answering;
}
const list = async () => (await rig.ask(http.Extensions, asker(tenant).officer)).extensions;

test('a ground the pack does not list, one not shown, and a day that is over are refused, and nothing is recorded', async () => {
  expect(await ask({ ground: 'convenience' })).toMatchObject({
    outcome: 'refused',
    refusal: { code: 'extension-not-listed', clause: 'EP-RET-02', field: 'ground' },
  });
  expect(await ask({ evidence: [] })).toMatchObject({
    outcome: 'refused',
    refusal: { code: 'extension-evidence-missing', clause: 'EP-RET-06', field: 'evidence' },
  });
  expect(await ask({ ground: 'special-agreement', evidence: [] })).toMatchObject({
    refusal: { code: 'extension-evidence-missing', clause: 'EP-RET-07' },
  });
  expect(await ask({ until: '2026-03-01' })).toMatchObject({
    outcome: 'refused',
    refusal: { code: 'extension-over', field: 'until' },
  });
  expect(await list()).toEqual([]);
  expect(await told()).toEqual([]);
});

test('an agreed one stands once collection has recorded it, under the clause that allows it', async () => {
  const answer = await asked('recorded');
  expect(answer).toMatchObject({ outcome: 'agreed', parts: 2, clause: 'EP-RET-06' });
  expect(await told()).toMatchObject([
    { goes: '2031-03-03', consent: agreed[0]!.reference, ground: 'user-agreed-longer', evidence: agreed },
  ]);
  expect(await list()).toMatchObject([
    {
      ground: 'user-agreed-longer',
      until: '2031-03-02',
      state: 'in-force',
      agreedBy: 'lethe-development#app',
      parts: 2,
    },
  ]);
});

test('one that came too late names the order', async () => {
  const order = newId();
  await expect(asked('too-late', order)).rejects.toMatchObject({
    code: 'retention/too-late',
    message: expect.stringContaining(order),
  });
});

test('one that names nothing of the person is refused by its field, keeps nothing, and cannot be withdrawn', async () => {
  await expect(asked('recorded', undefined, 0)).rejects.toMatchObject({
    ...{ kind: 'invalid', code: 'retention/nothing-to-extend', field: 'scope.matter' },
  });
  const [{ extension, state }] = (await list()) as [Awaited<ReturnType<typeof list>>[number]];
  expect(state).toBe('nothing');
  await expect(rig.ask(http.WithdrawExtension, asker(tenant).backend, { params: { extension } })).rejects.toMatchObject(
    { code: 'retention/extension-not-in-force' },
  );
});

test('one without its consent is refused', async () => {
  expect(await asked('no-consent')).toMatchObject({ outcome: 'refused', refusal: { code: 'no-consent' } });
});

test('withdrawn it is told to collection once, and ended when collection has let go', async () => {
  const answer = await asked('recorded');
  if (answer.outcome !== 'agreed') throw new Error('not agreed');
  const { extension } = answer;
  const withdraw = () => rig.ask(http.WithdrawExtension, asker(tenant).backend, { params: { extension } });
  expect(await withdraw()).toEqual({ extension, state: 'withdrawn' });
  expect(await withdraw()).toEqual({ extension, state: 'withdrawn' });
  expect(
    (await rig.announced(events.ExtensionWithdrawnV1)).filter((event) => event.data.extension === extension),
  ).toHaveLength(1);
  await rig.hear(
    events.ExtensionEndedV1,
    { tenant, subject },
    { extension, because: 'withdrawn', at: NOON.toISOString() },
  );
  expect(await withdraw()).toEqual({ extension, state: 'ended' });
  expect(await list()).toMatchObject([{ state: 'ended', endedBecause: 'withdrawn' }]);
});

test('a database that has forgotten one has its ground, its clause and its evidence again after a recovery', async () => {
  await asked('recorded');
  const event = (await rig.announced(events.ExtensionAgreedV2)).find((each) => each.tenant === tenant)!;
  const forgetful = await rig.openTenant('forgetful', { pack: 'epiao', at: NOON });
  const { context, opened } = rig.running;
  const again = () =>
    context.database.within(forgetful, (sql) =>
      opened.recovers!.said(sql, forgetful, [{ ...event, tenant: forgetful }]),
    );
  expect(await again()).toEqual([]);
  expect(await again()).toEqual([]);
  const { extensions } = await rig.ask(http.Extensions, asker(forgetful).officer);
  expect(extensions).toMatchObject([
    { ground: 'user-agreed-longer', clause: 'EP-RET-06', evidence: agreed, until: '2031-03-02', state: 'placing' },
  ]);
});
