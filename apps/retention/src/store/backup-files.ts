import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TenantId } from '@lethe/kernel';

/** The files of backups: `<folder>/<tenant>/<backup>/<service>.sealed`, and the same below the isolation folder. */
export class BackupFiles {
  constructor(private readonly folders: { readonly backups: string; readonly isolation: string }) {}

  /** Moves a backup to where only the quarantine path reads. Repeating it after a crash finishes it. */
  async isolate(tenant: TenantId, backup: string): Promise<void> {
    const from = join(this.folders.backups, tenant, backup);
    const to = join(this.folders.isolation, tenant, backup);
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

  /** Removes a backup's files wherever they lie, and looks again: true only when none is left. */
  async remove(tenant: TenantId, backup: string): Promise<boolean> {
    const places = [join(this.folders.backups, tenant, backup), join(this.folders.isolation, tenant, backup)];
    for (const place of places) await rm(place, { recursive: true, force: true });
    const left = await Promise.all(places.map(exists));
    return left.every((one) => !one);
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

const isCode = (error: unknown, ...codes: readonly string[]): boolean => {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && codes.includes(code);
};
