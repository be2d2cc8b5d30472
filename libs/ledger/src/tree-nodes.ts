import { nodeHash } from './tree.ts';

const HASH = 32;

/** The hashes of all complete subtrees, level by level, in flat memory: 64 bytes a leaf in all. */
export class TreeNodes {
  private readonly levels: { bytes: Buffer; count: number }[] = [];

  push(leaf: Buffer): void {
    let hash = leaf;
    for (let height = 0; ; height += 1) {
      const level = this.put(height, hash);
      if (level.count % 2 === 1) return;
      hash = nodeHash(this.node(height, level.count - 2), this.node(height, level.count - 1));
    }
  }

  /** Copies out, so that nobody holds on to memory that is replaced when the level grows. */
  readonly node = (height: number, index: number): Buffer => {
    const level = this.levels[height];
    if (!level || index < 0 || index >= level.count) throw new RangeError('no such node');
    return Buffer.from(level.bytes.subarray(index * HASH, (index + 1) * HASH));
  };

  private put(height: number, hash: Buffer): { bytes: Buffer; count: number } {
    const level = (this.levels[height] ??= { bytes: Buffer.alloc(16 * HASH), count: 0 });
    if ((level.count + 1) * HASH > level.bytes.length) {
      level.bytes = Buffer.concat([level.bytes, Buffer.alloc(level.bytes.length)]);
    }
    hash.copy(level.bytes, level.count * HASH);
    level.count += 1;
    return level;
  }
}
