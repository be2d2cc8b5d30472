import { createReadStream, createWriteStream } from 'node:fs';
import { cp, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fault, type TenantId } from '@lethe/kernel';

/** One service's file of one backup. */
export interface BackupPart {
  readonly tenant: TenantId;
  readonly backup: string;
  readonly service: string;
}

/**
 * Where backups lie: folders, or an S3-compatible store. What lies there is sealed. Available and isolated are two places, and
 * nothing but the quarantine reads the second.
 */
export interface BackupPlace {
  /** The part is there whole or not at all; writing again replaces it. */
  write(part: BackupPart, content: Readable): Promise<void>;
  /** From wherever it lies, available or isolated. @throws Fault `missing` */
  read(part: BackupPart): Promise<Readable>;
  /** Moves a backup to where only the quarantine reads. Repeating it after a crash finishes it. */
  isolate(tenant: TenantId, backup: string): Promise<void>;
  /** Removes a backup wherever it lies, in every version that is kept of it, and looks again: true only when none is left. */
  remove(tenant: TenantId, backup: string): Promise<boolean>;
}

export const noSuchPart = (): Fault =>
  new Fault('missing', 'platform/no-backup-file', 'the file of this backup is not here');

/** Backups in two folders: `<folder>/<tenant>/<backup>/<service>.sealed`. */
export class FolderPlace implements BackupPlace {
  constructor(private readonly folders: { readonly backups: string; readonly isolation: string }) {}

  async write({ tenant, backup, service }: BackupPart, content: Readable): Promise<void> {
    const file = join(this.folders.backups, tenant, backup, `${service}.sealed`);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const fresh = `${file}.${String(process.pid)}`;
    await rm(fresh, { force: true });
    try {
      await pipeline(content, createWriteStream(fresh, { mode: 0o400, flags: 'wx' }));
      await settle(fresh);
      await rename(fresh, file);
      await settle(dirname(file));
    } finally {
      await rm(fresh, { force: true });
    }
  }

  async read({ tenant, backup, service }: BackupPart): Promise<Readable> {
    for (const folder of this.places(tenant, backup)) {
      const file = await open(join(folder, `${service}.sealed`)).catch((error: unknown) => {
        if (isCode(error, 'ENOENT')) return undefined;
        throw error;
      });
      if (file !== undefined) return createReadStream('', { fd: file });
    }
    throw noSuchPart();
  }

  async isolate(tenant: TenantId, backup: string): Promise<void> {
    const [from, to] = this.places(tenant, backup);
    if (!(await exists(from))) return;
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    try {
      await rename(from, to);
    } catch (error) {
      if (!isCode(error, 'EXDEV', 'ENOTEMPTY', 'EEXIST')) throw error;
      await cp(from, to, { recursive: true });
      await rm(from, { recursive: true, force: true });
    }
  }

  async remove(tenant: TenantId, backup: string): Promise<boolean> {
    const places = this.places(tenant, backup);
    for (const place of places) await rm(place, { recursive: true, force: true });
    const left = await Promise.all(places.map(exists));
    return left.every((one) => !one);
  }

  private places(tenant: TenantId, backup: string): [available: string, isolated: string] {
    return [join(this.folders.backups, tenant, backup), join(this.folders.isolation, tenant, backup)];
  }
}

async function exists(folder: string): Promise<boolean> {
  try {
    await readdir(folder);
    return true;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function settle(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const isCode = (error: unknown, ...codes: readonly string[]): boolean => {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && codes.includes(code);
};
