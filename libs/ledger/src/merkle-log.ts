import { mkdir, open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@lethe/kernel';
import { checkpointOf, readCheckpoint, type Checkpoint } from './checkpoint.ts';
import { notWritten, syncFolder, writeDurably } from './durable-file.ts';
import { reaches, untold, type Head } from './head.ts';
import { verifierKeys, type SigningKeys } from './signing-keys.ts';
import { consistencyPath, emptyRoot, inclusionPath, rootOf, verifyConsistency } from './tree.ts';
import { TreeNodes } from './tree-nodes.ts';
import { WriterLock } from './writer-lock.ts';

const HASH = 32;

/** Where a leaf stands, and the signed tree in which it does. */
export interface LogReceipt {
  readonly index: number;
  readonly path: readonly Buffer[];
  readonly checkpoint: string;
}

interface Waiting {
  readonly leaf: Buffer;
  readonly resolve: (receipt: LogReceipt) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * RFC 6962 log of leaf hashes (salted commitments, no person in them). Leaves are made durable, read back from the disk,
 * the root computed from what was read, consistency with the last signed tree proved, and only then a checkpoint signed:
 * a flipped bit is found before a signature is under it, and no two roots are ever signed for one size.
 */
export class MerkleLog {
  private readonly waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;
  private broken: unknown;
  private signed: Checkpoint;
  private note: string | undefined;

  private constructor(
    private readonly folder: string,
    private readonly keys: SigningKeys,
    private readonly origin: string,
    private readonly lock: WriterLock,
    private readonly leaves: FileHandle,
    private nodes: TreeNodes,
    private readonly told: Head,
  ) {
    this.signed = { origin, size: 0, root: emptyRoot() };
  }

  /**
   * @param origin names the log in its checkpoints: letters, digits, dots, slashes, hyphens
   * @throws Fault `conflict` when another process writes here; `unavailable` when the leaves are not those last signed, or the last
   *   signature is older than one that was told of
   */
  static async open(folder: string, keys: SigningKeys, origin: string, head: Head = untold): Promise<MerkleLog> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const lock = await WriterLock.take(join(folder, 'writer.lock'));
    let leaves: FileHandle | undefined;
    try {
      leaves = await open(join(folder, 'leaves'), 'a+', 0o600);
      await syncFolder(folder);
      const log = new MerkleLog(folder, keys, origin, lock, leaves, new TreeNodes(), head);
      await log.recover();
      return log;
    } catch (error) {
      await leaves?.close();
      await lock.release();
      throw error;
    }
  }

  size(): number {
    return this.signed.size;
  }

  /** The last signed checkpoint, if anything was ever logged. */
  checkpoint(): string | undefined {
    return this.note;
  }

  /**
   * Logs a leaf hash; resolves when a checkpoint that has it is durable. Callers that come at once share one checkpoint.
   * @throws Fault `unavailable` `ledger/not-written` when a write failed (a full disk): nobody was told of a leaf, and whoever comes
   *   again looks for it first (`find`); any other code is for good, until the log is opened anew
   */
  append(leaf: Buffer): Promise<LogReceipt> {
    if (leaf.length !== HASH) throw new Error('a leaf hash has 32 bytes');
    return new Promise((resolve, reject) => {
      this.waiting.push({ leaf, resolve, reject });
      this.writing ??= this.write();
    });
  }

  /** The receipt of a leaf at or after `from`, in the present tree: how a writer that died finds out whether it had logged. */
  find(leaf: Buffer, from: number): LogReceipt | undefined {
    for (let index = from; index < this.signed.size; index += 1) {
      if (this.nodes.node(0, index).equals(leaf)) return this.receipt(index);
    }
    return undefined;
  }

  /** @throws Fault `missing` for an index beyond the signed tree */
  receipt(index: number): LogReceipt {
    if (this.note === undefined || index < 0 || index >= this.signed.size) {
      throw new Fault('missing', 'ledger/no-such-leaf', 'no such leaf in the signed tree');
    }
    return { index, path: inclusionPath(this.nodes.node, index, 0, this.signed.size), checkpoint: this.note };
  }

  /** Proves that the signed tree only added to the tree of `first` leaves. */
  consistency(first: number): Buffer[] {
    if (first > this.signed.size) throw new Fault('missing', 'ledger/no-such-tree', 'no such size was ever signed');
    return consistencyPath(this.nodes.node, first, this.signed.size);
  }

  /** Makes the log ready for the next leaf, if a write has failed. @returns the code of why that cannot be */
  async mend(): Promise<string | undefined> {
    if (this.broken !== undefined) await (this.writing ??= this.write());
    if (this.broken === undefined) return undefined;
    return this.broken instanceof Fault ? this.broken.code : 'ledger/log-broken';
  }

  async close(): Promise<void> {
    await this.writing;
    this.broken = new Fault('unavailable', 'ledger/closed', 'the log is closed');
    await this.leaves.close();
    await this.lock.release();
  }

  private async write(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    do {
      const batch = this.waiting.splice(0);
      try {
        if (this.broken !== undefined) await this.reopen(this.broken);
        if (batch.length === 0) continue;
        const first = this.signed.size;
        await this.extend(batch.map(({ leaf }) => leaf));
        batch.forEach(({ resolve }, offset) => resolve(this.receipt(first + offset)));
      } catch (error) {
        this.broken = error;
        for (const { reject } of batch) reject(notWritten(error));
      }
    } while (this.waiting.length > 0);
    // In the same turn as the last look: nobody can have come in between.
    this.writing = undefined;
  }

  /**
   * After a write that failed: leaves behind the last signature were told to nobody and are cut, and all others are proved to be
   * those that were signed. A signature that had reached the disk counts, though nobody was told: its size is never signed again.
   * @throws `broken` itself where it says that nothing here may be touched any more
   */
  private async reopen(broken: unknown): Promise<void> {
    if (broken instanceof Fault) throw broken;
    await this.lock.confirm();
    this.nodes = new TreeNodes();
    await this.recover();
    await this.leaves.sync();
    await syncFolder(this.folder);
    this.broken = undefined;
  }

  private async extend(leaves: readonly Buffer[]): Promise<void> {
    await this.lock.confirm();
    const first = this.signed.size;
    await this.leaves.appendFile(Buffer.concat(leaves));
    await this.leaves.datasync();
    const back = Buffer.alloc(leaves.length * HASH);
    const { bytesRead } = await this.leaves.read(back, 0, back.length, first * HASH);
    if (bytesRead !== back.length || !back.equals(Buffer.concat(leaves))) throw damaged();
    for (let at = 0; at < back.length; at += HASH) this.nodes.push(back.subarray(at, at + HASH));
    await this.sign(first + leaves.length);
  }

  private async sign(size: number): Promise<void> {
    const root = rootOf(this.nodes.node, 0, size);
    const path = consistencyPath(this.nodes.node, this.signed.size, size);
    if (!verifyConsistency(this.signed.size, size, this.signed.root, root, path)) throw damaged();
    await this.lock.confirm();
    const checkpoint: Checkpoint = { origin: this.origin, size, root };
    const note = checkpointOf(checkpoint, this.keys);
    await writeDurably(join(this.folder, 'checkpoint'), note, 0o644);
    this.told.raise(size);
    this.signed = checkpoint;
    this.note = note;
  }

  private async recover(): Promise<void> {
    const note = await readFile(join(this.folder, 'checkpoint'), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    const checkpoint = note === undefined ? undefined : readCheckpoint(note, verifierKeys(this.keys.publicKeys()));
    if (note !== undefined && (!checkpoint || checkpoint.origin !== this.origin)) throw damaged();
    const size = checkpoint?.size ?? 0;
    reaches(this.told, size, 'the log');
    // Leaves behind the checkpoint were never told to anyone: the crash of a write.
    await truncate(join(this.folder, 'leaves'), Math.min(size * HASH, (await this.leaves.stat()).size));
    const bytes = await readFile(join(this.folder, 'leaves'));
    if (bytes.length !== size * HASH) throw damaged();
    for (let at = 0; at < bytes.length; at += HASH) this.nodes.push(bytes.subarray(at, at + HASH));
    if (!checkpoint || note === undefined) return;
    if (!rootOf(this.nodes.node, 0, size).equals(checkpoint.root)) throw damaged();
    this.signed = checkpoint;
    this.note = note;
  }
}

const damaged = (): Fault => new Fault('unavailable', 'ledger/log-damaged', 'the log is not the one last signed');
