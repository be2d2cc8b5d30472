import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@lethe/kernel';
import type { Root } from './root.ts';

/** The empty file by which a person says in a slot's folder that what it held was lost for good. */
const BEGIN_ANEW = 'begin-anew';
/** What a write that was killed leaves beside a key ends so. */
const DRAFT = '.draft';

/**
 * Two folders that hold each key kept outside the keyring, wrapped by the root. A key is in both or it is not used;
 * destroyed means gone from both. An empty folder may be one whose volume is not mounted: it is no slot before a person says so.
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
    return (await this.names()).some((name) => name.startsWith(prefix));
  }

  /** Names of the keys of which either slot has a file, or the rest of a write, opened by this root or not. */
  async names(): Promise<string[]> {
    const names = (await Promise.all(this.folders.map(namesIn))).flat();
    return [...new Set(names.map((name) => (name.endsWith(DRAFT) ? name.slice(0, -DRAFT.length) : name)))];
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

  /**
   * Writes what a slot has lost of these keys. Only where the slot is there: a file of `present` lies in it, or somebody has said
   * in it that it is to begin anew. Only for keys that nobody destroys meanwhile. @throws as the root does, when it does not answer
   */
  async mend(present: string, others: readonly string[] = []): Promise<void> {
    for (const [at, folder] of this.folders.entries()) {
      const names = await namesIn(folder);
      const anew = names.includes(BEGIN_ANEW);
      if (!anew && !names.includes(present)) continue;
      for (const name of [...others, present]) await this.mendAt(at, name);
      if (!anew || !(await namesIn(folder)).includes(present)) continue;
      await unlink(join(folder, BEGIN_ANEW));
      await syncFolder(folder);
    }
  }

  private async mendAt(at: number, name: string): Promise<void> {
    const files = await Promise.all(this.folders.map((folder) => readFile(join(folder, name)).catch(() => undefined)));
    // Two copies of one write: there is nothing to ask the root.
    if (files[0] !== undefined && files[1]?.equals(files[0])) return;
    const copies = await this.copies(name);
    const good = copies.find((copy) => copy !== undefined);
    if (good !== undefined && copies[at] === undefined) await this.write(this.folders[at]!, name, good.wrapped);
  }

  /** Overwrites and removes it in both slots, with what a killed write has left of it; what is not there is already destroyed. */
  async destroy(name: string): Promise<void> {
    for (const folder of this.folders) {
      for (const file of [name, `${name}${DRAFT}`]) await overwriteAndRemove(join(folder, file));
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
    const draft = join(folder, `${name}${DRAFT}`);
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

const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });

async function overwriteAndRemove(path: string): Promise<void> {
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
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
