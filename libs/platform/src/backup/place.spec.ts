import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describePlace } from './place.contract.ts';
import { FolderPlace } from './place.ts';

const home = mkdtempSync(join(tmpdir(), 'lethe-place-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

describePlace('backups in folders', () => {
  const folders = { backups: join(home, 'backups'), isolation: join(home, 'isolation') };
  const files = (folder: string): string[] =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.sealed'))
      : [];
  return Promise.resolve({
    place: new FolderPlace(folders),
    lying: () => Promise.resolve({ available: files(folders.backups), isolated: files(folders.isolation) }),
  });
});
