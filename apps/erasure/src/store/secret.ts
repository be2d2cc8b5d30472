import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** 32 random bytes of this service's own, made on first use, readable by the owner only. */
export async function secretIn(folder: string, name: string): Promise<Buffer> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${name}.key`);
  await writeFile(path, randomBytes(32), { flag: 'wx', mode: 0o400 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const secret = await readFile(path);
  if (secret.length !== 32) throw new Error(`${name}.key has not 32 bytes`);
  return secret;
}
