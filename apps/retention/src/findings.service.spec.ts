import { events, http } from '@lethe/contracts';
import type { LabeledValue, Metrics } from '@lethe/platform';
import { Dates } from './dates.ts';
import { FindingsService } from './findings.service.ts';
import {
  admit,
  asker,
  carryOut,
  eachWithItsTenant,
  matterId,
  orders,
  person,
  rig,
  sweep,
  tenant,
  TODAY,
} from './retention.contract.ts';

eachWithItsTenant();

const findings = async () => (await rig.ask(http.Findings, asker(tenant).officer)).findings;
const open = async () => (await findings()).filter(({ resolvedAt }) => resolvedAt === undefined);

describe('what waits for its anchor', () => {
  test('is listed from its limit on, once, and never given a date', async () => {
    const matter = matterId();
    const subject = person();
    await admit(rig, tenant, { subject, matter, limit: TODAY });
    await admit(rig, tenant, { subject, matter, limit: TODAY });
    await admit(rig, tenant, { matter: matterId(), limit: '2026-03-03' });
    await Promise.all([sweep(rig, tenant), sweep(rig, tenant), sweep(rig, tenant)]);
    expect(await open()).toMatchObject([
      { kind: 'waiting-past-limit', class: 'orders', about: matter, since: TODAY, parts: 2 },
    ]);
    expect(await orders(rig, tenant)).toEqual([]);
    expect(await rig.ask(http.Findings, asker(tenant).officer)).toMatchObject({ open: { 'waiting-past-limit': 1 } });
  });

  test('leaves the list the moment the anchor comes, and its matter is forgotten there', async () => {
    const matter = matterId();
    const subject = person();
    await admit(rig, tenant, { subject, matter, limit: TODAY });
    await sweep(rig, tenant);
    await rig.hear(
      events.MatterDatedV1,
      { tenant, subject },
      { matter, class: 'orders', to: '2026-04-01', method: 'delete', custody: 'lethe', parts: 1 },
    );
    const [resolved] = await findings();
    expect(resolved).toMatchObject({ kind: 'waiting-past-limit', resolvedAt: expect.any(String) });
    expect(JSON.stringify(await findings())).not.toContain(matter);
  });

  test('stays listed while a part of the matter still waits', async () => {
    const matter = matterId();
    const subject = person();
    await admit(rig, tenant, { subject, matter, limit: TODAY });
    await admit(rig, tenant, { subject, matter, limit: TODAY });
    await sweep(rig, tenant);
    const remove = (parts: number) =>
      rig.hear(events.PartsRemovedV1, { tenant, subject }, { tallies: [{ class: 'orders', matter, parts }] });
    await remove(1);
    await sweep(rig, tenant);
    expect(await open()).toHaveLength(1);
    await remove(1);
    expect(await open()).toEqual([]);
  });

  test('of many matters is listed completely, page by page', async () => {
    await rig.database.database.within(tenant, (sql) =>
      sql.query(
        `insert into waiting_tally (tenant, class, matter, custody, method, limit_on, parts)
         select $1, 'orders', 'm' || n, 'lethe', 'delete', $2::date, 1 from generate_series(1, 2500) as n`,
        [tenant, TODAY],
      ),
    );
    await sweep(rig, tenant);
    const counts = async () => (await rig.ask(http.Findings, asker(tenant).officer)).open['waiting-past-limit'] ?? 0;
    expect(await counts()).toBe(2500);
    await rig.database.database.within(tenant, (sql) =>
      sql.query(`delete from waiting_tally where tenant = $1 and matter <> 'm7'`, [tenant]),
    );
    await sweep(rig, tenant);
    expect(await counts()).toBe(1);
  });
});

test('a class that no rule of the pack covers is a finding while it has parts', async () => {
  const { subject } = await admit(rig, tenant, { class: 'forgotten-class', disposal: '2026-04-01' });
  await sweep(rig, tenant);
  expect(await open()).toMatchObject([{ kind: 'uncovered-class', class: 'forgotten-class', parts: 1 }]);
  await rig.hear(
    events.PartsRemovedV1,
    { tenant, subject },
    { tallies: [{ class: 'forgotten-class', disposal: '2026-04-01', parts: 1 }] },
  );
  await sweep(rig, tenant);
  expect(await open()).toEqual([]);
});

test('an order nobody answers for an hour is a finding for each who is silent, until the last has answered', async () => {
  await admit(rig, tenant, { disposal: TODAY });
  await admit(rig, tenant, { disposal: TODAY, custody: 'platform' });
  await sweep(rig, tenant);
  expect(await open()).toEqual([]);
  rig.clock.advance(60 * 60_000);
  await sweep(rig, tenant);
  const order = (await orders(rig, tenant))[0]!;
  const silent = async () => (await open()).map(({ kind, about }) => `${kind} ${about ?? ''}`).sort();
  expect(await silent()).toEqual([`ack-overdue ${order.order} lethe`, `ack-overdue ${order.order} platform`]);
  await carryOut(rig, tenant, order, { found: 1 });
  await sweep(rig, tenant);
  expect(await silent()).toEqual([`ack-overdue ${order.order} platform`]);
  await rig.ask(http.AckDisposal, asker(tenant).backend, {
    params: { order: order.order },
    body: { found: 1, deleted: 1, rescan: 0 },
  });
  await sweep(rig, tenant);
  expect(await silent()).toEqual([]);
});

test('a finding is for officers, operators and auditors, of their own tenant', async () => {
  await admit(rig, tenant, { matter: matterId(), limit: TODAY });
  await sweep(rig, tenant);
  expect(await rig.request(http.Findings, asker(tenant).backend)).toMatchObject({ status: 403 });
  const other = await rig.openTenant(`other-${tenant}`);
  expect((await rig.ask(http.Findings, asker(other).officer)).findings).toEqual([]);
});

test('what is found is counted for those who watch', async () => {
  await admit(rig, tenant, { matter: matterId(), limit: TODAY });
  const read = new Map<string, () => Promise<number | readonly LabeledValue[]>>();
  const metrics: Metrics = { gauge: (name, _, of) => void read.set(name, of), counter: () => () => undefined };
  const counting = new FindingsService({ ...rig.context, metrics }, new Dates(rig.context));
  const measured = async () => {
    const values = await read.get('findings')!();
    return typeof values === 'number'
      ? values
      : values.find(({ labels }) => labels.kind === 'waiting-past-limit')!.value;
  };
  const before = await measured();
  await counting.look(tenant, rig.clock.now());
  expect(await measured()).toBe(before + 1);
});
