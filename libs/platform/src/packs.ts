import { type Database, type Sql, type TenantId } from '@lethe/kernel';
import { afterEarlier, inForce, type DatedPack, type Pack } from '@lethe/policy';
import type { KnownTenants } from './known-tenants.ts';
import { PackTexts, type AskForPack, type PackSource } from './pack-texts.ts';

/** A tenant as every service knows it, from `consent.tenant-opened`. */
export interface TenantEntry {
  readonly tenant: TenantId;
  /** The pack the tenant was opened under. */
  readonly pack: string;
  readonly packVersion: string;
  readonly packDigest: string;
  readonly movableClock: boolean;
}

/** The packs of this installation, and which tenant is under which. */
export interface PackShelf {
  /** The version in force for a tenant at an instant of legal time; now unless said. @throws Fault `missing` `platform/tenant-unknown` */
  pack(tenant: TenantId, at?: Date): Promise<Pack>;
  /** Every version of a tenant, oldest first. @throws Fault `missing` `platform/tenant-unknown` */
  versions(tenant: TenantId): Promise<readonly DatedPack[]>;
  /** A pack by name, the newest unless a version is named. @throws Fault `missing` `platform/pack-unknown` */
  named(name: string, version?: string): { readonly pack: Pack; readonly version: string; readonly digest: string };
  /** The pack with exactly this text. @throws Fault `unavailable` `platform/pack-changed` */
  byDigest(name: string, digest: string): Promise<Pack>;
  /** The text behind a digest; undefined where this machine has none. */
  source(digest: string, name?: string): Promise<PackSource | undefined>;
  /** Keeps a text for good. @throws PolicyFault with every finding */
  keep(sql: Sql, source: PackSource): Promise<Pack>;
  /** @throws Fault `missing` `platform/tenant-unknown` */
  tenant(tenant: TenantId): Promise<TenantEntry>;
  /** Every open tenant of this service: what a sweep walks. */
  tenants(): Promise<readonly TenantEntry[]>;
}

/** Packs from folders and from what consent has told; which version is whose, from what consent has told. */
export class FolderPackShelf implements PackShelf {
  readonly #texts: PackTexts;
  /** What the versions of one tenant mean together, by their digests and dates. */
  readonly #laws = new Map<string, readonly DatedPack[]>();

  constructor(
    folder: string,
    private readonly known: KnownTenants,
    database: Database,
    from: { readonly ask?: AskForPack | undefined; readonly archive?: string | undefined } = {},
  ) {
    this.#texts = new PackTexts(folder, database, from.ask, from.archive);
  }

  async pack(tenant: TenantId, at?: Date): Promise<Pack> {
    const versions = await this.versions(tenant);
    if (versions.length === 1) return inForce(versions, new Date(0));
    return inForce(versions, at ?? this.known.legal(await this.known.entry(tenant)));
  }

  async versions(tenant: TenantId): Promise<readonly DatedPack[]> {
    const { pack, packDigest, versions } = await this.known.entry(tenant);
    const key = [packDigest, ...versions.map(({ digest, from }) => `${digest}@${String(from.getTime())}`)].join(' ');
    const known = this.#laws.get(key);
    if (known !== undefined) return known;
    const packs: Pack[] = [];
    const laws: DatedPack[] = [];
    for (const { digest, from } of [{ digest: packDigest, from: new Date(0) }, ...versions]) {
      const text = await this.#texts.byDigest(pack, digest);
      laws.push({ pack: afterEarlier(text, packs), from });
      packs.push(text);
    }
    if (this.#laws.size >= MOST_LAWS) this.#laws.clear();
    this.#laws.set(key, laws);
    return laws;
  }

  named(name: string, version?: string): { readonly pack: Pack; readonly version: string; readonly digest: string } {
    const pack = this.#texts.named(name, version);
    return { pack, version: pack.version, digest: pack.digest };
  }

  byDigest(name: string, digest: string): Promise<Pack> {
    return this.#texts.byDigest(name, digest);
  }

  source(digest: string, name?: string): Promise<PackSource | undefined> {
    return this.#texts.source(digest, name);
  }

  /** Texts that lie in the database alone are written beside it. */
  archiveAll(): Promise<void> {
    return this.#texts.archiveAll();
  }

  keep(sql: Sql, source: PackSource): Promise<Pack> {
    return this.#texts.keep(sql, source);
  }

  tenant(tenant: TenantId): Promise<TenantEntry> {
    return this.known.entry(tenant);
  }

  tenants(): Promise<readonly TenantEntry[]> {
    return this.known.all();
  }
}

const MOST_LAWS = 256;
