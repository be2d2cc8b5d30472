import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { fork, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { canHaveVolumes, eventually, SmallVolume } from '@lethe/testing';
import { EmbeddedPostgres } from './embedded-postgres.ts';
import { Home } from './home.ts';
import { refuseMadeUp, Secrets } from './secrets.ts';

const made: string[] = [];
const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'lethe-home-'));
  made.push(path);
  return path;
};
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true, force: true });
});

describe('a home', () => {
  let path: string;
  beforeEach(() => {
    path = join(folder(), 'home');
  });

  test('is of one mode for ever', () => {
    Home.open(path, 'development').release();
    expect(() => Home.open(path, 'production')).toThrow('mode development, for ever');
    Home.open(path, 'development').release();
    expect(readFileSync(join(path, 'mode'), 'utf8')).toBe('development');
    expect(statSync(join(path, 'mode')).mode & 0o777).toBe(0o444);
  });

  test('of production refuses secrets made in development', () => {
    const development = Home.open(join(path, 'a'), 'development');
    development.secrets.ensure('development/issuer.jwk');
    development.release();
    spawnSync('mkdir', ['-p', join(path, 'b')]);
    spawnSync('cp', ['-a', join(path, 'a/secrets'), join(path, 'b/secrets')]);
    expect(() => Home.open(join(path, 'b'), 'production')).toThrow('made in development');
  });

  test('has one Lethe at a time; a lock of a dead process does not count', () => {
    const home = Home.open(path, 'development');
    expect(() => Home.open(path, 'development')).toThrow('works in this home');
    home.release();
    writeFileSync(join(path, 'lock'), `${String(process.pid)} 1\n`);
    Home.open(path, 'development').release();
    writeFileSync(join(path, 'lock'), '');
    Home.open(path, 'development').release();
  });

  test('has its number of slots for ever', () => {
    const home = Home.open(path, 'development');
    expect(home.fixSlots(4)).toBe(4);
    expect(() => home.fixSlots(12)).toThrow('4 slots, for ever');
    home.release();
  });

  test('is entered by nobody else; as root it can be passed through to the clusters only', () => {
    const home = Home.open(path, 'development');
    chmodSync(home.folder('ledger'), 0o777);
    expect(statSync(home.folder('ledger')).mode & 0o777).toBe(0o700);
    expect(statSync(home.secrets.folder).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(process.getuid?.() === 0 ? 0o711 : 0o700);
    home.release();
  });
});

describe('a secret', () => {
  test('is made once, whole, and read by its owner only', () => {
    const secrets = new Secrets(join(folder(), 'secrets'));
    const first = secrets.ensure('consent/tenant-secret');
    expect(secrets.ensure('consent/tenant-secret')).toBe(first);
    expect(statSync(join(secrets.folder, 'consent/tenant-secret')).mode & 0o777).toBe(0o400);
    expect(readdirSync(join(secrets.folder, 'consent'))).toEqual(['tenant-secret']);
    expect(() => secrets.need('none')).toThrow('secrets/none is not there');
    const bytes = secrets.bytes('collection/idempotency');
    expect(bytes).toHaveLength(32);
    expect(secrets.bytes('collection/idempotency').equals(bytes)).toBe(true);
    expect(readdirSync(join(secrets.folder, 'collection'))).toEqual(['idempotency']);
  });

  test('that is not whole opens nothing: fewer bytes are easier to guess', () => {
    const secrets = new Secrets(join(folder(), 'secrets'));
    for (const length of [0, 31, 33]) {
      writeFileSync(join(secrets.folder, `of-${String(length)}`), Buffer.alloc(length, 7));
      expect(() => secrets.bytes(`of-${String(length)}`)).toThrow(
        expect.objectContaining({ kind: 'unavailable', code: 'platform/damaged-secret' }),
      );
    }
  });

  // Not run where this machine mounts no file system for the test.
  (canHaveVolumes() ? test : test.skip)('is not begun on a disk that is full, and made once there is room', () => {
    const at = folder();
    const volume = new SmallVolume(at, 131_072);
    try {
      const secrets = new Secrets(join(at, 'secrets'));
      volume.fill(0);
      for (const make of [() => secrets.bytes('bytes'), () => secrets.ensure('text')]) expect(make).toThrow('ENOSPC');
      expect(readdirSync(secrets.folder)).toEqual([]);
      volume.empty();
      expect(secrets.bytes('bytes')).toHaveLength(32);
    } finally {
      volume.release();
    }
  });

  test.each(['postgres', 'changeme', 'short-one', 'only-for-tests', 'aaaaaaaaaaaaaaaaaaaaaaaa', '1234567890123456'])(
    '%s is made up',
    (secret) => {
      expect(() => refuseMadeUp(secret, 'secrets/x')).toThrow('secrets/x holds a made-up secret');
    },
  );
});

describe('PostgreSQL that comes with Lethe', () => {
  const options = (path: string) => ({ folder: join(path, 'data'), password: 'a-password-of-ours', volatile: true });
  const ask = async (
    server: EmbeddedPostgres,
    text: string,
    over: Partial<pg.ClientConfig> = {},
  ): Promise<unknown[]> => {
    const client = new pg.Client({ ...server.admin, ...over });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return !/\) Z /.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };

  test('asks for a password, keeps its port and its data, and stops cleanly', async () => {
    const path = folder();
    const first = await EmbeddedPostgres.start(options(path));
    await ask(first, 'create table kept (id int)');
    await expect(ask(first, 'select 1', { password: 'wrong' })).rejects.toMatchObject({ code: '28P01' });
    await first.stop();
    const second = await EmbeddedPostgres.start(options(path));
    expect(second.admin.port).toBe(first.admin.port);
    expect(await ask(second, 'select * from kept')).toEqual([]);
    expect(
      await ask(
        second,
        `select current_setting('log_error_verbosity') as v, current_setting('password_encryption') as p`,
      ),
    ).toEqual([{ v: 'terse', p: 'scram-sha-256' }]);
    await second.stop();
    expect(existsSync(join(path, 'data/cluster/postmaster.pid'))).toBe(false);
  });

  test('ends when its parent is killed, and starts again over what was left', async () => {
    const path = folder();
    const script = join(path, 'parent.mjs');
    writeFileSync(
      script,
      `import { EmbeddedPostgres } from ${JSON.stringify(new URL('./embedded-postgres.ts', import.meta.url).href)};
       const server = await EmbeddedPostgres.start(${JSON.stringify(options(path))});
       process.send({ port: server.admin.port });
       setInterval(() => undefined, 1000);`,
    );
    const parent = fork(script, {
      execArgv: [
        '--conditions=@lethe/source',
        '--experimental-transform-types',
        '--disable-warning=ExperimentalWarning',
      ],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await new Promise((resolve, reject) => {
      parent.once('message', resolve);
      parent.once('exit', (code) => reject(new Error(`parent ended (${String(code)})`)));
    });
    const pid = Number(readFileSync(join(path, 'data/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually(() => !isAlive(pid));
    const again = await EmbeddedPostgres.start(options(path));
    await ask(again, 'select 1');
    // Killed itself, with its children still about: the next start waits for them.
    const postmaster = Number(readFileSync(join(path, 'data/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(postmaster, 'SIGKILL');
    const third = await EmbeddedPostgres.start(options(path));
    await ask(third, 'select 1');
    await third.stop();
  });

  test('is reached by a socket of its own folder where it is told to, and by TCP where the path is too long for one', async () => {
    const path = folder();
    const near = await EmbeddedPostgres.start({ ...options(path), socket: true });
    expect(near.admin.host).toBe(join(path, 'data/cluster'));
    expect(await ask(near, 'select inet_server_addr() as address')).toEqual([{ address: null }]);
    await expect(ask(near, 'select 1', { password: 'wrong' })).rejects.toMatchObject({ code: '28P01' });
    // Who looks in from beside, with the password, comes over TCP.
    expect(await ask(near, 'select inet_server_addr() as address', { host: '127.0.0.1' })).toEqual([
      { address: '127.0.0.1' },
    ]);
    await near.stop();
    const far = await EmbeddedPostgres.start({ ...options(join(path, 'x'.repeat(120))), socket: true });
    expect(far.admin.host).toBe('127.0.0.1');
    await ask(far, 'select 1');
    await far.stop();
  });

  test('takes another port when its own is taken, and is not misled by a foreign process number', async () => {
    const path = folder();
    const first = await EmbeddedPostgres.start(options(path));
    await first.stop();
    const { createServer } = await import('node:net');
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(first.admin.port, '127.0.0.1', resolve));
    writeFileSync(
      join(path, 'data/cluster/postmaster.pid'),
      `${String(process.pid)}\n/nowhere\n0\n0\n\n\n0 0\nready\n`,
    );
    const second = await EmbeddedPostgres.start(options(path));
    expect(second.admin.port).not.toBe(first.admin.port);
    await ask(second, 'select 1');
    await second.stop();
    squatter.close();
  });
});
