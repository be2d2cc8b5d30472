import { createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartId, SubjectRef, TenantId } from '@lethe/kernel';
import { openPart, partKey } from '../../libs/sealing/src/envelope.ts';
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
import { unwrapBytes, unwrapKey } from '../../libs/sealing/src/wrap.ts';
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

  static async of(tenant: TenantId, keys: Auditor, home: string): Promise<LivingKeys> {
    const ask = <Row>(sql: string) => keys.rows<Row>('lethe_keyring', sql, [tenant]);
    const rootFile = join(home, 'secrets/keyring/keyring-root');
    const root = await FileRoot.open(rootFile, { create: false });
    const slots = new Slots([join(home, 'keys/epoch'), join(home, 'secrets/keyring/epoch')], root);
    const epochs = new Map<number, KeyObject>();
    for (const { number, key_name } of await keys.rows<{ number: number; key_name: string }>(
      'lethe_keyring',
      'select number, key_name from keyring.epoch',
    )) {
      const key = await slots.read(key_name);
      if (key !== undefined) epochs.set(number, key);
    }
    const under = ({ epoch }: Wrapped): KeyObject => {
      const key = epochs.get(epoch);
      if (key === undefined) throw new Error(`no key of epoch ${String(epoch)}`);
      return key;
    };
    const subjects = (
      await ask<Wrapped & { subject: string; compartment: string }>(
        'select * from keyring.subject_key where tenant = $1',
      )
    ).map((row) => unwrapKey(under(row), subjectContext(tenant, row.subject, row.compartment), row.wrapped));
    const days = new Map(
      (
        await ask<Wrapped & { day: string; class: string }>(
          'select * from keyring.day_key where tenant = $1 and wrapped is not null',
        )
      ).map((row) => [
        `${row.day} ${row.class}`,
        unwrapKey(under(row), dayContext(tenant, row.day, row.class), row.wrapped),
      ]),
    );
    const classes = new Map(
      (await ask<Wrapped & { class: string }>('select * from keyring.class_key where tenant = $1')).map((row) => [
        row.class,
        unwrapKey(under(row), classContext(tenant, row.class), row.wrapped),
      ]),
    );
    const matters = (
      await ask<Wrapped & { matter: string; class: string; day: string | null }>(
        'select * from keyring.matter_key where tenant = $1',
      )
    ).flatMap((row) => {
      const by = row.day === null ? classes.get(row.class) : days.get(`${row.day} ${row.class}`);
      // Its day is dead, and so is the key of the matter.
      if (by === undefined) return [];
      const inner = unwrapBytes(under(row), matterContext(tenant, row.matter, row.class), row.wrapped);
      return [unwrapKey(by, datedContext(tenant, row.matter, row.class, row.day), inner)];
    });
    const kept = (
      await ask<Wrapped & { hold: string; part: string }>('select * from keyring.kept_key where tenant = $1')
    ).map((row) => unwrapKey(under(row), keptContext(tenant, row.hold, row.part), row.wrapped));
    const index = (
      await keys.rows<Wrapped & { version: number }>('lethe_keyring', 'select * from keyring.index_key')
    ).map((row) => unwrapKey(under(row), indexContext(row.version), row.wrapped));
    const others = [...index, createSecretKey(readFileSync(rootFile))];
    return new LivingKeys(tenant, subjects, [...days.values(), ...matters], kept, [...epochs.values()], others);
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
    for (const subject of this.subjects) {
      for (const time of this.times) {
        const plain = attempt(partKey(subject, time, one.part));
        if (plain !== undefined) return plain;
      }
    }
    for (const key of this.kept) {
      const plain = attempt(key);
      if (plain !== undefined) return plain;
    }
    return undefined;
  }
}
