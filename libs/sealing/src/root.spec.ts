import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeRoot } from './root.contract.ts';
import { FileRoot } from './root.ts';
import { TransitRoot } from './transit-root.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lethe-root-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describeRoot('the root in a file', async () => {
  const at = (name: string): Promise<FileRoot> => FileRoot.open(join(folder, name), { create: true });
  return { root: await at('root'), again: () => at('root'), other: await at('other') };
});

test('a root file that is gone, open to others or another one is seen though what runs has read it', async () => {
  const path = join(folder, 'lies');
  const root = await FileRoot.open(path, { create: true });
  const starts = () => root.startsAgain().catch(({ code }: { code: string }) => code);
  await chmod(path, 0o644);
  expect(await starts()).toBe('sealing/open-root');
  await rm(path);
  expect(await starts()).toBe('sealing/no-root');
  await FileRoot.open(path, { create: true });
  expect(await starts()).toBe('sealing/other-root');
  // It makes none, and what was wrapped still opens.
  await rm(path);
  await starts();
  await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await root.unwrap(await root.wrap(Buffer.alloc(32, 3), 'x'), 'x')).toEqual(Buffer.alloc(32, 3));
});

test('a key service that is away, sealed or answers with something else is unavailable, and what was sent is not repeated', async () => {
  const token = 'a-token-nobody-may-see';
  const away = new TransitRoot({
    address: 'http://127.0.0.1:9',
    key: 'lethe',
    token: () => Promise.resolve(token),
    retries: 0,
  });
  await expect(away.wrap(Buffer.alloc(32), 'epoch-1')).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(away.startsAgain()).rejects.toMatchObject({ code: 'sealing/root-unavailable' });

  let answers: readonly [number, string] = [503, '{"errors":["sealed"]}'];
  const service = createServer((_question, answer) => answer.writeHead(answers[0]).end(answers[1]));
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  const { port } = service.address() as { port: number };
  const root = new TransitRoot({
    address: `http://127.0.0.1:${String(port)}`,
    key: 'lethe',
    token: () => Promise.resolve(token),
    retries: 0,
  });
  try {
    for (answers of [
      [503, '{"errors":["sealed"]}'],
      [403, '{"errors":["permission denied"]}'],
      [200, 'not json'],
      [200, '{"data":{}}'],
      [400, `{"errors":["encryption key not found ${token}"]}`],
    ] as const) {
      const error: Error = await root.wrap(Buffer.alloc(32, 9), 'epoch-1').then(
        () => new Error('wrapped'),
        (refused: Error) => refused,
      );
      expect(error).toMatchObject({ kind: 'unavailable', code: 'sealing/root-unavailable' });
      expect(error.message).not.toContain(token);
    }
  } finally {
    service.closeAllConnections();
    service.close();
  }
});

test('an address that is none is refused before anything is sent', () => {
  const open = (): TransitRoot => new TransitRoot({ address: 'bao', key: 'lethe', token: () => Promise.resolve('') });
  expect(open).toThrow('the address of the transit root is no URL');
});
