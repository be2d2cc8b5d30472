import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { exportJWK, SignJWT } from 'jose';
import { eventually } from './eventually.ts';
import { freePort, LetheProcess, ROOT } from './lethe-process.ts';

jest.setTimeout(300_000);

/** Of the documentation, never of a machine: trusted, and nobody here. */
const ELSEWHERE = '192.0.2.7';
const ISSUER = 'https://id.example.org';
const TENANT = 'behind-a-proxy';
const folder = mkdtempSync(join(tmpdir(), 'lethe-proxy-'));
const home = join(folder, 'home');
const issuer = generateKeyPairSync('ed25519');
/** An address of this machine that is not loopback: what comes from it comes from elsewhere. */
const address = Object.values(networkInterfaces())
  .flatMap((all = []) => all)
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
let lethe: LetheProcess;
let port: number;
let nginx: Nginx;

/** A real nginx that ends TLS, and a second door of it that speaks plain HTTP. */
class Nginx {
  #child: ChildProcess | undefined;
  constructor(
    readonly tls: number,
    readonly plain: number,
  ) {}

  get ca(): string {
    return readFileSync(join(folder, 'proxy/certificate.pem'), 'utf8');
  }

  async start(upstream: string): Promise<void> {
    const place = join(folder, 'proxy');
    mkdirSync(place, { recursive: true });
    const certificate = ['-keyout', join(place, 'key.pem'), '-out', join(place, 'certificate.pem'), '-days', '2'];
    const names = ['-subj', '/CN=proxy', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...key, ...certificate, ...names], { stdio: 'ignore' });
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${place};`);
    const to = `location / { proxy_pass ${upstream}; proxy_set_header X-Forwarded-Proto $scheme; }`;
    writeFileSync(
      join(place, 'nginx.conf'),
      `daemon off; master_process off; pid ${place}/pid; error_log ${place}/error.log;
events {}
http {
  access_log off; ${temporary.join(' ')}
  server {
    listen 127.0.0.1:${String(this.tls)} ssl;
    ssl_certificate ${place}/certificate.pem; ssl_certificate_key ${place}/key.pem;
    ${to}
  }
  server { listen 127.0.0.1:${String(this.plain)}; ${to} }
}
`,
    );
    const program = process.env['LETHE_TEST_NGINX'] ?? 'nginx';
    this.#child = spawn(program, ['-p', place, '-c', join(place, 'nginx.conf'), '-e', join(place, 'error.log')], {
      stdio: 'ignore',
    });
    await eventually(
      'nginx listens',
      async () => (await ask(`https://127.0.0.1:${String(this.tls)}/health/live`)) !== undefined,
    );
  }

  stop(): void {
    this.#child?.kill('SIGQUIT');
  }
}

interface Heard {
  readonly status: number;
  readonly body: Record<string, unknown>;
}
function ask(
  url: string,
  options: { readonly method?: string; readonly headers?: Record<string, string>; readonly json?: unknown } = {},
): Promise<Heard> {
  const { method = options.json === undefined ? 'GET' : 'POST', headers = {}, json } = options;
  return new Promise((resolve, reject) => {
    const given = {
      method,
      headers: { ...headers, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
    };
    const heard = (response: IncomingMessage): void => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> }),
      );
    };
    const asked = url.startsWith('https:')
      ? tlsRequest(url, { ...given, ca: nginx.ca }, heard)
      : plainRequest(url, given, heard);
    asked.once('error', reject).end(json === undefined ? undefined : JSON.stringify(json));
  });
}

/** The first line of the answer to a request whose body has been announced and is never sent. */
function answerWithoutBody(host: string, at: number, headers: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: at }, () =>
      socket.write(
        [
          'POST /v1/tenants HTTP/1.1',
          `Host: ${host}`,
          'Content-Type: application/json',
          'Content-Length: 1000000',
          ...headers,
        ]
          .map((line) => `${line}\r\n`)
          .join('') + '\r\n',
      ),
    );
    socket.setTimeout(60_000, () => socket.destroy(new Error('nothing was answered before the body')));
    socket.once('error', reject);
    socket.once('data', (data) => {
      resolve(data.toString('latin1').split('\r\n')[0] ?? '');
      socket.destroy();
    });
  });
}

