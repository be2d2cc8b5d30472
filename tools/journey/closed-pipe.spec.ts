import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { jest } from '@jest/globals';
import { NODE, ROOT } from './lethe-process.ts';

jest.setTimeout(180_000);

const LETHE = join(ROOT, 'apps/lethe/bin/lethe.js');

test('who has read enough closes the pipe, and the command ends without a word', async () => {
  // What is built on first use is said, and not what this is about.
  expect(spawnSync(NODE, [LETHE, '--help']).status).toBe(0);
  const command = spawn(NODE, [LETHE, 'policy', 'explain', 'epiao', 'EP-COL-10'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  command.stdout.destroy();
  const said = text(command.stderr);
  const [code] = (await once(command, 'exit')) as [number];
  expect(await said).toBe('');
  expect(code).toBe(141);
});
