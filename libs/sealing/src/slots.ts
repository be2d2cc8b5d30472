import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@lethe/kernel';
import type { Root } from './root.ts';

/**
 * Two folders that hold each key kept outside the keyring, wrapped by the root. A key is in both or it is not used;
 * destroyed means gone from both.
 */
export class Slots {
  constructor(
    private readonly folders: readonly [string, string],
    private readonly root: Root,
  ) {}

  async prepare(): Promise<void> {
    for (const folder of this.folders) await mkdir(folder, { recursive: true, mode: 0o700 });
  }

  /** Is there a key whose name begins so in either slot, opened by this root or not? */
  async holdAny(prefix: string): Promise<boolean> {
    const names = await Promise.all(this.folders.map((folder) => readdir(folder)));
    return names.flat().some((name) => name.startsWith(prefix));
  }

  /** Makes a key, in both slots, and proves that it reads back from each. */
  async make(name: string): Promise<KeyObject> {
    const bytes = randomBytes(32);
    const wrapped = await this.root.wrap(bytes, name);
    for (const folder of this.folders) await this.write(folder, name, wrapped);
    for (const folder of this.folders) {
      if (!(await this.root.unwrap(await readFile(join(folder, name)), name)).equals(bytes)) {
        throw new Fault('unavailable', 'sealing/slot-lied', 'a slot did not give back what was written');
      }
    }
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return key;
  }

  /** The key, from whichever slot has it; undefined when none has. A slot whose copy is damaged counts as empty. */
  async read(name: string): Promise<KeyObject | undefined> {
    const copies = await this.copies(name);
    return copies.find((copy) => copy !== undefined)?.key;
  }

  /** Which of the two slots has a copy that the root opens. @throws as the root does, when it does not answer */
  async holding(name: string): Promise<readonly [boolean, boolean]> {
    const [first, second] = await this.copies(name);
    return [first !== undefined, second !== undefined];
  }

  /** Writes the copy of a slot that lost it. Only for a key that is not being destroyed meanwhile. */
  async mend(name: string): Promise<void> {
    const copies = await this.copies(name);
    const good = copies.find((copy) => copy !== undefined);
    if (good === undefined) return;
    for (const [at, copy] of copies.entries()) {
      if (copy === undefined) await this.write(this.folders[at]!, name, good.wrapped);
    }
  }

  /** Overwrites and removes it in both slots; what is not there is already destroyed. */
  async destroy(name: string): Promise<void> {
    for (const folder of this.folders) {
      const path = join(folder, name);
      try {
        const file = await open(path, 'r+');
        try {
          const { size } = await file.stat();
          await file.write(randomBytes(size), 0, size, 0);
          await file.sync();
        } finally {
          await file.close();
        }
        await unlink(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
      await syncFolder(folder);
    }
  }

  private async copies(name: string) {
    return Promise.all(
      this.folders.map(async (folder) => {
        const wrapped = await readFile(join(folder, name)).catch(() => undefined);
        if (wrapped === undefined) return undefined;
        const bytes = await this.root.unwrap(wrapped, name).catch((error: unknown) => {
          if (error instanceof Fault && error.kind === 'forbidden') return undefined;
          throw error;
        });
        if (bytes === undefined) return undefined;
        const key = createSecretKey(bytes);
        bytes.fill(0);
        return { key, wrapped };
      }),
    );
  }

  private async write(folder: string, name: string, wrapped: Buffer): Promise<void> {
    const draft = join(folder, `${name}.draft`);
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(wrapped);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, join(folder, name));
    await syncFolder(folder);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
