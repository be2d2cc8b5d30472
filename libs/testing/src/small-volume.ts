import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MIB = 1_048_576;

/** A small file system of its own over a folder, that can be filled, emptied and grown as a volume can. */
export class SmallVolume {
  /** @throws Error where this machine mounts none: `canHaveVolumes` */
  constructor(
    readonly folder: string,
    private readonly bytes: number,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    mount('-t', 'tmpfs', '-o', `size=${String(bytes)},mode=700`, 'tmpfs', folder);
  }

  /** Takes all the room there is but for so many bytes, also what has become free since. */
  fill(but = 0): void {
    const file = this.#filler;
    writeFileSync(file, '', { flag: 'a' });
    for (let piece = MIB; piece >= 1;) {
      try {
        appendFileSync(file, Buffer.alloc(piece));
      } catch {
        piece = Math.floor(piece / 2);
      }
    }
    truncateSync(file, statSync(file).size - but);
  }

  /** Gives back what `fill` took. */
  empty(): void {
    rmSync(this.#filler);
  }

  /** Makes it three times as large; what is in it stays. */
  grow(): void {
    mount('-o', `remount,size=${String(this.bytes * 3)}`, this.folder);
  }

  /** How much room there is, in bytes. */
  room(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  release(): void {
    execFileSync('umount', ['-l', this.folder]);
  }

  get #filler(): string {
    return join(this.folder, 'filler');
  }
}

/** Only root of a machine that lets it has one. */
export function canHaveVolumes(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'lethe-can-mount-'));
  try {
    new SmallVolume(probe, MIB).release();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

const mount = (...args: string[]): void => void execFileSync('mount', args, { stdio: 'ignore' });
