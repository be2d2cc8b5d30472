import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small file system of its own, that can be filled and grown as a volume can. */
export class SmallVolume {
  constructor(
    readonly folder: string,
    private readonly mebibytes: number,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    mount('-t', 'tmpfs', '-o', `size=${String(mebibytes)}m,mode=700`, 'tmpfs', folder);
  }

  /** Takes all the room there is, also what has become free since. */
  fill(): void {
    for (let piece = 1_048_576; piece >= 1;) {
      try {
        appendFileSync(join(this.folder, 'filler'), Buffer.alloc(piece));
      } catch {
        piece = Math.floor(piece / 2);
      }
    }
  }

  /** Makes it three times as large; what is in it stays. */
  grow(): void {
    mount('-o', `remount,size=${String(this.mebibytes * 3)}m`, this.folder);
  }

  /** How much room there is, in bytes. */
  room(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  release(): void {
    execFileSync('umount', ['-l', this.folder]);
  }
}

/** Only root of a machine that lets it has one. */
export function canHaveVolumes(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'lethe-can-mount-'));
  try {
    new SmallVolume(probe, 1).release();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

const mount = (...args: string[]): void => void execFileSync('mount', args, { stdio: 'ignore' });
