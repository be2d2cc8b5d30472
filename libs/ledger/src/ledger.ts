import type { KeyObject } from 'node:crypto';
import { mkdir, open, readdir, stat, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, type TenantId } from '@lethe/kernel';
import { notWritten, syncFolder, writeDurably, writeWhole } from './durable-file.ts';
import { reaches, untold, type Head } from './head.ts';
import {
  FORGOTTEN_AT_ONCE,
  ledgerFact,
  lineOf,
  type LedgerEntry,
  type LedgerFact,
  type LineContent,
  type StoredEntry,
} from './ledger-entry.ts';
import { apart, Chain, damaged, foreign, linesOf } from './ledger-lines.ts';
import { BLANK, GONE, openRefs, refIn, refsOf, SLOT, slotsIn } from './refs.ts';
import { WriterLock } from './writer-lock.ts';

export interface LedgerOptions {
  /** Entries a file; then the next is begun. */
  readonly entriesPerFile?: number;
  /** Held against what is there, before anything is cut. */
  readonly head?: Head;
  /** The entry from which on each has a MAC; one before it may be of before there were any. */
  readonly macsFrom?: Head;
}

/** From where reading starts: an entry, where it lies, and the MAC of the one before it. */
interface Place {
  readonly entry: number;
  readonly file: string;
  readonly offset: number;
  readonly before: string;
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
 * open, because a list that has lost an entry, or a ref that no entry says is dropped, would bring somebody back. So does an
 * entry that somebody else has written, which would make somebody's data go: each has a MAC that binds all before it.
 */
export class Ledger {
  private readonly waiting: Waiting[] = [];
  private places: Place[] = [];
  private files: { readonly name: string; readonly first: number }[] = [];
  private last = 0;
  /** The MAC of the last entry. */
  private mac = Chain.START;
  /** From this entry on each has a MAC; 0: not known yet. */
  private from = 0;
  private file: FileHandle | undefined;
  /** Refs of the entries of `file`, a slot each. */
  private refs: FileHandle | undefined;
  private size = 0;
  /** Entries whose refs this process has dropped: who reads meanwhile may find half of one. */
  private readonly dropped = new Set<number>();
  private writing: Promise<void> | undefined;
  private broken: unknown;

  private constructor(
    private readonly folder: string,
    private readonly lock: WriterLock,
    private readonly chain: Chain,
    private readonly entriesPerFile: number,
    private readonly told: Head,
    private readonly macsFrom: Head,
  ) {}

