import { expect, test } from '@jest/globals';
import { Fault } from '@lethe/kernel';
import { SqlMistake } from './database/sql-fault.ts';
import { createLogger } from './logger.ts';
import { PrometheusMetrics } from './metrics.ts';

const lines: string[] = [];
const log = createLogger('consent', { write: (line) => void lines.push(line) });
const logged = (facts: Record<string, unknown>): Record<string, unknown> => {
  lines.length = 0;
  log.info(facts, 'happened');
  return JSON.parse(lines[0]!) as Record<string, unknown>;
};

test('only named keys pass; everything else is dropped', () => {
  const line = logged({
    tenant: 'damai',
    count: 3,
    name: 'x',
    phone: '13812345678',
    body: { name: '张三' },
    subject: 'AAAAAAAAAAAAAAAAAAAAAA',
  });
  expect(line).toMatchObject({ service: 'consent', tenant: 'damai', count: 3, msg: 'happened' });
  expect(Object.keys(line).sort()).toEqual(['count', 'level', 'msg', 'name', 'service', 'tenant', 'time']);
});

test('a named key with a value that could be a person’s is dropped too', () => {
  for (const value of [
    '张三',
    'lin@example.com',
    '13812345678',
    '+86 138 1234 5678',
    'a b',
    { deep: 1 },
    ['张三'],
    'x'.repeat(97),
    '110101199003070017',
  ]) {
    expect(logged({ code: value })).not.toHaveProperty('code');
  }
  expect(
    logged({
      backup: '01a2043d-3e6a-7000-b540-77df58e07ac1',
      type: 'consent.heartbeat.v1',
      code: 'consent/moved',
      rows: 20_261_122,
    }),
  ).toMatchObject({ type: 'consent.heartbeat.v1', code: 'consent/moved', rows: 20_261_122 });
  expect(logged({ backup: '01a2043d-3e6a-7000-b540-770058078101' })).toHaveProperty('backup');
});

test('what was done has a code beside the one of what went wrong', () => {
  const full = Object.assign(new Error('no space left on /mnt/张三'), { code: 'ENOSPC' });
  const line = logged({ error: full, code: 'retention/isolation-failed' });
  expect(line).toMatchObject({ code: 'retention/isolation-failed', cause: 'ENOSPC' });
  expect(JSON.stringify(line)).not.toContain('张三');
  expect(logged({ error: full })).toMatchObject({ code: 'ENOSPC' });
  expect(logged({ error: new Error('no code'), code: 'retention/isolation-failed' })).not.toHaveProperty('cause');
});

test('of an error its name and code are kept, never its words', () => {
  expect(logged({ error: new Fault('missing', 'consent/none', 'no such thing', 'purpose') })).toMatchObject({
    name: 'Fault',
    code: 'consent/none',
    field: 'purpose',
  });
  expect(logged({ error: new SqlMistake('22P02', 'person_name_key') })).toMatchObject({
    sqlState: '22P02',
    constraint: 'person_name_key',
  });
  const line = JSON.stringify(
    logged({
      error: Object.assign(new Error('failed for 13812345678'), { detail: '张三', parameters: ['13812345678'] }),
    }),
  );
  expect(line).not.toMatch(/13812345678|张三/);
  expect(line).toContain('logger.spec.ts');
});

test('a metric has labels of the allow-list, with codes in them', async () => {
  const metrics = new PrometheusMetrics();
  metrics.of('consent').counter('things', 'Things.', ['code'])({ code: 'consent/moved' });
  metrics.of('erasure').gauge('ages', 'Ages.', () => Promise.resolve([{ labels: { state: 'open' }, value: 2 }]));
  metrics.of('consent').gauge('ages', 'Ages.', () => Promise.reject(new Error('down')));
  const text = await metrics.text();
  expect(text).toContain('lethe_things{code="consent/moved",service="consent"} 1');
  expect(text).toContain('lethe_ages{state="open",service="erasure"} 2');
  const count = metrics.of('consent').counter('others', 'Others.', ['code']);
  expect(() => count({ code: '张三' })).toThrow('holds what is no code');
  expect(() => count({ phone: '1' } as never)).toThrow('label not allowed');
});
