import { events, type http } from '@lethe/contracts';
import { Fault, startOfDay, type TenantId } from '@lethe/kernel';
import { twoPersons, type AnswerOf, type Caller, type PackSource, type ServiceContext } from '@lethe/platform';
import {
  comparePacks,
  inForce,
  judgeActivation,
  PolicyFault,
  refusalText,
  type ActivationRefusal,
  type Publication,
} from '@lethe/policy';
import { appliedEverywhere } from './applied.ts';
import { PackStore, type PackProposal, type StoredPublication } from './store/pack.store.ts';

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

  /** Every version of a tenant's pack, oldest first, with what was published about it. */
  async versions(tenant: TenantId): Promise<AnswerOf<typeof http.PackVersions>> {
    const { packs, clock, database } = this.context;
    const [versions, now] = await Promise.all([packs.versions(tenant), clock.legalNow(tenant)]);
    const activated = await database.within(tenant, (sql) => new PackStore(sql, tenant).activated());
    const governing = inForce(versions, now);
    return {
      versions: versions.map(({ pack, from }) => {
        const of = activated.find(({ digest }) => digest === pack.digest);
        return {
          pack: pack.pack,
          version: pack.version,
          digest: pack.digest,
          ...(from.getTime() === 0 ? {} : { effectiveFrom: from.toISOString() }),
          governs: pack.digest === governing.digest,
          ...(of && { changes: [...of.changes], publications: [...of.publications] }),
          ...(of?.decided && { decided: of.decided }),
          ...(of?.assessment && { assessment: of.assessment }),
          ...(of?.cause && { cause: of.cause }),
        };
      }),
    };
  }

  /** Proposes a further version. Nothing happens until another person confirms. @param now machine time @throws Fault `invalid` where none is named */
  async propose(caller: Caller, asked: Proposed, now: Date): Promise<AnswerOf<typeof http.ProposePack>> {
    const { tenant } = caller;
    if (asked.version === undefined && asked.digest === undefined)
      throw new Fault(
        'invalid',
        'consent/which-version',
        'say which: a version of the installation, or a digest',
        'version',
      );
    const [{ before, pack }, legalNow] = await Promise.all([
      this.next(tenant, asked),
      this.context.clock.legalNow(tenant),
    ]);
    const highRisk = asked.assessment?.risk === 'high';
    const changed = comparePacks(before, pack, highRisk);
    const proposal = this.context.newId();
    const effectiveFrom = startOfDay(pack.effectiveFrom, pack.zone);
    const of: Omit<PackProposal, 'confirmedAt'> = {
      proposal,
      version: pack.version,
      digest: pack.digest,
      effectiveFrom,
      publications: asked.publications,
      changes: changed.kinds,
      decided: asked.decided ?? null,
      assessment: asked.assessment?.id ?? null,
      highRisk,
      cause: asked.cause ?? null,
      proposedBy: caller.sub,
    };
    await this.context.database.within(tenant, (sql) => new PackStore(sql, tenant).propose(of, now));
    return {
      proposal,
      version: pack.version,
      digest: pack.digest,
      effectiveFrom: effectiveFrom.toISOString(),
      changes: [...changed.kinds],
      reductions: [...changed.reductions],
      reconsent: changed.reconsent.map(({ purpose, level }) => ({ purpose, level })),
      refusals: judgeActivation(pack, changed, publicationsOf(of), legalNow).map(refusalOf),
    };
  }

  /**
   * Activates what another person proposed: every service hears of it, and judges by it from its first day on. Confirming
   * twice changes nothing, and waits again until every service has heard. @param now machine time
   * @throws Fault `unavailable` where one has not in time; what was confirmed stands, and confirming again is safe
   */
  async confirm(caller: Caller, proposal: string, now: Date): Promise<AnswerOf<typeof http.ConfirmPack>> {
    const { tenant, sub } = caller;
    const { packs, clock, database, outbox } = this.context;
    const [legalNow, own] = await Promise.all([clock.legalNow(tenant), packs.tenant(tenant)]);
    const { answer, announced } = await database.within(tenant, async (sql) => {
      const store = new PackStore(sql, tenant);
      const of = await store.lock(proposal);
      if (!of) throw new Fault('missing', 'consent/no-such-proposal', 'no such proposal', 'proposal');
      twoPersons(of.proposedBy, caller);
      const { version, digest } = of;
      const effectiveFrom = of.effectiveFrom.toISOString();
      const activated = { outcome: 'activated' as const, version, digest, effectiveFrom };
      const announce = (): Promise<string[]> =>
        outbox.announceEverywhere(
          sql,
          events.PackActivatedV1,
          { tenant, now },
          { packVersion: version, packDigest: digest, effectiveFrom },
        );
      if (of.confirmedAt) return { answer: activated, announced: await announce() };
      const { before, pack } = await this.next(tenant, { digest });
      if (of.effectiveFrom < legalNow)
        throw new Fault('conflict', 'consent/begins-too-early', 'a version cannot begin before it is activated');
      const refusals = judgeActivation(pack, comparePacks(before, pack, of.highRisk), publicationsOf(of), legalNow);
      if (refusals.length > 0)
        return { answer: { outcome: 'refused' as const, refusals: refusals.map(refusalOf) }, announced: [] };
      await store.confirm(proposal, sub, now);
      // The archive: the text as it governs, whatever becomes of the folder it came from.
      const source = await packs.source(digest, own.pack);
      if (source !== undefined) await packs.keep(sql, source);
      return { answer: activated, announced: await announce() };
    });
    await appliedEverywhere(this.context, announced);
    return answer;
  }

  /** The version asked for, and the one it would follow. @throws Fault `missing`, `conflict` */
  private async next(tenant: TenantId, asked: { version?: string | undefined; digest?: string | undefined }) {
    const { packs } = this.context;
    const { pack: name } = await packs.tenant(tenant);
    const versions = await packs.versions(tenant);
    const pack =
      asked.digest === undefined
        ? packs.named(name, asked.version).pack
        : (await packs.source(asked.digest, name)) && (await packs.byDigest(name, asked.digest));
    if (pack?.pack !== name)
      throw new Fault('missing', 'consent/no-such-pack', 'no version of this pack has this digest', 'digest');
    if (versions.some((each) => each.pack.version === pack.version))
      throw new Fault('conflict', 'consent/version-known', 'the tenant has this version already', 'version');
    const begins = startOfDay(pack.effectiveFrom, pack.zone);
    const before = versions.at(-1);
    if (before === undefined || before.from >= begins)
      throw new Fault('conflict', 'consent/begins-too-early', 'a version begins after those before it', 'version');
    // Texts are compared: what earlier versions let in is no part of either.
    return { before: await packs.byDigest(name, before.pack.digest), pack };
  }
}

interface Proposed {
  readonly version?: string | undefined;
  readonly digest?: string | undefined;
  readonly publications: readonly StoredPublication[];
  readonly decided?: 'major' | 'minor' | undefined;
  readonly assessment?: { readonly id: string; readonly risk: 'high' | 'other' } | undefined;
  readonly cause?: string | undefined;
}

const publicationsOf = ({ publications, decided }: Pick<PackProposal, 'publications' | 'decided'>) => ({
  publications: publications.map(({ channel, at, effectiveFrom }): Publication => ({
    channel,
    at: new Date(at),
    effectiveFrom,
  })),
  decided: decided ?? undefined,
});

const refusalOf = ({ code, clause, field }: ActivationRefusal) => ({
  code,
  clause,
  text: refusalText(code, 'en'),
  ...(field === undefined ? {} : { field }),
});