  /**
   * @param key under which entries are chained; no other key opens the list
   * @throws Fault `conflict` when another process writes here; `unavailable` when the files are damaged, end too early, or say what
   *   was not written under this key
   */
  static async open(folder: string, key: KeyObject, options: LedgerOptions = {}): Promise<Ledger> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const lock = await WriterLock.take(join(folder, 'writer.lock'));
    const { entriesPerFile = 100_000, head = untold, macsFrom = untold } = options;
    const ledger = new Ledger(folder, lock, new Chain(key), entriesPerFile, head, macsFrom);
    try {
      await ledger.recover();
      return ledger;
    } catch (error) {
      await ledger.close();
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
   * @throws Fault `unavailable` `ledger/not-written` when a write failed (a full disk): nothing was appended, and the next one is
   *   tried anew; any other code is for good, until the list is opened anew
   */
  appendAll(facts: readonly LedgerFact[]): Promise<LedgerEntry[]> {
    if (facts.length === 0) return Promise.resolve([]);
    const checked = facts.map((fact) => ledgerFact.parse(fact));
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
    let mac = place.before;
    for (const [index, { name, first }] of this.files.slice(start).entries()) {
      const from = index === 0 ? place.entry : first;
      const slots = await this.slots(name, from - first, after + limit - from + 1);
      for await (const { content } of linesOf(join(this.folder, name), index === 0 ? place.offset : 0)) {
        if (!content) throw damaged(name);
        const { entry } = content;
        if (entry.entry > until || found.length >= limit) return found;
        mac = this.follow(mac, content, name);
        if (entry.entry > after) found.push(this.withRef(entry, slots(entry.entry - from), name));
      }
    }
    return found;
  }

  /**
   * Drops the refs of entries, for ever; resolves when it survives a power cut. That they are dropped is an entry of its own, and
   * durable first: a crash between is finished on opening, and a ref that is missing without one is damage. No byte of the
   * entries changes.
   */
  async forget(tenant: TenantId, entries: readonly number[], at: Date): Promise<void> {
    for (let from = 0; from < entries.length; from += FORGOTTEN_AT_ONCE) {
      const some = entries.slice(from, from + FORGOTTEN_AT_ONCE);
      await this.append({ tenant, kind: 'forgotten', entries: some, at: at.toISOString() });
      await this.drop(some);
    }
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

  /** Makes the list ready for the next append, if a write has failed. @returns the code of why that cannot be */
  async mend(): Promise<string | undefined> {
    if (this.broken !== undefined) await (this.writing ??= this.write());
    return this.broken === undefined || this.broken instanceof Fault ? this.broken?.code : 'ledger/ledger-broken';
  }

  async close(): Promise<void> {
    await this.writing;
    await this.letGo();
    this.broken = new Fault('unavailable', 'ledger/closed', 'the ledger is closed');
    await this.lock.release();
  }

  private async write(): Promise<void> {
    // A turn of the loop, so that callers of the same moment share one fsync.
    await new Promise<void>((resolve) => setImmediate(resolve));
    do {
      const batch = this.waiting.splice(0);
      try {
        if (this.broken !== undefined) await this.reopen(this.broken);
        if (batch.length === 0) continue;
        const results = await this.writeBatch(batch);
        batch.forEach((one, index) => one.resolve(results[index] ?? []));
      } catch (error) {
        this.broken = error;
        for (const one of batch) one.reject(notWritten(error));
      }
    } while (this.waiting.length > 0);
    // In the same turn as the last look: nobody can have come in between.
    this.writing = undefined;
  }

  private async writeBatch(batch: readonly Waiting[]): Promise<LedgerEntry[][]> {
    await this.lock.confirm();
    const current = this.files.at(-1);
    if (!current || this.last + 1 - current.first >= this.entriesPerFile) await this.begin(this.last + 1);
    const { file, refs, name, first } = this.current();
    let number = this.last;
    let { mac } = this;
    const results = batch.map(({ facts }) => facts.map((fact): LedgerEntry => ({ entry: (number += 1), ...fact })));
    const places: Place[] = [];
    let offset = this.size;
    let text = '';
    let slots = '';
    for (const entry of results.flat()) {
      if (entry.entry % STRIDE === 0) places.push({ entry: entry.entry, file: name, offset, before: mac });
      const { stored, slot } = apart(entry);
      const json = JSON.stringify(stored);
      mac = this.chain.after(mac, json);
      const line = lineOf(json, mac);
      offset += Buffer.byteLength(line);
      text += line;
      slots += slot;
    }
    // Before the entries: one that is durable has its ref.
    await writeWhole(refs, slots, (this.last + 1 - first) * SLOT);
    if (slots.trim() !== '') await refs.datasync();
    await file.appendFile(text);
    await file.datasync();
    await this.lock.confirm();
    this.told.raise(number);
    this.places.push(...places);
    this.size = offset;
    this.last = number;
    this.mac = mac;
    return results;
  }

  private current(): { file: FileHandle; refs: FileHandle; name: string; first: number } {
    const last = this.files.at(-1);
    if (!this.file || !this.refs || !last) throw new Error('no file is open');
    return { file: this.file, refs: this.refs, ...last };
  }

  /**
   * After a write that failed: what it may have left was told to nobody and is cut, and the end of what was told is read back.
   * @throws `broken` itself where it says that nothing here may be touched any more: another writer, damage, the end
   */
  private async reopen(broken: unknown): Promise<void> {
    if (broken instanceof Fault) throw broken;
    await this.lock.confirm();
    await this.letGo();
    const current = this.files.at(-1);
    if (current !== undefined) {
      const { name, first } = current;
      if ((await stat(join(this.folder, name))).size < this.size) throw damaged(name);
      await this.continue(name, this.size, this.last - first + 1);
      await this.readBack(name);
    }
    this.broken = undefined;
  }

  private async readBack(name: string): Promise<void> {
    const place = this.places.findLast(({ file }) => file === name);
    if (place === undefined) throw new Error('a file without a place');
    let mac = place.before;
    let last = place.entry - 1;
    for await (const { content } of linesOf(join(this.folder, name), place.offset)) {
      if (content === undefined) throw damaged(name);
      mac = this.follow(mac, content, name);
      last = content.entry.entry;
    }
    if (last !== this.last || mac !== this.mac) throw damaged(name);
  }

  private async letGo(): Promise<void> {
    const held = [this.file, this.refs];
    this.file = this.refs = undefined;
    // One that was not written in full may say so again; what is on the disk is looked at apart.
    await Promise.allSettled(held.map(async (handle) => handle?.close()));
  }

  private async begin(first: number): Promise<void> {
    await this.letGo();
    const name = `${String(first).padStart(12, '0')}.jsonl`;
    this.file = await open(join(this.folder, name), 'a', 0o600);
    await this.file.sync();
    this.refs = await this.openRefs(name);
    await syncFolder(this.folder);
    this.files.push({ name, first });
    this.places.push({ entry: first, file: name, offset: 0, before: this.mac });
    this.size = 0;
  }

  private async recover(): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => /^\d{12}\.jsonl$/.test(name)).sort();
    const missing = new Map<number, string>();
    const gone = new Set<number>();
    const forgotten = new Set<number>();
    this.from = this.macsFrom.highest();
    for (const name of names) {
      const isLast = name === names.at(-1);
      const first = this.last + 1;
      if (Number(name.slice(0, 12)) !== first) throw damaged(name);
      if (this.from === 0 || first < this.from) await this.moveRefs(name, isLast);
      this.files.push({ name, first });
      this.places.push({ entry: first, file: name, offset: 0, before: this.mac });
      const slots = await this.slots(name, 0, Infinity);
      let end = 0;
      for await (const { content, offset, next, complete } of linesOf(join(this.folder, name), 0)) {
        // Only what was never finished may be cut; a finished line that does not check is damage.
        if (!complete && isLast) break;
        if (!complete || content?.entry.entry !== this.last + 1) throw damaged(name);
        const { entry } = content;
        if (content.mac !== undefined) this.from ||= entry.entry;
        if (entry.entry % STRIDE === 0) this.places.push({ entry: entry.entry, file: name, offset, before: this.mac });
        this.mac = this.follow(this.mac, content, name);
        this.last = entry.entry;
        end = next;
        for (const one of entry.entries ?? []) forgotten.add(one);
        const ref = entry.about === undefined ? undefined : refIn(slots(this.last - first), entry.about);
        if (ref === 'gone') gone.add(this.last);
        if (ref === 'gone' || ref === 'wrong') missing.set(this.last, name);
      }
      if (isLast) reaches(this.told, this.last, 'the replay list');
      if (isLast) await this.continue(name, end, this.last - first + 1);
    }
    reaches(this.told, this.last, 'the replay list');
    // From the first opening under a key, no list of before there were MACs grows without one.
    this.from ||= this.last + 1;
    if (this.macsFrom.highest() === 0) this.macsFrom.raise(this.from);
    for (const [entry, name] of missing) if (!forgotten.has(entry)) throw damaged(name);
    await this.drop([...forgotten].filter((entry) => !gone.has(entry)));
  }

