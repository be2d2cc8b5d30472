import type { TenantId } from '@lethe/kernel';
import type { Pack } from '@lethe/policy';

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
