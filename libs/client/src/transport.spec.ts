import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { http } from '@lethe/contracts';
import { Lethe } from './lethe.ts';
import { HttpTransport } from './transport.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});
async function answering(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** Registers whoever asks, and leaves the rest to another. */
const registering =
  (other: () => void): RequestListener =>
  (request, response) => {
    if (request.url !== '/v1/participants') return other();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ participant: 'platform', registryVersion: 1 }));
  };

test('a client that is closed lets go of what nobody answers', async () => {
  let asked: () => void = () => undefined;
  const polling = new Promise<void>((resolve) => (asked = resolve));
  const platform = new Lethe({ addresses: await answering(registering(() => asked())), token: () => 'token' });
  await platform.onDisposal(() => Promise.resolve({ found: 0, deleted: 0, rescan: 0 }));
  await polling;
  await platform.close();
});

test('each handler is given all of the stream, whenever it was set', async () => {
  const item = (number: number, kind: string, data: object) => ({
    ...{
      number,
      kind,
      data,
      id: `018f0000-0000-7000-8000-00000000000${String(number)}`,
      at: '2026-03-02T02:00:00.000Z',
    },
  });
  const items = [
    item(1, 'hold-placed', { hold: '018f0000-0000-7000-8000-0000000000aa', scope: { kind: 'tenant' } }),
    item(2, 'disposal-ordered', { order: 'o-1', class: 'logs', day: '2026-03-02', participants: ['platform'] }),
  ];
  const url = await answering((request, response) => {
    response.setHeader('content-type', 'application/json');
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://stream');
    if (pathname === '/v1/participants') return response.end('{"participant":"platform","registryVersion":1}');
    if (pathname !== '/v1/out') return response.end('{"accepted":true}');
    const fresh = items.filter(({ number }) => number > Number(searchParams.get('after')));
    // Who has read all waits, as at Lethe.
    return fresh.length > 0 ? response.end(JSON.stringify({ items: fresh })) : response;
  });
  const platform = new Lethe({ addresses: url, token: () => 'token' });
  await new Promise<void>((resolve) => {
    void platform.onDisposal(() => {
      resolve();
      return Promise.resolve({ found: 0, deleted: 0, rescan: 0 });
    });
  });
  const held = await new Promise((resolve) => {
    void platform.onHold(({ state }) => Promise.resolve(resolve(state)));
  });
  expect(held).toBe('placed');
  await platform.close();
});

test('an answer that breaks off in the middle is no answer', async () => {
  const url = await answering((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{"items":', () => response.destroy());
  });
  await expect(
    new HttpTransport(url, () => 'token').ask(http.Out, { query: { after: 0, waitMs: 0 } }),
  ).rejects.toMatchObject({ kind: 'unavailable', code: 'client/no-answer' });
});

test('what was stopped before it was asked is not asked, and what takes too long is given up', async () => {
  let asked = 0;
  const url = await answering(() => (asked += 1));
  const stopped = AbortSignal.abort();
  const question = { query: { after: 0, waitMs: 0 } };
  const unavailable = { kind: 'unavailable', code: 'client/no-answer' };
  await expect(new HttpTransport(url, () => 'token').ask(http.Out, question, stopped)).rejects.toMatchObject(
    unavailable,
  );
  expect(asked).toBe(0);
  await expect(new HttpTransport(url, () => 'token', 50).ask(http.Out, question)).rejects.toMatchObject(unavailable);
});
