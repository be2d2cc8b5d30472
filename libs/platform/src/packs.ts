import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, type TenantId } from '@lethe/kernel';
import { loadPack, type Pack } from '@lethe/policy';
import type { KnownTenants } from './known-tenants.ts';

/** A tenant as every service knows it, from `consent.tenant-opened`. */
export interface TenantEntry {
  readonly tenant: TenantId;
  readonly pack: string;
  readonly packVersion: string;
  readonly packDigest: string;
  readonly movableClock: boolean;
}

/** The packs of this installation, and which tenant is under which. */
export interface PackShelf {
  /** The pack in force for a tenant. @throws Fault `missing` `platform/tenant-unknown` */
  pack(tenant: TenantId): Promise<Pack>;
  /** A pack by name, to open a tenant under it. @throws Fault `missing` `platform/pack-unknown` */
  named(name: string): { readonly pack: Pack; readonly version: string; readonly digest: string };
  /** @throws Fault `missing` `platform/tenant-unknown` */
  tenant(tenant: TenantId): Promise<TenantEntry>;
  /** Every open tenant of this service: what a sweep walks. */
  tenants(): Promise<readonly TenantEntry[]>;
}

/** Packs from folders: `<policies>/<pack>/policy.yaml`, each read once. */
export class FolderPackShelf implements PackShelf {
  readonly #read = new Map<string, Pack>();

  constructor(
    private readonly folder: string,
    private readonly known: KnownTenants,
  ) {}

  async pack(tenant: TenantId): Promise<Pack> {
    const entry = await this.known.entry(tenant);
    const { pack, digest } = this.named(entry.pack);
    // A pack edited in place is another law than the one the tenant was opened under.
    if (digest !== entry.packDigest)
      throw new Fault(
        'unavailable',
        'platform/pack-changed',
        'the pack on this machine is not the one the tenant is under',
      );
    return pack;
  }

  named(name: string): { readonly pack: Pack; readonly version: string; readonly digest: string } {
    let pack = this.#read.get(name);
    if (pack === undefined) {
      if (!NAME.test(name) || !existsSync(join(this.folder, name, 'policy.yaml'))) {
        throw new Fault('missing', 'platform/pack-unknown', 'no such pack in this installation', 'pack');
      }
      pack = loadPack(join(this.folder, name));
      this.#read.set(name, pack);
    }
    return { pack, version: pack.version, digest: pack.digest };
  }

  tenant(tenant: TenantId): Promise<TenantEntry> {
    return this.known.entry(tenant);
  }

  tenants(): Promise<readonly TenantEntry[]> {
    return this.known.all();
  }
}

/** A name from outside never leaves the folder of packs. */
const NAME = /^[a-z][a-z0-9-]{0,63}$/;
