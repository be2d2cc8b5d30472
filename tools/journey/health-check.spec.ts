import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, ROOT } from './lethe-process.ts';

/** The command by which the image says whether it is ready, as its Dockerfile has it. */
const [program, ...given] = JSON.parse(
  /HEALTHCHECK[^[]*CMD (\[.*\])\n/.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))?.[1] ?? '[]',
) as string[];
const healthy = (port: number): Promise<boolean> =>
  promisify(execFile)(program ?? '', given, { env: { PATH: process.env['PATH'], LETHE_PORT: String(port) } }).then(
    () => true,
    () => false,
  );
async function answering(status: number): Promise<{ readonly port: number; readonly asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(status).end('{"status":"whatever"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, asked, server };
}

test.each([
  [200, true],
  [503, false],
  [426, false],
])('the image is healthy as /health/ready says: %i', async (status, expected) => {
  const { port, asked, server } = await answering(status);
  expect(await healthy(port)).toBe(expected);
  expect(asked).toEqual(['GET /health/ready']);
  server.close();
});

test('it is not healthy where nobody listens', async () => {
  expect(await healthy(await freePort())).toBe(false);
});
