#!/usr/bin/env node
/**
 * Brings up compose with docs/production over it, as docs/operations.md says, on empty volumes and a network of its own, and asks what
 * it promises: TLS in front, plain HTTP from elsewhere refused before the body is read, nobody but the named proxy believed, no
 * development token, no clock that moves, a record over TLS; and neither another mode nor a made-up secret on its volumes. Removes
 * everything afterwards. Needs the engine, the images and `lethe/lethe:local`. The proxy is LETHE_PROXY_IMAGE, or the nginx that
 * tools/ci/nginx brings, in an image of its own.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as overTls } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lethe-production-'));
const tls = join(folder, 'tls');
const DOMAIN = 'lethe.example.org';
const PORT = 8443;
const ISSUER = 'https://id.example.org';
const TENANT = 'my-platform';
const SERVICES = { collection: 7421, consent: 7422, retention: 7423, erasure: 7424 };
const environment = {
  ...process.env,
  COMPOSE_PROJECT_NAME: 'lethe-production',
  COMPOSE_FILE: 'docker-compose.yml:docs/production/docker-compose.yml',
  LETHE_MODE: 'production',
  LETHE_PRIVATE_NETWORKS: '',
  LETHE_REGION: 'CN',
  LETHE_TLS: tls,
  LETHE_DOMAIN: DOMAIN,
  LETHE_HTTPS: `127.0.0.1:${String(PORT)}`,
  LETHE_NETWORK: '172.30.74.0/24',
  LETHE_NETWORK_OTHERS: '172.30.74.128/25',
  LETHE_TRUSTED_PROXIES: '172.30.74.2',
  LETHE_PROXY_IMAGE: process.env.LETHE_PROXY_IMAGE ?? 'lethe-ci/nginx:local',
  ...Object.fromEntries(
    Object.keys(SERVICES).map((name) => [`LETHE_${name.toUpperCase()}_URL`, `https://${name}.${DOMAIN}`]),
  ),
};
const ALONE = { COMPOSE_PROJECT_NAME: 'lethe-production-alone', COMPOSE_FILE: 'docker-compose.yml' };
const options = { cwd: root, env: environment, encoding: 'utf8' };
const compose = (...given) =>
  execFileSync('docker', ['compose', ...given], { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
/** What a container that must not start says; it has ended within half a minute or it has started. */
function refusal(environmentOf, ...given) {
  const ran = spawnSync('timeout', ['30', 'docker', 'compose', 'run', '--rm', '--no-deps', '-T', ...given], {
    ...options,
    env: { ...environment, ...environmentOf },
  });
  assert.notEqual(ran.status, 0, 'it ended well');
  assert.notEqual(ran.status, 124, 'it runs');
  return `${ran.stdout}${ran.stderr}`;
}

const issuer = generateKeyPairSync('ed25519');
const kid = 'id-1';
const tokenOf = (role, sub, key = issuer.privateKey) =>
  new SignJWT({ tenant: TENANT, role })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
    .setIssuer(ISSUER)
    .setSubject(sub)
    .setAudience('lethe')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(key);

/** Over TLS, to the proxy on this machine, under a service's name, believing our authority alone. */
function ask(service, path, { token, json, headers = {}, anyName = false } = {}) {
  return new Promise((resolve, reject) => {
    const name = `${service}.${DOMAIN}`;
    const asked = overTls(
      {
        host: '127.0.0.1',
        port: PORT,
        servername: name,
        path,
        method: json === undefined ? 'GET' : 'POST',
        ca: readFileSync(join(tls, 'ca.pem')),
        ...(anyName ? { checkServerIdentity: () => undefined } : {}),
        headers: {
          host: name,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece) => (text += piece));
        response.on('end', () =>
          resolve({ status: response.statusCode, body: text.startsWith('{') ? JSON.parse(text) : text }),
        );
      },
    );
    asked.once('error', reject).end(json === undefined ? undefined : JSON.stringify(json));
  });
}

/** The first line of the answer to a request whose body has been announced and is never sent. */
const withoutBody = (port, ...headers) =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () =>
      socket.write(
        [
          'POST /v1/tenants HTTP/1.1',
          'Host: lethe',
          'Content-Type: application/json',
          'Content-Length: 900000',
          ...headers,
          '',
          '',
        ].join('\r\n'),
      ),
    );
    socket.setTimeout(20_000, () => socket.destroy(new Error('nothing was answered before the body')));
    socket.once('error', reject);
    socket.once('data', (data) => {
      resolve(data.toString('latin1').split('\r\n')[0]);
      socket.destroy();
    });
  });

