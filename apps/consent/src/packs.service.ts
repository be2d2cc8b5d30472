import type { http } from '@lethe/contracts';
import { Fault, type TenantId } from '@lethe/kernel';
import type { AnswerOf, PackSource, ServiceContext } from '@lethe/platform';
import { PolicyFault } from '@lethe/policy';

/** The texts of packs, and the versions of each tenant's. */
export class PacksService {
  constructor(private readonly context: ServiceContext) {}

  /** Development: keeps a pack sent as text where nothing is wrong with it; answers what is. */
  async send(source: PackSource): Promise<AnswerOf<typeof http.SendPack>> {
    try {
      const pack = await this.context.database.transaction((sql) => this.context.packs.keep(sql, source));
      return { findings: [], pack: pack.pack, version: pack.version, digest: pack.digest };
    } catch (error) {
      if (!(error instanceof PolicyFault)) throw error;
      return {
        findings: error.findings.map(({ allowed, ...rest }) => ({
          ...rest,
          ...(allowed && { allowed: [...allowed] }),
        })),
      };
    }
  }

  /** The text of a version, exactly as it was. A tenant's own is found in the folder too; anybody else's by its digest alone. */
  async text(tenant: TenantId, digest: string): Promise<AnswerOf<typeof http.PackText>> {
    const own = await this.context.packs.tenant(tenant).catch(() => undefined);
    const source = await this.context.packs.source(digest, own?.pack);
    if (source === undefined)
      throw new Fault('missing', 'consent/no-such-pack', 'no version has this digest', 'digest');
    return source;
  }

  /** Every version of a tenant's pack, oldest first. */
  async versions(tenant: TenantId): Promise<AnswerOf<typeof http.PackVersions>> {
    const { packs, clock } = this.context;
    const [versions, now] = await Promise.all([packs.versions(tenant), clock.legalNow(tenant)]);
    const governing = await packs.pack(tenant, now);
    return {
      versions: versions.map(({ pack, from }) => ({
        pack: pack.pack,
        version: pack.version,
        digest: pack.digest,
        ...(from.getTime() === 0 ? {} : { effectiveFrom: from.toISOString() }),
        governs: pack.digest === governing.digest,
      })),
    };
  }
}
