import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SubjectRef } from '@lethe/kernel';
import { Lethe } from './lethe.ts';

const SUBJECT = 'bGlfbGlfbGlfbGlfbGlfbA' as SubjectRef;
const PACK = {
  pack: 'museum',
  version: '1.0',
  digest: '0'.repeat(64),
  zone: 'Asia/Shanghai',
  title: 'Museum',
  openWhenAway: ['visit'],
};

/** What answers as Lethe would until it goes away. */
let server: Server | undefined;
let asked: string[];
let lethe: Lethe;
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = request.url === '/v1/notice' ? PACK : { answers: [{ may: true }] };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  lethe = new Lethe({ addresses: `http://127.0.0.1:${String(port)}`, token: () => 'token' });
});
afterEach(async () => {
  await goAway();
  await lethe.close();
});
const goAway = () =>
  new Promise<void>((resolve) => {
    server?.closeAllConnections();
    if (server === undefined) resolve();
    else server.close(() => resolve());
    server = undefined;
  });
const ask = (purpose: string, kind: 'use' | 'collect' = 'use') =>
  lethe.mayUse([{ kind, subject: SUBJECT, purpose, fields: [] }]);
const packWasRead = async (): Promise<void> => {
  await ask('visit');
  for (const end = Date.now() + 5_000; !asked.includes('/v1/notice') && Date.now() < end;)
    await new Promise((resolve) => setImmediate(resolve));
  // The answer to it has been taken in by the time a later question is answered.
  await ask('visit');
};

test('while Lethe is away use goes on only where the pack says so, and collecting nowhere', async () => {
  await packWasRead();
  await goAway();
  expect(await ask('visit')).toEqual([{ may: true, basis: 'unavailable' }]);
  expect(await ask('newsletter')).toEqual([{ may: false, refusal: { code: 'unavailable' } }]);
  expect(await ask('visit', 'collect')).toEqual([{ may: false, refusal: { code: 'unavailable' } }]);
});

test('a process that has never reached Lethe knows of no purpose that goes on', async () => {
  await goAway();
  expect(await ask('visit')).toEqual([{ may: false, refusal: { code: 'unavailable' } }]);
});

test('the pack is read once beside the answers, not with each of them', async () => {
  await packWasRead();
  for (let n = 0; n < 5; n += 1) await ask('visit');
  expect(asked.filter((path) => path === '/v1/notice')).toHaveLength(1);
});
