import { open, rename, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Fault } from '@lethe/kernel';

/** What those hear who waited for a write that failed: a fault as it is, a disk's error as one that is worth trying anew. */
export const notWritten = (error: unknown): Fault => {
  if (error instanceof Fault) return error;
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return Object.assign(new Fault('unavailable', 'ledger/not-written', `the ledger could not be written (${code})`), {
    cause: error,
  });
};

/** Makes names in a folder (created, renamed) survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes all of it there: a disk that is nearly full takes a part without saying so, and refuses only the rest. */
export async function writeWhole(file: FileHandle, text: string, at: number): Promise<void> {
  const bytes = Buffer.from(text, 'latin1');
  for (let done = 0; done < bytes.length;)
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}

/** Replaces a file as a whole: a reader, also after a crash, sees the old content or the new, never a part. */
export async function writeDurably(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const folder = dirname(path);
  const beside = join(folder, `.${basename(path)}.new`);
  const handle = await open(beside, 'w', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, path);
  await syncFolder(folder);
}
