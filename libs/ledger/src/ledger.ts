import { mkdir, open, readdir, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@lethe/kernel';
import { syncFolder } from './durable-file.ts';
import { entryOf, ledgerEntry, lineOf, type LedgerEntry, type LedgerFact } from './ledger-entry.ts';
import { WriterLock } from './writer-lock.ts';

export interface LedgerOptions {
  /** Entries a file; then the next is begun. */
  readonly entriesPerFile?: number;
}

interface Waiting {
  readonly facts: readonly LedgerFact[];
  readonly resolve: (entries: LedgerEntry[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Every so many entries a place is remembered, from which reading starts. */
const STRIDE = 512;

/**
 * The replay list: append-only files on a volume of their own, one writer, durable before anything is destroyed on the
 * word of it. A torn tail (the crash of a write nobody was told of) is cut on opening; damage anywhere else refuses to
 * open, because a list that has lost an entry would bring somebody back.
 */
export class Ledger {
  private readonly waiting: Waiting[] = [];
  private places: { readonly entry: number; readonly file: string; readonly offset: number }[] = [];
  private files: { readonly name: string; readonly first: number }[] = [];
  private last = 0;
  private file: FileHandle | undefined;
  private size = 0;
  private writing: Promise<void> | undefined;
  private broken: unknown;

  private constructor(
    private readonly folder: string,
    private readonly lock: WriterLock,
    private readonly entriesPerFile: number,
  ) {}

  /** @throws Fault `conflict` when another process writes here; `unavailable` when the files are damaged */
  static async open(folder: string, options: LedgerOptions = {}): Promise<Ledger> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const lock = await WriterLock.take(join(folder, 'writer.lock'));
    const ledger = new Ledger(folder, lock, options.entriesPerFile ?? 100_000);
    try {
      await ledger.recover();
      return ledger;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** The number of the last entry; 0 when there is none. */
  head(): number {
    return this.last;
  }

  async append(fact: LedgerFact): Promise<LedgerEntry> {
    const [entry] = await this.appendAll([fact]);
    if (!entry) throw new Error('nothing appended');
    return entry;
  }

  /**
   * Appends all or none, in order; resolves when they survive a power cut. Callers that come at once share one write.
   * @throws Fault `unavailable` once a write has failed: the writer must open the ledger anew, because what the disk
   * holds is no longer known
   */
  appendAll(facts: readonly LedgerFact[]): Promise<LedgerEntry[]> {
    if (facts.length === 0) return Promise.resolve([]);
    const checked = facts.map((fact) => ledgerEntry.omit({ entry: true }).parse(fact));
    return new Promise((resolve, reject) => {
      this.waiting.push({ facts: checked, resolve, reject });
      this.writing ??= this.write();
    });
  }

  /** Up to `limit` entries after number `after`, in order; only what is durable. */
  async after(after: number, limit: number): Promise<LedgerEntry[]> {
    const found: LedgerEntry[] = [];
    const until = this.last;
    if (limit <= 0 || after >= until) return found;
    const place = this.places.findLast(({ entry }) => entry <= after + 1);
    if (!place) return found;
    const start = this.files.findIndex(({ name }) => name === place.file);
    for (const [index, { name }] of this.files.slice(start).entries()) {
      for await (const { entry } of this.read(name, index === 0 ? place.offset : 0)) {
        if (!entry) throw damaged(name);
        if (entry.entry > until || found.length >= limit) return found;
        if (entry.entry > after) found.push(entry);
      }
    }
    return found;
  }

  /** The first entry after `after` that `matches`: how a writer that died finds out whether it had written. */
  async find(after: number, matches: (entry: LedgerEntry) => boolean): Promise<LedgerEntry | undefined> {
    for (let from = after; ;) {
      const entries = await this.after(from, 1000);
      const found = entries.find(matches);
      if (found || entries.length === 0) return found;
      from = entries.at(-1)?.entry ?? from;
    }
  }

  /** The code of what broke it: from then on nothing is written until it is opened anew. */
  fault(): string | undefined {
    if (this.broken === undefined) return undefined;
    return this.broken instanceof Fault ? this.broken.code : 'ledger/ledger-broken';
  }

  async close(): Promise<void> {
    await this.writing;
    await this.file?.close();
    this.file = undefined;
    this.broken ??= new Fault('unavailable', 'ledger/closed', 'the ledger is closed');
    await this.lock.release();
  }

  private async write(): Promise<void> {
    // A turn of the loop, so that callers of the same moment share one fsync.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0);
      try {
        if (this.broken) throw new Fault('unavailable', 'ledger/broken', 'an earlier write failed');
        const results = await this.writeBatch(batch);
        batch.forEach((one, index) => one.resolve(results[index] ?? []));
      } catch (error) {
        this.broken ??= error;
        for (const one of batch) one.reject(error);
      }
    }
    // In the same turn as the last look: nobody can have come in between.
    this.writing = undefined;
  }

  private async writeBatch(batch: readonly Waiting[]): Promise<LedgerEntry[][]> {
    await this.lock.confirm();
    const current = this.files.at(-1);
    if (!current || this.last + 1 - current.first >= this.entriesPerFile) await this.begin(this.last + 1);
    const { file, name } = this.current();
    let number = this.last;
    const results = batch.map(({ facts }) => facts.map((fact): LedgerEntry => ({ entry: (number += 1), ...fact })));
    const places: typeof this.places = [];
    let offset = this.size;
    let text = '';
    for (const entry of results.flat()) {
      if (entry.entry % STRIDE === 0) places.push({ entry: entry.entry, file: name, offset });
      const line = lineOf(entry);
      offset += Buffer.byteLength(line);
      text += line;
    }
    await file.appendFile(text);
    await file.datasync();
    await this.lock.confirm();
    this.places.push(...places);
    this.size = offset;
    this.last = number;
    return results;
  }

  private current(): { file: FileHandle; name: string } {
    const name = this.files.at(-1)?.name;
    if (!this.file || name === undefined) throw new Error('no file is open');
    return { file: this.file, name };
  }

  private async begin(first: number): Promise<void> {
    await this.file?.close();
    const name = `${String(first).padStart(12, '0')}.jsonl`;
    this.file = await open(join(this.folder, name), 'a', 0o600);
    await this.file.sync();
    await syncFolder(this.folder);
    this.files.push({ name, first });
    this.places.push({ entry: first, file: name, offset: 0 });
    this.size = 0;
  }

  private async recover(): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => /^\d{12}\.jsonl$/.test(name)).sort();
    for (const name of names) {
      const isLast = name === names.at(-1);
      if (Number(name.slice(0, 12)) !== this.last + 1) throw damaged(name);
      this.files.push({ name, first: this.last + 1 });
      this.places.push({ entry: this.last + 1, file: name, offset: 0 });
      let end = 0;
      for await (const { entry, offset, next, complete } of this.read(name, 0)) {
        // Only what was never finished may be cut; a finished line that does not check is damage.
        if (!complete && isLast) break;
        if (!complete || entry?.entry !== this.last + 1) throw damaged(name);
        this.last = entry.entry;
        if (this.last % STRIDE === 0) this.places.push({ entry: this.last, file: name, offset });
        end = next;
      }
      if (isLast) await this.continue(name, end);
    }
  }

  private async continue(name: string, end: number): Promise<void> {
    const path = join(this.folder, name);
    await truncate(path, end);
    this.file = await open(path, 'a', 0o600);
    await this.file.sync();
    await syncFolder(this.folder);
    this.size = end;
  }

  private async *read(name: string, from: number): AsyncGenerator<Line> {
    const handle = await open(join(this.folder, name), 'r');
    try {
      let rest = Buffer.alloc(0);
      let at = from;
      for await (const chunk of handle.createReadStream({ start: from, autoClose: false })) {
        rest = Buffer.concat([rest, chunk as Buffer]);
        let begin = 0;
        for (let feed = rest.indexOf(10); feed >= 0; feed = rest.indexOf(10, begin)) {
          const line = rest.toString('utf8', begin, feed);
          const next = at + (feed - begin) + 1;
          yield { entry: entryOf(line), offset: at, next, complete: true };
          at = next;
          begin = feed + 1;
        }
        rest = rest.subarray(begin);
      }
      if (rest.length > 0) yield { entry: undefined, offset: at, next: at + rest.length, complete: false };
    } finally {
      await handle.close();
    }
  }
}

interface Line {
  /** Undefined when checksum or shape is wrong. */
  readonly entry: LedgerEntry | undefined;
  readonly offset: number;
  readonly next: number;
  /** Ends with a line feed. */
  readonly complete: boolean;
}

const damaged = (file: string): Fault =>
  new Fault('unavailable', 'ledger/damaged', `${file} has lost or changed an entry`);
