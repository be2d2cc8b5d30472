import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap, type Running } from '@lethe/platform';
import { prove, select } from '@lethe/prover';
import pg from 'pg';
import { installationOf } from './installation.ts';
import { SERVICES } from './services.ts';

const home = mkdtempSync(join(tmpdir(), 'lethe-withdrawn-late-'));
let running: Running;
let busy: pg.Client;

beforeAll(async () => {
  running = await bootstrap(SERVICES, {
    ...installationOf({ LETHE_HOME: home, LETHE_PORT: '0' }),
    volatile: true,
  });
  busy = new pg.Client({
    host: '127.0.0.1',
    port: Number(readFileSync(join(home, 'data', 'port'), 'utf8')),
    user: 'lethe_admin',
    password: readFileSync(join(home, 'secrets', 'data-admin-password'), 'utf8').trim(),
    database: 'lethe_collection',
  });
  await busy.connect();
}, 120_000);
afterAll(async () => {
  await busy.end();
  await running.stop();
  rmSync(home, { recursive: true, force: true });
}, 120_000);

/** In front of the doors: collection can write down no consent from the moment of a withdrawal until somebody asks whether it is applied. */
async function late(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of asked) pieces.push(piece as Buffer);
  const body = Buffer.concat(pieces);
  const { url = '/', method, headers } = asked;
  if (url === '/v1/consents' && body.includes('"withdrawn"')) {
    await busy.query('begin');
    await busy.query('lock table consent_state in share mode');
  }
  if (url.includes('/applied')) await busy.query('rollback');
  request(new URL(url, running.url), { method, headers }, (given) => {
    answer.writeHead(given.statusCode ?? 500, given.headers);
    given.pipe(answer);
  }).end(body);
}

test('who asks after a withdrawal that is accepted and not yet effective is answered by it', async () => {
  const { selected } = select(installationOf({}).policies, { packs: ['ciie'], only: 'withdrawal.feature' });
  const scenarios = selected[0]!.scenarios.filter(({ name }) => name.startsWith('Each permission')).slice(0, 1);
  expect(scenarios).toHaveLength(1);
  const proxy = createServer((asked, answer) => void late(asked, answer)).listen(0, '127.0.0.1');
  await new Promise((resolve) => proxy.once('listening', resolve));
  try {
    const addresses = `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
    const { outcomes } = await prove([{ ...selected[0]!, scenarios }], { addresses });
    expect(outcomes.map(({ passed, message }) => message ?? passed)).toEqual([true]);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
}, 120_000);
