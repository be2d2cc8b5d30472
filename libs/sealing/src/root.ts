import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '@lethe/kernel';
import { unwrapBytes, wrapBytes } from './wrap.ts';

/** What the epoch keys are wrapped under: a file, or a key service. The key itself never comes out. */
export interface Root {
  /** `context` is bound: unwrapping under another one fails. */
  wrap(key: Buffer, context: string): Promise<Buffer>;
  /** @throws Fault `forbidden` when this root did not wrap it, or not for this context */
  unwrap(wrapped: Buffer, context: string): Promise<Buffer>;
  /**
   * Resolves if a process that starts now would have this root.
   * @throws Fault of that start: the file is gone, is another one, or may be read by others; the service does not answer
   */
  startsAgain(): Promise<void>;
}

/** A root in a file of 32 random bytes, readable by its owner only. No backup may hold it. */
export class FileRoot implements Root {
  private constructor(
    private readonly path: string,
    private readonly key: KeyObject,
  ) {}

  /**
   * Reads the root, and makes it if `create` says so and it is not there.
   * @throws Fault `unavailable` when it is missing, `invalid` when others may read it or it is not 32 bytes
   */
  static async open(path: string, options: { readonly create: boolean }): Promise<FileRoot> {
    if (options.create) await makeOnce(path);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) throw new Fault('unavailable', 'sealing/no-root', 'the root file is not there');
    if ((found.mode & 0o077) !== 0)
      throw new Fault('invalid', 'sealing/open-root', 'others than its owner may read the root file');
    const bytes = await readFile(path);
    if (bytes.length !== 32) throw new Fault('invalid', 'sealing/bad-root', 'the root file is not 32 bytes');
    const root = new FileRoot(path, createSecretKey(bytes));
    bytes.fill(0);
    return root;
  }

  async wrap(key: Buffer, context: string): Promise<Buffer> {
    return wrapBytes(this.key, ['root', context], key);
  }

  async unwrap(wrapped: Buffer, context: string): Promise<Buffer> {
    return unwrapBytes(this.key, ['root', context], wrapped);
  }

  async startsAgain(): Promise<void> {
    const { key } = await FileRoot.open(this.path, { create: false });
    if (!key.equals(this.key)) throw new Fault('invalid', 'sealing/other-root', 'the root file is another one');
  }
}

/** A link is made whole or not at all, so that two first starts agree on one root and a crash leaves no half of one. */
async function makeOnce(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) !== undefined) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(randomBytes(32));
    await file.sync();
  } finally {
    await file.close();
  }
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(draft);
}