/** The program and the libraries it is linked to, and nothing else. */
function proxyImage() {
  const program = execFileSync(join(root, 'tools/ci/nginx'), { encoding: 'utf8' }).trim();
  const image = join(folder, 'image');
  const put = (from, to) => {
    mkdirSync(dirname(join(image, to)), { recursive: true });
    copyFileSync(from, join(image, to));
  };
  put(program, '/usr/sbin/nginx');
  const linked = execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(?:=> )?(\/\S+) \(/g);
  for (const [, library] of linked) put(library, library);
  for (const name of ['tmp', 'var/lib/nginx', 'var/log/nginx', 'var/lock', 'run', 'etc/nginx'])
    mkdirSync(join(image, name), { recursive: true });
  writeFileSync(join(image, 'etc/passwd'), 'root:x:0:0::/:/\nnobody:x:65534:65534::/:/\nwww-data:x:33:33::/:/\n');
  writeFileSync(join(image, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\nnobody:x:65534:\nwww-data:x:33:\n');
  writeFileSync(
    join(image, 'Dockerfile'),
    'FROM scratch\nCOPY . /\nSTOPSIGNAL SIGQUIT\nCMD ["/usr/sbin/nginx", "-e", "stderr", "-g", "daemon off;"]\n',
  );
  execFileSync('docker', ['build', '--quiet', '--tag', environment.LETHE_PROXY_IMAGE, image], { stdio: 'ignore' });
}

function certificates() {
  mkdirSync(tls);
  const openssl = (...given) => execFileSync('openssl', given, { cwd: tls, stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=lethe-ca');
  openssl('req', ...key, '-keyout', 'key.pem', '-out', 'proxy.csr', '-subj', `/CN=${DOMAIN}`);
  const names = Object.keys(SERVICES).map((name) => `DNS:${name}.${DOMAIN}`);
  writeFileSync(join(tls, 'names'), `subjectAltName=${names.join(',')}\n`);
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
  openssl('x509', '-req', '-in', 'proxy.csr', ...by, '-days', '2', '-extfile', 'names', '-out', 'chain.pem');
  // Read by root in the proxy and by `node` in the services.
  for (const name of ['chain.pem', 'key.pem', 'ca.pem']) chmodSync(join(tls, name), 0o644);
  for (const path of [folder, tls]) chmodSync(path, 0o755);
}

async function promises() {
  for (const service of Object.keys(SERVICES)) {
    const { status, body } = await ask(service, '/health/ready');
    assert.deepEqual([status, body.status, body.mode], [200, 'ready', 'production']);
  }
  // A name that is no service's is nobody's: the certificate is not for it, and whoever does not mind is misdirected.
  await assert.rejects(ask('other', '/health/ready'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  assert.equal((await ask('other', '/health/ready', { anyName: true })).status, 421);

  // Published on this machine, but reached through the bridge of the network: from elsewhere.
  for (const port of Object.values(SERVICES))
    for (const headers of [
      [],
      ['X-Forwarded-Proto: https'],
      ['X-Forwarded-Proto: https', 'X-Forwarded-For: 172.30.74.2'],
    ])
      assert.match(await withoutBody(port, ...headers), / 426 /);
  // What the client says of itself the proxy does not pass on.
  assert.equal((await ask('consent', '/health/ready', { headers: { 'x-forwarded-proto': 'http' } })).status, 200);

  assert.equal(
    (await ask('collection', '/v1/development/token', { json: { tenant: TENANT, role: 'operator' } })).status,
    404,
  );
  const stranger = await tokenOf('operator', 'a', generateKeyPairSync('ed25519').privateKey);
  assert.equal((await ask('consent', '/v1/packs', { token: stranger })).status, 401);

  const proposed = await ask('consent', '/v1/tenants', {
    token: await tokenOf('operator', 'a'),
    json: { pack: 'damai' },
  });
  assert.equal(proposed.status, 200);
  const confirmation = `/v1/tenants/${proposed.body.proposal}/confirmation`;
  assert.equal((await ask('consent', confirmation, { token: await tokenOf('operator', 'b'), json: {} })).status, 200);
  const moved = await ask('consent', '/v1/development/clock', {
    token: await tokenOf('operator', 'a'),
    json: { to: new Date(Date.now() + 86_400_000).toISOString() },
  });
  assert.equal(moved.status, 404);

  // Collection hears of the tenant from consent, over Kafka; the record goes through the proxy, and so does what services ask one another.
  const backend = await tokenOf('backend', 'tickets');
  let made;
  for (const end = Date.now() + 30_000; ;) {
    made = await ask('collection', '/v1/subjects', { token: backend, json: { userId: 'user-4711' } });
    if (made.status === 200 || Date.now() > end) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  assert.equal(made.status, 200);
  const { subject } = made.body;
  const submission = {
    ...{ idempotencyKey: 'the-first-record', subject, purpose: 'display-and-logs', channel: 'app' },
    fields: { 'viewed-content': 'concert', 'ip-address': '10.24.31.7' },
  };
  const { body: collected } = await ask('collection', '/v1/records', {
    token: backend,
    json: { submissions: [submission] },
  });
  assert.equal(collected.answers?.[0]?.outcome, 'admitted', JSON.stringify(collected));
}

async function main() {
  certificates();
  if (process.env.LETHE_PROXY_IMAGE === undefined) proxyImage();
  compose('config', '--quiet');
  // Where the volumes lie has no default.
  const { LETHE_REGION: _, ...unsaid } = environment;
  const config = spawnSync('docker', ['compose', 'config', '--quiet'], { ...options, env: unsaid });
  assert.notEqual(config.status, 0, 'it starts without LETHE_REGION');
  assert.match(config.stderr, /LETHE_REGION/);
  // Nor without the overlay: a project of its own, whose network has no addresses that the overlay names.
  assert.match(refusal({ ...ALONE, LETHE_REGION: undefined }, 'init'), /LETHE_REGION/);
  writeFileSync(join(folder, 'id.pub.pem'), issuer.publicKey.export({ type: 'spki', format: 'pem' }));
  const jwk = { ...issuer.publicKey.export({ format: 'jwk' }), kid };
  writeFileSync(join(folder, 'id.jwks'), JSON.stringify({ keys: [jwk] }));
  const lethe = [join(root, 'apps/lethe/bin/lethe.js'), 'issuer', ISSUER, '--keys', join(folder, 'id.jwks')];
  execFileSync(process.execPath, [...lethe, '--tenants', TENANT, '--into', join(folder, 'issuers')], {
    stdio: 'inherit',
  });
  execFileSync('chmod', ['-R', 'a+rX', join(folder, 'issuers')]);
  const into = ['-v', `${join(folder, 'issuers')}:/issuers:ro`, '--entrypoint', 'sh', 'init'];
  compose('run', '--rm', '--no-deps', '-T', ...into, '-c', 'cp /issuers/* /var/lib/lethe/');
  compose('up', '-d', '--wait', '--pull', 'never', '--quiet-pull');
  await promises();
  // The volumes are production's for ever, and production takes no secret that somebody made up.
  assert.match(refusal({ LETHE_MODE: 'development' }, 'init'), /mode-differs/);
  assert.match(
    refusal({}, '-e', 'LETHE_DATA_URL=postgres://postgres:postgres@data', 'prepare'),
    /made-up-secret|made-up secret/,
  );
  assert.match(refusal({ LETHE_PRIVATE_NETWORKS: 'attached' }, 'consent'), /LETHE_PRIVATE_NETWORKS/);
}

try {
  await main();
  process.stderr.write('production: TLS in front, nobody else believed, a record kept\n');
} catch (error) {
  spawnSync('docker', ['compose', 'ps', '-a'], { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
  spawnSync('docker', ['compose', 'logs', '--no-color', '--tail', '30'], { ...options, stdio: ['ignore', 2, 2] });
  throw error;
} finally {
  for (const project of [{}, ALONE])
    spawnSync('docker', ['compose', 'down', '--volumes', '--timeout', '10'], {
      ...options,
      ...{ env: { ...environment, ...project }, stdio: 'ignore' },
    });
  rmSync(folder, { recursive: true, force: true });
}
