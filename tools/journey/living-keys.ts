import { createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartId, SubjectRef, TenantId } from '@lethe/kernel';
import { deriving, openPart } from '../../libs/sealing/src/envelope.ts';
import { keptContext } from '../../libs/sealing/src/keyring-sealer.ts';
import { indexContext, nameContext } from '../../libs/sealing/src/names.ts';
import {
  classContext,
  datedContext,
  dayContext,
  matterContext,
  subjectContext,
} from '../../libs/sealing/src/part-keys.ts';
import { FileRoot } from '../../libs/sealing/src/root.ts';
import { Slots } from '../../libs/sealing/src/slots.ts';
import { unwrapBytes, unwrapKey, type WrapContext } from '../../libs/sealing/src/wrap.ts';
import type { Auditor } from './auditor.ts';

/** A ciphertext with the labels it was sealed under. */
export interface Ciphertext {
  readonly part: PartId;
  readonly subject: SubjectRef;
  readonly compartment: string;
  readonly class: string;
  readonly matter?: string | null;
  readonly sealed: Buffer;
}

/** What the platform calls a person or a matter, as it lies in the keyring. */
export interface SealedName {
  readonly ref: string;
  readonly wrapped: Buffer;
}

interface Wrapped {
  readonly epoch: number;
  readonly wrapped: Buffer;
}

/** The tables of a keyring's cluster, as they lay there at one moment: of a tenant, and of the index. */
export interface KeyringCopy {
  readonly epochs: readonly { readonly number: number; readonly key_name: string }[];
  readonly subjects: readonly (Wrapped & { readonly subject: string; readonly compartment: string })[];
  readonly days: readonly (Wrapped & { readonly day: string; readonly class: string })[];
  readonly classes: readonly (Wrapped & { readonly class: string })[];
  readonly matters: readonly (Wrapped & {
    readonly matter: string;
    readonly class: string;
    readonly day: string | null;
  })[];
  readonly kept: readonly (Wrapped & { readonly hold: string; readonly part: string })[];
  readonly index: readonly (Wrapped & { readonly version: number })[];
}

/** Copies them, as a backup of the cluster would. */
export async function copyOfKeyring(tenant: TenantId, keys: Auditor): Promise<KeyringCopy> {
  const all = <Row>(sql: string) => keys.rows<Row>('lethe_keyring', sql);
  const own = <Row>(table: string) =>
    keys.rows<Row>('lethe_keyring', `select * from keyring.${table} where tenant = $1 and wrapped is not null`, [
      tenant,
    ]);
  return {
    epochs: await all('select number, key_name from keyring.epoch'),
    subjects: await own('subject_key'),
    days: await own('day_key'),
    classes: await own('class_key'),
    matters: await own('matter_key'),
    kept: await own('kept_key'),
    index: await all('select * from keyring.index_key'),
  };
}

/**
 * Every key of a tenant that is still alive, taken from the keyring by somebody who has all of it: the cluster, the slots and
 * the root. It goes past the index of `@lethe/sealing` on purpose: the doors would refuse before trying.
 */
export class LivingKeys {
  private constructor(
    private readonly tenant: TenantId,
    readonly subjects: readonly KeyObject[],
    readonly times: readonly KeyObject[],
    readonly kept: readonly KeyObject[],
    /** Those of the epochs: whatever lies in the keyring, names too, opens under one of them. */
    private readonly epochs: readonly KeyObject[],
    /** Those that open no part: of the index, the root itself. */
    private readonly others: readonly KeyObject[],
  ) {}

  get all(): readonly KeyObject[] {
    return [...this.subjects, ...this.times, ...this.kept, ...this.epochs, ...this.others];
  }

  /** Of the keyring as it lies there. @throws Error where anything lies under an epoch that has no key */
  static async of(tenant: TenantId, keys: Auditor, home: string): Promise<LivingKeys> {
    const copy = await copyOfKeyring(tenant, keys);
    const epochs = await epochsOf([copy], home);
    const { subjects, days, classes, matters, kept, index } = copy;
    const lost = [subjects, days, classes, matters, kept, index]
      .flatMap((rows): number[] => rows.map(({ epoch }) => epoch))
      .filter((epoch) => !epochs.has(epoch));
    if (lost.length > 0) throw new Error(`no key of epoch ${[...new Set(lost)].join(', ')}`);
    return LivingKeys.from(tenant, [copy], home);
  }

