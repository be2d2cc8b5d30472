import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '@lethe/testing';
import { describeRoot } from './root.contract.ts';
import { TransitRoot } from './transit-root.ts';

/** A real OpenBao, in memory, on a port of its own: `tools/ci/openbao` brings the program. */
const program = process.env['LETHE_TEST_OPENBAO'] ?? '';
const ROOT_TOKEN = 'administrator-of-this-test';
let server: ChildProcess;
let address = '';

async function ask(path: string, body: unknown, token = ROOT_TOKEN): Promise<Record<string, unknown>> {
  const response = await fetch(`${address}/v1/${path}`, {
    method: 'POST',
    headers: { 'x-vault-token': token },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** A token that may wrap and unwrap under one key, and nothing else. */
async function tokenFor(key: string): Promise<string> {
  const rules = ['encrypt', 'decrypt'].map((verb) => `path "transit/${verb}/${key}" { capabilities = ["update"] }`);
  await ask(`sys/policies/acl/${key}`, { policy: rules.join('\n') });
  const made = (await ask('auth/token/create', { policies: [key], no_default_policy: true })) as {
    auth: { client_token: string };
  };
  return made.auth.client_token;
}

beforeAll(async () => {
  address = `http://127.0.0.1:${String(await freePort())}`;
  server = spawn(program, ['server', '-dev', `-dev-root-token-id=${ROOT_TOKEN}`, '-dev-no-store-token'], {
    env: { PATH: process.env['PATH'], BAO_DEV_LISTEN_ADDRESS: address.slice('http://'.length) },
    stdio: 'ignore',
  });
  for (;;) {
    if (server.exitCode !== null) throw new Error('OpenBao has ended');
    const up = await fetch(`${address}/v1/sys/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (up) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await ask('sys/mounts/transit', { type: 'transit' });
  for (const key of ['lethe', 'another']) await ask(`transit/keys/${key}`, {});
});
afterAll(async () => {
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;
});

describeRoot('the root in OpenBao Transit', async () => {
  const [token, otherToken] = [await tokenFor('lethe'), await tokenFor('another')];
  const rootOf = (key: string, of: string): TransitRoot =>
    new TransitRoot({ address, key, token: () => Promise.resolve(of) });
  return {
    root: rootOf('lethe', token),
    again: () => Promise.resolve(rootOf('lethe', token)),
    other: rootOf('another', otherToken),
  };
});

test('a token is read at each call: one that is refused can be replaced without a restart', async () => {
  let token = 'refused';
  const root = new TransitRoot({ address, key: 'lethe', token: () => Promise.resolve(token) });
  await expect(root.wrap(Buffer.alloc(32), 'epoch-1')).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'sealing/root-unavailable',
  });
  await expect(root.startsAgain()).rejects.toMatchObject({ code: 'sealing/root-unavailable' });
  token = await tokenFor('lethe');
  await expect(root.wrap(Buffer.alloc(32), 'epoch-1')).resolves.toBeInstanceOf(Buffer);
});

test('a key that is not there is trouble with the service, never a damaged slot', async () => {
  const root = new TransitRoot({ address, key: 'lethe', token: async () => tokenFor('lethe') });
  const wrapped = await root.wrap(Buffer.alloc(32), 'epoch-1');
  const missing = new TransitRoot({ address, key: 'gone', token: () => Promise.resolve(ROOT_TOKEN) });
  await expect(missing.unwrap(wrapped, 'epoch-1')).rejects.toMatchObject({ kind: 'unavailable' });
});

test('what Transit wrapped under a key version that was retired is gone', async () => {
  await ask('transit/keys/retiring', {});
  const root = new TransitRoot({ address, key: 'retiring', token: () => Promise.resolve(ROOT_TOKEN) });
  const wrapped = await root.wrap(Buffer.alloc(32), 'epoch-1');
  await ask('transit/keys/retiring/rotate', {});
  expect(await root.unwrap(wrapped, 'epoch-1')).toEqual(Buffer.alloc(32));
  await ask('transit/keys/retiring/config', { min_decryption_version: 2 });
  await expect(root.unwrap(wrapped, 'epoch-1')).rejects.toMatchObject({ kind: 'forbidden' });
});
