import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { http } from '@lethe/contracts';
import { type SubjectRef, tenantId } from '@lethe/kernel';
import { bootstrap, openBeside, type Running } from '@lethe/platform';
import { installationOf } from '../installation.ts';
import { SERVICES } from '../services.ts';
import { drill, losing, type Lose } from './drill.ts';
import { Instance } from './instance.ts';

const folder = mkdtempSync(join(tmpdir(), 'lethe-demo-drill-'));
const home = join(folder, 'home');
const at = '2026-03-02T02:00:00.000Z';
let running: Running;
beforeAll(async () => {
  running = await bootstrap(SERVICES, {
    ...installationOf({ LETHE_HOME: home, LETHE_PORT: '0', LETHE_REGION: 'CN' }),
    volatile: true,
  });
}, 120_000);
afterAll(async () => {
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

/** A tenant with two people, of whom something is in a backup; one of them is the drill's. */
async function begun(tenant: string): Promise<{ people: SubjectRef[]; drilled: Drilling }> {
  const instance = new Instance(running.url, tenant);
  await instance.open('damai', new Date(at));
  const platform = instance.platform();
  const people = [await platform.subject('one'), await platform.subject('other')];
  const answers = await platform.collect(
    people.map((subject) => ({
      idempotencyKey: subject,
      subject,
      purpose: 'display-and-logs',
      collectedAt: at,
      channel: 'app',
      fields: { 'viewed-content': 'concert', 'ip-address': '10.24.31.7' },
    })),
  );
  expect(answers.map(({ outcome }) => outcome)).toEqual(['admitted', 'admitted']);
  await platform.close();
  await instance.ask('operator', http.TakeBackup, { body: { waitMs: 30_000 } });
  const drilled = (lose: Lose) => drill(instance, { quiet: () => people.slice(0, 1), erased: [], lose });
  return { people, drilled };
}
type Drilling = (lose: Lose) => ReturnType<typeof drill>;

/** By a look into the database. */
async function partsOf(tenant: string, subject: SubjectRef): Promise<string[]> {
  const database = await openBeside('collection', { home });
  const rows = await database.within(tenantId(tenant), (sql) =>
    sql.query<{ part: string }>('select part from part where subject = $1 order by part', [subject]),
  );
  await database.close();
  return rows.map(({ part }) => part);
}

test('what is deleted by hand comes back, and the drill sees a hand that deletes more, or nothing', async () => {
  const { people, drilled } = await begun('drilled');
  const mine = await partsOf('drilled', people[0]!);
  expect(mine.length).toBeGreaterThan(0);
  const done = await drilled(losing({ home }, 'drilled'));
  expect(done).toMatchObject({
    lost: { parts: mine.length, people: 1 },
    report: { restored: mine.length, dropped: 0 },
  });
  expect(await partsOf('drilled', people[0]!)).toEqual(mine);

  const everything: Lose = async () => {
    const database = await openBeside('collection', { home });
    await database.within(tenantId('everything'), (sql) => sql.query('delete from part'));
    await database.close();
  };
  await expect((await begun('everything')).drilled(everything)).rejects.toMatchObject({ code: 'demo/came-back' });
  await expect((await begun('nothing')).drilled(() => Promise.resolve())).rejects.toMatchObject({
    code: 'demo/not-lost',
  });
}, 120_000);

test('a hand reaches the rows of its own tenant only, in a home of mode development only; without one the drill says that nothing was lost', async () => {
  const [{ people, drilled }] = [await begun('mine'), await begun('another')];
  const mine = await partsOf('mine', people[0]!);
  await expect(losing({ home }, 'another')(mine)).rejects.toMatchObject({ code: 'demo/other-instance' });
  // All or none.
  await expect(losing({ home }, 'mine')([...mine, crypto.randomUUID()])).rejects.toMatchObject({
    code: 'demo/other-instance',
  });
  expect(await partsOf('mine', people[0]!)).toEqual(mine);

  const production = join(folder, 'production');
  mkdirSync(production);
  writeFileSync(join(production, 'mode'), 'production');
  await expect(losing({ home: production }, 'mine')(mine)).rejects.toMatchObject({ code: 'platform/production' });
  const nowhere = join(folder, 'nowhere');
  const without = await drilled(losing({ home: nowhere }, 'mine'));
  expect(without).toMatchObject({ lost: { nothing: 'no installation is there' }, report: { restored: 0 } });
  expect(existsSync(nowhere)).toBe(false);
}, 120_000);
