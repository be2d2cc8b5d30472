import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Home } from './home/home.ts';
import { rootOf } from './keyring-root.ts';

const BAO = { address: 'https://bao.internal:8200', key: 'lethe' };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lethe-root-of-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const home = (): Home => Home.open(join(folder, 'home'), 'development', { alone: false });

test('a home that began with a file as root never changes to Transit, whose key could open nothing', async () => {
  await rootOf(home(), undefined);
  home().secrets.ensure('keyring/transit-token');
  await expect(rootOf(home(), BAO)).rejects.toMatchObject({ kind: 'conflict', code: 'platform/root-differs' });
});

test('a home whose root is in Transit is not given a file when its place is forgotten', async () => {
  home().secrets.ensure('keyring/transit-token');
  await rootOf(home(), BAO);
  await expect(rootOf(home(), undefined)).rejects.toMatchObject({ kind: 'conflict', code: 'platform/root-differs' });
});

test('a root file that is lost is never made again where epoch keys lie in either slot: it would hide the loss', async () => {
  await rootOf(home(), undefined);
  const file = join(home().secrets.folder, 'keyring/keyring-root');
  for (const slot of [join(home().folder('keys'), 'epoch'), join(home().secrets.folder, 'keyring/epoch')]) {
    await mkdir(slot, { recursive: true });
    await writeFile(join(slot, 'epoch-1'), 'wrapped');
    await rm(file);
    await expect(rootOf(home(), undefined)).rejects.toMatchObject({ kind: 'unavailable', code: 'sealing/no-root' });
    expect(existsSync(file)).toBe(false);
    await rm(slot, { recursive: true });
    await rootOf(home(), undefined);
  }
});

test('Transit needs a token, and https unless it is on this machine', async () => {
  await expect(rootOf(home(), BAO)).rejects.toMatchObject({ kind: 'missing', code: 'platform/no-secret' });
  home().secrets.ensure('keyring/transit-token');
  await expect(rootOf(home(), { ...BAO, address: 'http://bao.internal:8200' })).rejects.toMatchObject({
    kind: 'invalid',
    code: 'platform/plain-transit',
  });
  await expect(rootOf(home(), { ...BAO, address: 'http://127.0.0.1:8200' })).resolves.toBeDefined();
});
