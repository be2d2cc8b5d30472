import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPack } from './load-pack.ts';

const GUIDE = fileURLToPath(new URL('../../../docs/packs.md', import.meta.url));

export const guideText = (): string => readFileSync(GUIDE, 'utf8');

/** The files of the guide: every example that names one, in the order in which they stand. */
export function guideFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [, name = '', text = ''] of guideText().matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm))
    files.set(name, `${files.get(name) ?? ''}${text}`);
  return files;
}

/** The pack of the guide, as somebody who copies it would have it on disk. */
export function writeGuidePack(files: ReadonlyMap<string, string> = guideFiles()): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'lethe-guide-')), 'lantern');
  for (const [name, text] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

export const lantern = loadPack(writeGuidePack());
