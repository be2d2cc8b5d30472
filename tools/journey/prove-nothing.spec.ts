import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { NODE, ROOT } from './lethe-process.ts';

jest.setTimeout(300_000);

/** `lethe prove` as somebody runs it at a prompt: what it ended with, and what it said. */
function prove(...args: string[]): { readonly code: number | null; readonly out: string; readonly said: string } {
  const run = spawnSync(NODE, [join(ROOT, 'apps/lethe/bin/lethe.js'), 'prove', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/' },
    encoding: 'utf8',
  });
  return { code: run.status, out: run.stdout, said: run.stderr };
}

test.each<[what: string, args: string[], said: RegExp]>([
  ['no pack at all', [], /name a pack, or say --all/],
  ['a tag that nothing has', ['--all', '--tags', '@DM-COL-99'], /nothing to prove/],
  ['a clause that promises nothing', ['damai', '--tags', '@DM-CNT-05', '--format', 'json'], /nothing to prove/],
  ['a file that is not there', ['damai', '--only', 'nowhere.feature', '--format', 'html'], /nothing to prove/],
  ['an owner without a clause in the pack', ['damai', '--owner', 'all', '--mutate'], /nothing to prove/],
  ['an owner that there is not', ['--all', '--owner', 'consnet'], /owned by .*consent/],
])('whoever asks for the proof of nothing gets 2, the reason, and no report: %s', (_, args, reason) => {
  const { code, out, said } = prove(...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(said).toMatch(reason);
});
