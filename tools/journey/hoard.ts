import { createHash, createPrivateKey, createSecretKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { TenantId } from '@lethe/kernel';
import { backupContext, isolatedContext } from '../../libs/sealing/src/backup-keys.ts';
import { openStream } from '../../libs/sealing/src/backup-stream.ts';
import { keptContext } from '../../libs/sealing/src/keyring-sealer.ts';
import { classContext, dayContext, matterContext, subjectContext } from '../../libs/sealing/src/part-keys.ts';
import { FileRoot } from '../../libs/sealing/src/root.ts';
import { unwrapBytes, type WrapContext } from '../../libs/sealing/src/wrap.ts';
import type { Auditor } from './auditor.ts';
import { LivingKeys, rootFileOf, slotFoldersOf, type Ciphertext, type KeyringCopy } from './living-keys.ts';
import { contentOf, filesBelow } from './markers.ts';

/** A sealed part begins so: version, algorithm, and a generation of less than 65,536. */
const SEALED = Buffer.from([1, 1, 0, 0]);
const SEALED_AT_LEAST = 34;
/** What stands of a row before its ciphertext, at most; and between its names and a wrapped key. Bytes. */
const ROW = 1_500;
const BETWEEN = 160;
/** How long a wrapped thing is: a key; a key wrapped twice; the private half of a backup's. */
const KEY = 60;
const MATTER_KEY = 88;
const BACKUP_KEY = 76;
const NAMES = 4;

/** A wrapped key as it lay in a file, with the names that stand before it in its row. */
interface Wrap {
  readonly names: readonly string[];
  readonly wrapped: Buffer;
}

/**
 * Whoever copies files, again and again, and no row: those of both clusters with their dead rows and their write-ahead logs (the log of
 * events lies in one of them), and those of backups. What they hold is looked for, not asked for.
 */
export class Hoard {
  readonly #sealed = new Map<string, Ciphertext>();
  readonly #places = new Map<string, Set<string>>();
  readonly #wraps = new Map<string, Wrap>();
  readonly #backups = new Map<string, Buffer>();
  /** As the vault has the ids of parts. */
  readonly #ids: readonly (readonly [id: Buffer, label: Ciphertext])[];
  /** How often a key was tried on a wrapped one. */
  tried = 0;

  /** @param labels of every part that was ever sealed: part, person, compartment */
  constructor(
    private readonly tenant: TenantId,
    private readonly home: string,
    private readonly clusters: { readonly data: Auditor; readonly keys: Auditor },
    labels: readonly Ciphertext[],
  ) {
    this.#ids = labels.map((label) => [Buffer.from(label.part.replaceAll('-', ''), 'hex'), label]);
  }

  /** Copies what lies there now. */
  async copy(): Promise<void> {
    await this.clusters.data.checkpoint();
    await this.clusters.keys.checkpoint();
    for (const path of filesBelow(join(this.home, 'data'))) this.#ciphertexts(path);
    for (const path of filesBelow(join(this.home, 'keys/cluster'))) this.#keys(path);
    for (const place of ['backups', 'isolation'])
      for (const path of filesBelow(join(this.home, place)).filter((each) => each.endsWith('.sealed'))) {
        const content = contentOf(path);
        if (content !== undefined) this.#backups.set(createHash('sha256').update(content).digest('hex'), content);
      }
  }

  /** Every ciphertext that lay in any file, with every label that stood before it. */
  get ciphertexts(): readonly Ciphertext[] {
    return [...this.#sealed.values()];
  }
  get backups(): readonly Buffer[] {
    return [...this.#backups.values()];
  }
  get wraps(): number {
    return this.#wraps.size;
  }
  /** In what kind of file the ciphertext of a part lay. */
  placesOf(part: string): ReadonlySet<string> {
    return this.#places.get(part) ?? new Set();
  }

  /** Every key that anything copied gives to whoever has the slots and the root as they are now. */
  async keys(): Promise<LivingKeys> {
    const names = slotFoldersOf(this.home).flatMap((folder) => readdirSync(folder));
    const copy = {
      epochs: [...new Set(names)].map((key_name, number) => ({ number, key_name })),
      ...{ subjects: [], days: [], classes: [], matters: [], kept: [], index: [] },
    } as { [Table in keyof KeyringCopy]: KeyringCopy[Table][number][] };
    for (const [epoch, key] of await this.#slotKeys())
      for (const {
        names: [one = '', other = '', third = ''],
        wrapped,
      } of this.#wraps.values()) {
        const opens = (length: number, context: WrapContext) =>
          wrapped.length === length && this.#unwrapped(key, context, wrapped) !== undefined;
        const of = { epoch: copy.epochs.find(({ key_name }) => key_name === epoch)!.number, wrapped };
        if (opens(KEY, subjectContext(this.tenant, one, other)))
          copy.subjects.push({ ...of, subject: one, compartment: other });
        if (opens(KEY, dayContext(this.tenant, one, other))) copy.days.push({ ...of, day: one, class: other });
        if (opens(KEY, classContext(this.tenant, one))) copy.classes.push({ ...of, class: one });
        if (opens(KEY, keptContext(this.tenant, one, other))) copy.kept.push({ ...of, hold: one, part: other });
        if (opens(MATTER_KEY, matterContext(this.tenant, one, other))) {
          const day = /^\d{4}-\d\d-\d\d$/.test(third) ? third : null;
          copy.matters.push({ ...of, matter: one, class: other, day });
        }
      }
    return LivingKeys.from(this.tenant, [copy], this.home);
  }

  /** What the files of backups hold, of each that opens under any key there is. */
  async openedBackups(): Promise<Buffer[]> {
    const keys: KeyObject[] = [];
    for (const [, key] of await this.#slotKeys())
      for (const {
        names: [backup = ''],
        wrapped,
      } of this.#wraps.values())
        for (const context of [backupContext(this.tenant, backup), isolatedContext(this.tenant, backup)]) {
          const bytes = wrapped.length === BACKUP_KEY ? this.#unwrapped(key, context, wrapped) : undefined;
          if (bytes !== undefined) keys.push(createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }));
        }
    const opened = await Promise.all(
      this.backups.map(async (content) => {
        const attempts = keys.map((key) => buffer(Readable.from([content]).pipe(openStream(key))));
        const [found] = (await Promise.allSettled(attempts)).filter((each) => each.status === 'fulfilled');
        return found?.value;
      }),
    );
    return opened.flatMap((content) => content ?? []);
  }

  #unwrapped(key: KeyObject, context: WrapContext, wrapped: Buffer): Buffer | undefined {
    this.tried += 1;
    try {
      return unwrapBytes(key, context, wrapped);
    } catch {
      return undefined;
    }
  }

  /** Whatever lies in either slot, whatever it is called. */
  async #slotKeys(): Promise<ReadonlyMap<string, KeyObject>> {
    const root = await FileRoot.open(rootFileOf(this.home), { create: false });
    const keys = new Map<string, KeyObject>();
    for (const folder of slotFoldersOf(this.home))
      for (const name of readdirSync(folder))
        keys.set(name, createSecretKey(await root.unwrap(readFileSync(join(folder, name)), name)));
    return keys;
  }

  #ciphertexts(path: string): void {
    const bytes = contentOf(path);
    if (bytes === undefined) return;
    for (let at = bytes.indexOf(SEALED); at >= 0; at = bytes.indexOf(SEALED, at + 1)) {
      const sealed = valueAt(bytes, at);
      if (sealed === undefined || sealed.length < SEALED_AT_LEAST) continue;
      const before = bytes.subarray(Math.max(0, at - ROW), at);
      for (const [id, label] of this.#ids) {
        if (!before.includes(id)) continue;
        this.#sealed.set(`${label.part} ${sealed.toString('base64')}`, { ...label, sealed: Buffer.from(sealed) });
        if (!sealed.equals(label.sealed)) continue;
        const kinds = this.#places.get(label.part) ?? new Set();
        this.#places.set(label.part, kinds.add(path.includes('/pg_wal/') ? 'write-ahead log' : 'heap'));
      }
    }
  }

  #keys(path: string): void {
    const bytes = contentOf(path);
    if (bytes === undefined) return;
    const tenant = Buffer.concat([Buffer.from([headerOf(this.tenant.length)]), Buffer.from(this.tenant)]);
    for (let at = bytes.indexOf(tenant); at >= 0; at = bytes.indexOf(tenant, at + 1)) {
      const names: string[] = [];
      let end = at + tenant.length;
      for (
        let text = valueAt(bytes, end + 1);
        text !== undefined && names.length < NAMES;
        text = valueAt(bytes, end + 1)
      ) {
        names.push(text.toString('latin1'));
        end += 1 + text.length;
      }
      for (const length of [KEY, MATTER_KEY, BACKUP_KEY])
        for (let next = at + tenant.length; next < Math.min(end + BETWEEN, bytes.length - length); next += 1) {
          if (bytes[next] !== headerOf(length)) continue;
          const wrapped = Buffer.from(bytes.subarray(next + 1, next + 1 + length));
          this.#wraps.set(`${names.join(' ')} ${wrapped.toString('base64')}`, { names, wrapped });
        }
    }
  }
}

/** PostgreSQL writes before a short value, in one byte, how long it is together with that byte. */
const headerOf = (length: number): number => ((length + 1) << 1) | 1;

/** The value that begins here, if what stands before it is its length: in one byte, or where it is longer in four. */
function valueAt(bytes: Buffer, at: number): Buffer | undefined {
  const short = bytes[at - 1] ?? 0;
  const length = (short & 1) === 1 ? (short >> 1) - 1 : at < 4 ? 0 : longLength(bytes.readUInt32LE(at - 4));
  return length < 1 || at + length > bytes.length ? undefined : bytes.subarray(at, at + length);
}
const LONGEST = 8_192;
const longLength = (header: number): number => ((header & 3) === 0 && header >>> 2 < LONGEST ? (header >>> 2) - 4 : 0);
