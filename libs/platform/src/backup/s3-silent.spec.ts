import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { newId } from '../ids.ts';
import { tenantId } from '@lethe/kernel';
import { S3Place } from './s3-place.ts';

/** Takes connections, and never answers. */
let server: Server;
let endpoint = '';
beforeAll(async () => {
  server = createServer((socket) => socket.on('error', () => undefined));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  endpoint = `http://127.0.0.1:${String((server.address() as { readonly port: number }).port)}`;
});
afterAll(() => void server.close());

test('a store that takes a question and never answers is away, and holds nobody up for good', async () => {
  const keys = { accessKeyId: 'a', secretAccessKey: 'b' };
  const place = new S3Place({
    endpoint,
    region: 'us-east-1',
    backups: { bucket: 'backups', keys },
    isolation: { bucket: 'isolation', keys },
    silenceAtMostMs: 50,
  });
  const backup = newId();
  await expect(place.isolate(tenantId('t1'), backup)).rejects.toMatchObject({ code: 'platform/bucket-away' });
  await expect(place.remove(tenantId('t1'), backup)).rejects.toMatchObject({ code: 'platform/bucket-away' });
});
