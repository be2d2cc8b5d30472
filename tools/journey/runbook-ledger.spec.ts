import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Lethe } from '@lethe/client';
import type { SubjectRef } from '@lethe/kernel';
import { Doors } from './doors.ts';
import { erase } from './leaking.ts';
import { freePort, LetheProcess } from './lethe-process.ts';
import { signIn } from './people.ts';
import { Runbook } from './runbook.ts';

jest.setTimeout(400_000);

const START = '2026-03-02T04:00:00.000Z';
const folder = mkdtempSync(join(tmpdir(), 'lethe-runbook-ledger-'));
const home = join(folder, 'home');
const log = join(folder, 'lethe.log');
const ledger = join(home, 'ledger');
const list = join(ledger, 'ledger/000000000001.jsonl');

let lethe: LetheProcess;
let platform: Lethe | undefined;

async function start(): Promise<void> {
  lethe = LetheProcess.embedded(home, await freePort(), log);
  await lethe.start();
  const doors = new Doors(lethe.url, 'rehearsing');
  if (platform === undefined) await doors.open(START);
  platform = doors.client();
  await platform.onErasure(() => Promise.resolve({ found: 0, deleted: 0, rescan: 0 }));
}
async function stop(): Promise<void> {
  await platform?.close();
  await lethe.stop();
}
async function erased(userId: string): Promise<SubjectRef> {
  const subject = await platform!.subject(userId);
  expect(await platform!.collect([signIn(subject, '2026-03-01T04:00:00Z')])).toMatchObject([{ outcome: 'admitted' }]);
  await erase(platform!, subject, START);
  return subject;
}

/** Erasure does not come up; the code with which it says why, and the line that has it. */
async function refusesToStart(): Promise<{ readonly code: string | undefined; readonly line: string }> {
  lethe = LetheProcess.embedded(home, await freePort(), log);
  const said = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const before = lethe.printed().length;
  await expect(lethe.start()).rejects.toThrow('ended instead of starting');
  said.mockRestore();
  const [line = '', code] = /.*\((ledger\/[a-z-]+)\).*/.exec(lethe.printed().slice(before)) ?? [];
  return { code, line };
}

beforeAll(() => start());
afterAll(async () => {
  await platform?.close();
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('ledger: what is foreign, cut off or without its key is said as the page says, and each way out works', async () => {
  const page = new Runbook('ledger');
  page.says('erasure');
  await erased('first');
  await stop();
  const written = readFileSync(list, 'utf8');
  const entries = written.split('\n').length - 1;

  // Somebody who has the volume, and knows the format, has one more erased.
  const text = JSON.stringify({ entry: entries + 1, tenant: 'rehearsing', kind: 'ended', at: START });
  appendFileSync(list, `${createHash('sha256').update(text).digest('hex').slice(0, 16)} ${text}\n`);
  const refused = await refusesToStart();
  expect(refused.code).toBe(page.says('ledger/foreign'));
  // Without that line, which the message names: all that was told is there, and it goes on.
  page.reads(/The message names a file and an entry\. Remove its line and every later one/);
  const [, named, file] = /entry (\d+) in (\S+),/.exec(refused.line) ?? [];
  const kept = readFileSync(join(ledger, 'ledger', file!), 'utf8').split('\n');
  writeFileSync(join(ledger, 'ledger', file!), `${kept.slice(0, Number(named) - 1).join('\n')}\n`);
  expect(readFileSync(list, 'utf8')).toBe(written);
  await start();
  await erased('second');
  await stop();

  // The key is another one: nothing is foreign, and with the key that was there all of it opens.
  const pem = join(home, page.says('secrets/erasure/ledger/log.pem'));
  renameSync(pem, join(folder, 'log.pem'));
  expect((await refusesToStart()).code).toBe('ledger/foreign');
  renameSync(join(folder, 'log.pem'), pem);
  cpSync(ledger, join(folder, 'newest'), { recursive: true });

  // Cut off, until the newest copy is there again.
  page.says('ledger');
  page.says('marks/ledger.marks');
  writeFileSync(list, written);
  expect((await refusesToStart()).code).toBe(page.says('ledger/cut-off'));
  // Damaged by a disk.
  const newest = readFileSync(join(folder, 'newest/ledger/000000000001.jsonl'));
  newest[40]! ^= 1;
  writeFileSync(list, newest);
  expect((await refusesToStart()).code).toBe(page.says('ledger/damaged'));
  page.reads(/Put the newest copy of it back/);
  rmSync(ledger, { recursive: true });
  cpSync(join(folder, 'newest'), ledger, { recursive: true });
  await start();
  await erased('third');
  expect(page.undone()).toEqual([]);
});
