import { closeSync, existsSync, fdatasync, fdatasyncSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryMarks, type Mark } from '@lethe/messaging';
import { z } from 'zod';

const COMPACT_BEYOND_BYTES = 4_000_000;
const FLUSH_EVERY_MS = 1_000;

const line = z.tuple([z.enum(['told', 'heard']), z.string(), z.string(), z.int().min(0), z.string(), z.int().min(1)]);

/**
 * Marks in a file of the home, beside the databases and in no backup of them: lives, topics, slots and numbers, nothing of
 * anyone. A line is written before it returns, so it outlives the process; it is forced to disk each second, so a power cut
 * may lower the marks by as much, never raise them. A torn last line is passed over.
 */
export class FileMarks extends MemoryMarks {
  readonly #path: string;
  #file: number;
  #size: number;
  #timer: NodeJS.Timeout | undefined;
  #isTorn = false;

  private constructor(path: string, file: number) {
    super();
    this.#path = path;
    this.#file = file;
    this.#size = 0;
  }

  /** @param folder made where it is not; `name` the service's */
  static open(folder: string, name: string): FileMarks {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `${name}.marks`);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const marks = new FileMarks(path, openSync(path, 'a', 0o600));
    for (const each of text.split('\n')) {
      const mark = markOf(each);
      if (mark !== undefined) marks.higher(mark);
    }
    marks.#size = fstatSync(marks.#file).size;
    // What a crash tore off must not swallow the next line.
    marks.#isTorn = text !== '' && !text.endsWith('\n');
    return marks;
  }

  override raise(mark: Mark): void {
    if (!this.isHigher(mark)) return;
    this.#write(textOf(mark));
    this.higher(mark);
    if (this.#size > COMPACT_BEYOND_BYTES) this.#compact();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      fdatasync(this.#file, () => undefined);
    }, FLUSH_EVERY_MS).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    fdatasyncSync(this.#file);
    closeSync(this.#file);
  }

  /** @throws Error when not all of it was written, as a disk that is nearly full does without saying so */
  #write(text: string): void {
    // What was torn off before must not swallow this line.
    const whole = this.#isTorn ? `\n${text}` : text;
    this.#isTorn = true;
    const written = writeSync(this.#file, whole);
    this.#size += written;
    if (written < Buffer.byteLength(whole))
      throw Object.assign(new Error('a mark was not written whole'), { code: 'ENOSPC' });
    this.#isTorn = false;
  }

  /** One line a mark, in a file that takes the place of the old one whole. */
  #compact(): void {
    const fresh = openSync(`${this.#path}.new`, 'w', 0o600);
    const size = writeSync(fresh, this.all().map(textOf).join(''));
    fdatasyncSync(fresh);
    closeSync(fresh);
    renameSync(`${this.#path}.new`, this.#path);
    closeSync(this.#file);
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#size = size;
  }
}

const textOf = ({ kind, under, topic, slot, incarnation, number }: Mark): string =>
  `${JSON.stringify([kind, under, topic, slot, incarnation, number])}\n`;

function markOf(text: string): Mark | undefined {
  try {
    const [kind, under, topic, slot, incarnation, number] = line.parse(JSON.parse(text));
    return { kind, under, topic, slot, incarnation, number };
  } catch {
    return undefined;
  }
}
