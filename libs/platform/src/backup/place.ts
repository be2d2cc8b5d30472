import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fault, type TenantId } from '@lethe/kernel';
import { crashPoint } from '../crash-point.ts';

/** One service's file of one backup. */
export interface BackupPart {
  readonly tenant: TenantId;
  readonly backup: string;
  readonly service: string;
  /** The sealed tables (unless said), or what was said of them when they were taken: counts and a digest. */
  readonly of?: 'sealed' | 'taken';
}

/**
 * Where backups lie: folders, or an S3-compatible store. What lies there is sealed. Available and isolated are two places, and
 * nothing but the quarantine reads the second.
 */
export interface BackupPlace {
  /**
   * The part is there whole or not at all. What is sealed is never replaced: a name is used once.
   * @throws Fault `conflict` `platform/backup-lies-there` where it was
   */
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

export const liesThere = (): Fault =>
  new Fault('conflict', 'platform/backup-lies-there', 'a part of this backup lies there already');

/** The last name of a part, in a folder or a bucket. */
export const nameOf = ({ service, of = 'sealed' }: BackupPart): string => `${service}.${of}`;

/** Backups in two folders: `<folder>/<tenant>/<backup>/<service>.sealed`, and `.taken` beside it. */
export class FolderPlace implements BackupPlace {
  constructor(private readonly folders: { readonly backups: string; readonly isolation: string }) {}

  async write(part: BackupPart, content: Readable): Promise<void> {
    const { tenant, backup, of = 'sealed' } = part;
    const file = join(this.folders.backups, tenant, backup, nameOf(part));
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const fresh = `${file}.${String(process.pid)}`;
    await rm(fresh, { force: true });
    try {
      await pipeline(content, createWriteStream(fresh, { mode: 0o400, flags: 'wx' }));
      await settle(fresh);
      if (of === 'sealed' && (await stat(file).catch(() => undefined)) !== undefined) throw liesThere();
      await rename(fresh, file);
      await settle(dirname(file));
    } finally {
      await rm(fresh, { force: true });
    }
  }

  async read(part: BackupPart): Promise<Readable> {
    for (const folder of this.places(part.tenant, part.backup)) {
      const file = await open(join(folder, nameOf(part))).catch((error: unknown) => {
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
      await carry(from, to);
    }
    for (const folder of [dirname(dirname(to)), dirname(to), dirname(from)]) await settle(folder);
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

/** What is on its way; nobody reads it. */
const MOVING = '.moving';

/** Copies what lies in a folder to another volume. None of it goes from here before all of it is there, whatever loses power. */
async function carry(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const names = await readdir(from);
  for (const name of names) await copy(join(from, name), join(to, name));
  // What a try left that was broken off.
  for (const name of await readdir(to)) if (name.endsWith(MOVING)) await rm(join(to, name), { force: true });
  for (const folder of [to, dirname(to), dirname(dirname(to))]) await settle(folder);
  crashPoint('retention.isolation.copied');
  await rm(from, { recursive: true, force: true });
}

/** The copy is there whole or not at all, and on the disk. */
async function copy(from: string, to: string): Promise<void> {
  const moving = `${to}.${randomUUID()}${MOVING}`;
  try {
    await pipeline(createReadStream(from), createWriteStream(moving, { mode: 0o400, flags: 'wx' }));
    await settle(moving);
    if ((await digestOf(moving)) !== (await digestOf(from)))
      throw new Fault('unavailable', 'platform/copy-differs', 'a copy of a backup is not what was copied');
    crashPoint('retention.isolation.file-copied');
    await rename(moving, to);
  } finally {
    await rm(moving, { force: true });
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
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