  /** Of copies from whatever moments, put together, with the slots and the root as they are now. */
  static async from(tenant: TenantId, copies: readonly KeyringCopy[], home: string): Promise<LivingKeys> {
    const epochs = await epochsOf(copies, home);
    const opened = <Row extends Wrapped>(
      rows: (copy: KeyringCopy) => readonly Row[],
      context: (row: Row) => WrapContext,
    ) =>
      copies.flatMap(rows).flatMap((row) => {
        const epoch = epochs.get(row.epoch);
        return epoch === undefined ? [] : [{ row, key: unwrapKey(epoch, context(row), row.wrapped) }];
      });
    const keysOf = (found: readonly { readonly key: KeyObject }[]): KeyObject[] => found.map(({ key }) => key);
    const subjects = opened(
      (copy) => copy.subjects,
      (row) => subjectContext(tenant, row.subject, row.compartment),
    );
    const days = opened(
      (copy) => copy.days,
      (row) => dayContext(tenant, row.day, row.class),
    );
    const classes = opened(
      (copy) => copy.classes,
      (row) => classContext(tenant, row.class),
    );
    const byDay = new Map(days.map(({ row, key }) => [`${row.day} ${row.class}`, key]));
    const byClass = new Map(classes.map(({ row, key }) => [row.class, key]));
    const matters = copies
      .flatMap((copy) => copy.matters)
      .flatMap((row) => {
        const by = row.day === null ? byClass.get(row.class) : byDay.get(`${row.day} ${row.class}`);
        const epoch = epochs.get(row.epoch);
        // Its day is dead, and so is the key of the matter.
        if (by === undefined || epoch === undefined) return [];
        const inner = unwrapBytes(epoch, matterContext(tenant, row.matter, row.class), row.wrapped);
        return [unwrapKey(by, datedContext(tenant, row.matter, row.class, row.day), inner)];
      });
    const kept = opened(
      (copy) => copy.kept,
      (row) => keptContext(tenant, row.hold, row.part),
    );
    const index = opened(
      (copy) => copy.index,
      (row) => indexContext(row.version),
    );
    const others = [...keysOf(index), createSecretKey(readFileSync(rootFileOf(home)))];
    return new LivingKeys(
      tenant,
      ...([keysOf(subjects), [...keysOf(days), ...matters], keysOf(kept)].map(distinct) as [
        KeyObject[],
        KeyObject[],
        KeyObject[],
      ]),
      [...epochs.values()],
      others,
    );
  }

  /** Every name of the tenant that lies in the keyring now, of people and of matters. */
  static names(tenant: TenantId, keys: Auditor): Promise<SealedName[]> {
    return keys.rows<SealedName>('lethe_keyring', 'select ref, wrapped from keyring.name where tenant = $1', [tenant]);
  }

  /** Tries every epoch key. */
  nameOf({ ref, wrapped }: SealedName): string | undefined {
    for (const epoch of this.epochs) {
      try {
        return unwrapBytes(epoch, nameContext(this.tenant, ref), wrapped).toString();
      } catch {
        // It lies under another.
      }
    }
    return undefined;
  }

  /** Tries every subject key with every time key, and every kept key. */
  opens(one: Ciphertext): Buffer | undefined {
    const attempt = (key: KeyObject) =>
      openPart(key, this.tenant, { ...one, compartment: one.compartment }, one.sealed);
    const byTwo = deriving((partKey) => {
      for (const subject of this.subjects) {
        for (const time of this.times) {
          const plain = attempt(partKey(subject, time, one.part));
          if (plain !== undefined) return plain;
        }
      }
      return undefined;
    });
    if (byTwo !== undefined) return byTwo;
    for (const key of this.kept) {
      const plain = attempt(key);
      if (plain !== undefined) return plain;
    }
    return undefined;
  }
}

export const rootFileOf = (home: string): string => join(home, 'secrets/keyring/keyring-root');

/** Where the keys outside the keyring lie, each in both. */
export const slotFoldersOf = (home: string): [string, string] => [
  join(home, 'keys/epoch'),
  join(home, 'secrets/keyring/epoch'),
];

/** Those of the epochs that any of the copies names whose keys are in the slots now. */
async function epochsOf(copies: readonly KeyringCopy[], home: string): Promise<ReadonlyMap<number, KeyObject>> {
  const root = await FileRoot.open(rootFileOf(home), { create: false });
  const slots = new Slots(slotFoldersOf(home), root);
  const epochs = new Map<number, KeyObject>();
  for (const { number, key_name } of copies.flatMap((copy) => copy.epochs)) {
    const key = epochs.has(number) ? undefined : await slots.read(key_name);
    if (key !== undefined) epochs.set(number, key);
  }
  return epochs;
}

/** The same key lies in many copies. */
const distinct = (keys: readonly KeyObject[]): KeyObject[] => [
  ...new Map(keys.map((key) => [key.export().toString('base64'), key])).values(),
];
