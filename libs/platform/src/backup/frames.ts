import { z } from 'zod';

/**
 * What a backup holds before it is sealed: frames of a 4-byte length and that many bytes. First a header (JSON), then for each
 * table of the header its rows as PostgreSQL's COPY text, in frames, ended by an empty one; last a trailer (JSON) with counts.
 */
export const backupHeader = z.object({
  format: z.literal('lethe-backup/1'),
  service: z.string(),
  tenant: z.string(),
  backup: z.uuid(),
  /** Machine time. */
  snapshotAt: z.iso.datetime({ precision: 3 }),
  tables: z.array(
    z.object({ table: z.string(), columns: z.array(z.object({ name: z.string(), type: z.string() })).min(1) }),
  ),
});
export const backupTrailer = z.object({ rows: z.record(z.string(), z.int().min(0)) });
export type BackupHeader = z.infer<typeof backupHeader>;
export type BackupTrailer = z.infer<typeof backupTrailer>;

const FRAME_AT_MOST = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

export function frame(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export const END = frame(Buffer.alloc(0));
export const jsonFrame = (value: unknown): Buffer => frame(Buffer.from(JSON.stringify(value), 'utf8'));

/** Rows in a piece of COPY text: a line each, whatever they hold. */
export function lines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

/** Hands out one frame after another. @throws Error when the stream ends within one */
export class FrameReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async next(): Promise<Buffer> {
    const length = (await this.#take(4)).readUInt32BE();
    if (length > FRAME_AT_MOST) throw new Error('a frame of the backup is too long');
    return this.#take(length);
  }

  /** True when nothing follows; reads to the end, which is where a sealed stream proves to be whole. */
  async ended(): Promise<boolean> {
    if (this.#rest.length > 0) return false;
    const { done } = await this.#source.next();
    return done === true;
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#rest.length < length) {
      const piece = await this.#source.next();
      if (piece.done === true) throw new Error('the backup ends too early');
      this.#rest = this.#rest.length === 0 ? piece.value : Buffer.concat([this.#rest, piece.value]);
    }
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}