  /** A file of before refs lay beside it: refs first, then the file as a whole. A crash between does it again. */
  private async moveRefs(name: string, isLast: boolean): Promise<void> {
    const moved: ReturnType<typeof apart>[] = [];
    for await (const { content, complete } of linesOf(join(this.folder, name), 0)) {
      if (!complete && isLast) break;
      // Already moved; or damaged, which is found next.
      if (content === undefined || content.mac !== undefined || content.entry.about !== undefined) return;
      moved.push(apart(content.entry));
    }
    if (moved.every(({ slot }) => slot === BLANK)) return;
    await writeDurably(join(this.folder, refsOf(name)), moved.map(({ slot }) => slot).join(''));
    await writeDurably(join(this.folder, name), moved.map(({ stored }) => lineOf(JSON.stringify(stored))).join(''));
  }

  private async continue(name: string, end: number, entries: number): Promise<void> {
    const path = join(this.folder, name);
    await truncate(path, end);
    this.file = await open(path, 'a', 0o600);
    await this.file.sync();
    this.refs = await this.openRefs(name);
    await this.refs.truncate(entries * SLOT);
    await this.refs.sync();
    await syncFolder(this.folder);
    this.size = end;
  }

  private openRefs(name: string): Promise<FileHandle> {
    return openRefs(join(this.folder, refsOf(name)));
  }

  /** Up to `count` slots of a file's refs, from the `from`-th on; how to get one of them, counted from there. */
  private slots(name: string, from: number, count: number): Promise<(nth: number) => Buffer> {
    return slotsIn(join(this.folder, refsOf(name)), from, count);
  }

  private withRef({ about, ...entry }: StoredEntry, slot: Buffer, file: string): LedgerEntry {
    if (about === undefined) return entry;
    const ref = refIn(slot, about);
    if (ref === 'gone' || this.dropped.has(entry.entry)) return entry;
    if (ref === 'wrong') throw damaged(file);
    return { ...entry, ...ref };
  }

  /** Writes over the slots of entries. Done twice it changes nothing more. */
  private async drop(entries: readonly number[]): Promise<void> {
    for (const entry of entries) this.dropped.add(entry);
    const byFile = Map.groupBy(entries, (entry) => this.files.findLast(({ first }) => first <= entry));
    for (const [file, some] of byFile) {
      if (file === undefined) continue;
      const refs = await this.openRefs(file.name);
      try {
        for (const entry of some) await writeWhole(refs, GONE, (entry - file.first) * SLOT);
        await refs.datasync();
      } finally {
        await refs.close();
      }
    }
  }

  /** The MAC of an entry behind one with the MAC `before`. @throws Fault when it has another, or none where each has one */
  private follow(before: string, { entry, text, mac }: LineContent, file: string): string {
    const own = this.chain.after(before, text);
    const isOurs = mac === undefined ? this.from === 0 || entry.entry < this.from : mac === own;
    if (!isOurs) throw foreign(file, entry.entry);
    return own;
  }
}
