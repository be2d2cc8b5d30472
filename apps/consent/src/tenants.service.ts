import { events, type http } from '@lethe/contracts';
import { Fault, type TenantId, type Transaction } from '@lethe/kernel';
import { twoPersons, type AnswerOf, type Caller, type ServiceContext } from '@lethe/platform';
import { appliedEverywhere } from './applied.ts';
import { TenantStore, type OpenedTenant } from './store/tenant.store.ts';

/** Tenants: opened under a pack, in development with a clock that can be moved. */
export class TenantsService {
  constructor(private readonly context: ServiceContext) {}

  /** Development: opens a tenant, or answers for one that is open under the same pack. @param now machine time */
  async open(
    asked: { tenant: TenantId; pack: string; digest?: string | undefined; startAt?: Date | undefined },
    now: Date,
  ): Promise<AnswerOf<typeof http.OpenTenant>> {
    const { tenant, startAt } = asked;
    const { pack, version, digest } = await this.asked(asked);
    const offsetMs = startAt ? startAt.getTime() - now.getTime() : 0;
    const opened = { pack: pack.pack, packVersion: version, packDigest: digest, movableClock: true, offsetMs };
    const { announced, present } = await this.context.database.within(tenant, async (sql) => {
      const store = new TenantStore(sql, tenant);
      const isNew = await store.open(opened, now);
      const present = (await store.lock()) ?? opened;
      if (present.pack !== opened.pack)
        throw new Fault('conflict', 'consent/tenant-open', 'the tenant is open under another pack', 'tenant');
      if (isNew) return { announced: await this.announceOpened(sql, tenant, opened, now), present };
      // Whoever asks again has perhaps not heard that it was applied: what stands behind the opening in each slot says so.
      const announced = present.movableClock ? await this.announceClock(sql, tenant, present.offsetMs, now) : [];
      return { announced, present };
    });
    await appliedEverywhere(this.context, announced);
    const legalTime = new Date(now.getTime() + present.offsetMs);
    return { tenant, pack: present.pack, version: present.packVersion, legalTime: legalTime.toISOString() };
  }

  /** Development: whoever asks may have a token for each of them anyway. */
  async all(): Promise<AnswerOf<typeof http.Tenants>> {
    const tenants = await this.context.packs.tenants();
    return { tenants: tenants.map(({ tenant, pack }) => ({ tenant, pack })) };
  }

  /** Development: moves legal time forward, and answers when every service has it. @param now machine time */
  async moveClock(tenant: TenantId, to: Date, now: Date): Promise<AnswerOf<typeof http.MoveClock>> {
    const offsetMs = to.getTime() - now.getTime();
    const announced = await this.context.database.within(tenant, async (sql) => {
      const store = new TenantStore(sql, tenant);
      const present = await store.lock();
      if (!present) throw new Fault('missing', 'consent/tenant-unknown', 'the tenant is not open');
      if (!present.movableClock)
        throw new Fault('forbidden', 'consent/clock-fixed', 'the legal time of this tenant cannot be moved');
      if (offsetMs < present.offsetMs)
        throw new Fault('conflict', 'consent/clock-backwards', 'legal time moves forward only', 'to');
      await store.moveClock(offsetMs);
      return this.announceClock(sql, tenant, offsetMs, now);
    });
    await appliedEverywhere(this.context, announced);
    return { legalTime: to.toISOString(), offsetMs };
  }

  /** Proposes to open the caller's tenant under a pack. Nothing happens until another person confirms. @param now machine time */
  async propose(
    caller: Caller,
    asked: { pack: string; version?: string | undefined },
    now: Date,
  ): Promise<AnswerOf<typeof http.ProposeTenant>> {
    const { pack, version } = this.context.packs.named(asked.pack);
    if (asked.version !== undefined && asked.version !== version) {
      throw new Fault(
        'missing',
        'consent/pack-version-unknown',
        'this installation has another version of the pack',
        'version',
      );
    }
    const proposal = this.context.newId();
    await this.context.database.within(caller.tenant, (sql) =>
      new TenantStore(sql, caller.tenant).propose(
        proposal,
        { pack: pack.pack, packVersion: version, by: caller.sub },
        now,
      ),
    );
    return { proposal };
  }

  /** Opens the tenant another person proposed to open. Confirming twice changes nothing. @param now machine time */
  async confirm(caller: Caller, proposal: string, now: Date): Promise<AnswerOf<typeof http.ConfirmTenant>> {
    const { tenant, sub } = caller;
    const { pack, announced } = await this.context.database.within(tenant, async (sql) => {
      const store = new TenantStore(sql, tenant);
      const proposed = await store.lockProposal(proposal);
      if (!proposed) throw new Fault('missing', 'consent/no-such-proposal', 'no such proposal', 'proposal');
      twoPersons(proposed.proposedBy, caller);
      const { version, digest } = this.context.packs.named(proposed.pack);
      if (version !== proposed.packVersion)
        throw new Fault('conflict', 'consent/pack-changed', 'the pack has changed since it was proposed');
      const opened = {
        pack: proposed.pack,
        packVersion: version,
        packDigest: digest,
        movableClock: false,
        offsetMs: 0,
      };
      if (proposed.confirmedAt) return { pack: opened, announced: [] };
      if (!(await store.open(opened, now)))
        throw new Fault('conflict', 'consent/tenant-open', 'the tenant is open already');
      await store.confirm(proposal, sub, now);
      return { pack: opened, announced: await this.announceOpened(sql, tenant, opened, now) };
    });
    await appliedEverywhere(this.context, announced);
    return { tenant, pack: pack.pack, version: pack.packVersion };
  }

  /** The notice people are shown: the pack in force. */
  async notice(tenant: TenantId): Promise<AnswerOf<typeof http.CurrentNotice>> {
    const pack = await this.context.packs.pack(tenant);
    const openWhenAway = [...pack.purposes.values()].filter(({ whenAway }) => whenAway !== undefined);
    return {
      pack: pack.pack,
      version: pack.version,
      digest: pack.digest,
      zone: pack.zone,
      title: pack.title.en,
      openWhenAway: openWhenAway.map(({ name }) => name),
    };
  }

  /** The pack of the installation, or the text sent before that has this digest. @throws Fault `missing` */
  private async asked({ pack: name, digest }: { pack: string; digest?: string | undefined }) {
    const { packs } = this.context;
    if (digest === undefined) return packs.named(name);
    const pack = (await packs.source(digest, name)) && (await packs.byDigest(name, digest));
    if (pack?.pack !== name)
      throw new Fault('missing', 'consent/no-such-pack', 'no version of this pack has this digest', 'digest');
    return { pack, version: pack.version, digest };
  }

  private async announceOpened(sql: Transaction, tenant: TenantId, opened: OpenedTenant, now: Date): Promise<string[]> {
    const { pack, packVersion, packDigest, movableClock, offsetMs } = opened;
    const { outbox } = this.context;
    const announced = await outbox.announceEverywhere(
      sql,
      events.TenantOpenedV1,
      { tenant, now },
      { pack, packVersion, packDigest, movableClock },
    );
    if (offsetMs === 0) return announced;
    return this.announceClock(sql, tenant, offsetMs, now);
  }

  private announceClock(sql: Transaction, tenant: TenantId, offsetMs: number, now: Date): Promise<string[]> {
    return this.context.outbox.announceEverywhere(sql, events.ClockMovedV1, { tenant, now }, { offsetMs });
  }
}