const token = (sub: string, key: KeyObject = issuer.privateKey): Promise<string> =>
  new SignJWT({ tenant: TENANT, role: 'operator' })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'id-1' })
    .setIssuer(ISSUER)
    .setSubject(sub)
    .setAudience('lethe')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(key);

async function startTrusting(proxy: string): Promise<void> {
  lethe = new LetheProcess({
    command: [join(ROOT, 'apps/lethe/bin/lethe.js'), 'start'],
    env: { LETHE_HOME: home, LETHE_MODE: 'production', LETHE_HOST: '0.0.0.0', LETHE_TRUSTED_PROXIES: proxy },
    port,
    logFile: join(folder, 'lethe.log'),
  });
  await lethe.start();
}

beforeAll(async () => {
  if (address === undefined)
    throw new Error('this machine has no address but loopback: nothing can come from elsewhere');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const key = { ...(await exportJWK(issuer.publicKey)), kid: 'id-1' };
  writeFileSync(join(home, 'id.json'), JSON.stringify({ keys: [key] }));
  writeFileSync(join(home, 'issuers.json'), JSON.stringify([{ iss: ISSUER, tenants: [TENANT], jwks: 'id.json' }]));
  port = await freePort();
  nginx = new Nginx(await freePort(), await freePort());
  await startTrusting(ELSEWHERE);
  // From nginx's own address, which is not loopback, because the upstream is not.
  await nginx.start(`http://${address}:${String(port)}`);
});
afterAll(async () => {
  nginx?.stop();
  await lethe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const https = (path: string): string => `https://127.0.0.1:${String(nginx.tls)}${path}`;
const elsewhere = (path: string): string => `http://${address}:${String(port)}${path}`;
const refused = { status: 426, body: { code: 'platform/https-needed' } };

test('who is not named is refused before the body is read, whatever it says of https', async () => {
  for (const headers of [
    [],
    ['X-Forwarded-Proto: https'],
    ['X-Forwarded-Proto: https', `X-Forwarded-For: ${ELSEWHERE}`],
  ])
    expect(await answerWithoutBody(address!, port, headers)).toContain(' 426 ');
  const headers = { 'x-forwarded-proto': 'https', authorization: `Bearer ${await token('a')}` };
  expect(await ask(elsewhere('/v1/tenants'), { headers, json: { pack: 'damai' } })).toMatchObject(refused);
  // A proxy that nobody named is elsewhere, too, though it ends TLS.
  expect(await ask(https('/v1/tenants'), { headers, json: { pack: 'damai' } })).toMatchObject(refused);
});

test('a named proxy that ends TLS is taken, and brings what was asked of it over https only', async () => {
  await lethe.stop();
  await startTrusting(address!);
  expect(await ask(https('/health/ready'))).toMatchObject({ status: 200, body: { mode: 'production' } });
  const as = async (sub: string) => ({ authorization: `Bearer ${await token(sub)}` });
  const proposed = await ask(https('/v1/tenants'), { headers: await as('a'), json: { pack: 'damai' } });
  expect(proposed).toMatchObject({ status: 200 });
  const confirmation = https(`/v1/tenants/${String(proposed.body['proposal'])}/confirmation`);
  expect(await ask(confirmation, { headers: await as('b'), method: 'POST' })).toMatchObject({
    status: 200,
    body: { tenant: TENANT, pack: 'damai' },
  });

  // What the client says of itself is replaced by what the proxy knows.
  const claims = { ...(await as('a')), 'x-forwarded-proto': 'http' };
  expect((await ask(https('/health/ready'), { headers: claims })).status).toBe(200);
  const spoofed = { ...(await as('a')), 'x-forwarded-proto': 'https' };
  expect(
    await ask(`http://127.0.0.1:${String(nginx.plain)}/v1/tenants`, { headers: spoofed, json: { pack: 'damai' } }),
  ).toMatchObject(refused);
  // Past its proxy nothing is taken from that address either.
  expect(await answerWithoutBody(address!, port, [])).toContain(' 426 ');
});

test('production behind a proxy gives nobody a development token, and takes no token of a stranger', async () => {
  expect((await ask(https('/v1/development/token'), { json: { tenant: TENANT, role: 'operator' } })).status).toBe(404);
  const stranger = await token('a', generateKeyPairSync('ed25519').privateKey);
  expect((await ask(https('/v1/packs'), { headers: { authorization: `Bearer ${stranger}` } })).status).toBe(401);
});
