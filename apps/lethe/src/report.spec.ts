import { http } from '@lethe/contracts';
import { instance, lethe, running, runsWithTenant } from './running.contract.ts';

runsWithTenant('told');

const page = async (): Promise<string> => {
  const { code, stdout } = await lethe('report', 'told', '--html', '--target', running.url);
  expect(code).toBe(0);
  return stdout;
};
/** The rows under a heading, each as its cells. */
function rows(html: string, language: string, heading: string): string[][] {
  const section = html.slice(html.indexOf(`<article lang="${language}">`));
  const table = section.slice(section.indexOf(`<h2>${heading}</h2>`)).split('</table>')[0] ?? '';
  const body = table.split('<tbody>')[1] ?? '';
  return [...body.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, cells = '']) =>
    [...cells.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell = '']) => cell.replace(/<[^>]+>/g, '')),
  );
}

test('one page says in two languages what is held, what is due, what is kept and why, and what the policy does not state', async () => {
  const platform = instance.platform();
  const [one, other] = [await platform.subject('user-1'), await platform.subject('user-2')];
  const matter = await platform.matter(other, 'order', 'o-1');
  const fields = { 'ip-address': '203.0.113.7' };
  const from = (subject: typeof one, key: string) => ({
    subject,
    purpose: 'display-and-logs',
    declarations: [],
    region: 'CN',
    others: [],
    idempotencyKey: `report-${key}`,
  });
  const answers = await platform.collect([
    { ...from(one, 'a'), fields },
    { ...from(other, 'b'), fields },
    { ...from(other, 'c'), purpose: 'order', matter, fields: ORDER },
  ]);
  expect(answers.map(({ outcome }) => outcome)).toEqual(['admitted', 'admitted', 'admitted']);
  await platform.close();
  const scope = { kind: 'subject', subject: one } as const;
  const hold = { scope, reason: 'litigation', authority: 'court', reviewOn: '2026-12-31' };
  await instance.ask('officer', http.PlaceHold, { body: hold });
  // In the zone of the tenant it is the day after, an hour past midnight.
  await instance.ask('operator', http.MoveClock, { body: { to: '2026-07-15T17:00:00Z' } });
  await instance.ask('operator', http.TakeBackup, { body: { waitMs: 20_000, keepDays: 30 } });

  const theirs = { backup: crypto.randomUUID(), participant: 'archive', purgeOn: '2026-08-01' };
  const covers = { from: '2026-07-01T00:00:00Z', until: '2026-07-10T17:00:00Z' };
  await instance.ask('backend', http.RegisterBackup, { body: { ...theirs, ...covers, classes: [] } });

  const html = await page();
  expect(rows(html, 'en', 'Held, by purpose and category')).toContainEqual([
    'Display and usage logs',
    expect.any(String),
    '2',
  ]);
  expect(rows(html, 'en', 'Due in 30 and in 90 days')).toEqual([['Usage logs', 'deleted', '0', '0', '2']]);
  expect(rows(html, 'zh-CN', '30 天与 90 天内到期')).toEqual([['使用日志', '删除', '0', '0', '2']]);
  expect(rows(html, 'en', 'Waiting for what its period counts from; no date is guessed')).toEqual([['Orders', '1']]);
  expect(rows(html, 'en', 'Holds')).toEqual([['litigation', 'court', 'one person', '2026-03-02', '2026-12-31']]);
  expect(rows(html, 'en', 'Backups')).toEqual([
    ['2026-08-01', 'available', '2026-07-11', 'archive'],
    ['2026-08-16', 'available', '2026-07-16', 'Lethe itself'],
  ]);
  expect(rows(html, 'en', 'Not stated by the policy, and what is used instead')).toContainEqual([
    'class · Usage logs · period',
    '6 months',
    'a decision of this installation',
    'DM-RET-02',
  ]);
  // Nobody is in it, and nothing is loaded from anywhere.
  for (const secret of [one, other, matter, '203.0.113.7']) expect(html).not.toContain(secret);
  expect(html).not.toMatch(/<script|https?:\/\//);

  await instance.ask('operator', http.MoveClock, { body: { to: '2026-09-03T04:00:00Z' } });
  await instance.ask('operator', http.Sweep, { body: { waitMs: 30_000 } });
  const later = await page();
  expect(rows(later, 'en', 'Kept by nothing but a law or a hold')).toEqual([
    ['Display and usage logs', 'Usage logs', '0', '1', 'what keeps it ends'],
  ]);
}, 120_000);

const ORDER = {
  'order-number': 'N-1',
  'event-name': 'x',
  'event-day': '2026-05-01',
  'order-amount': 1,
  genre: 'concert',
};
