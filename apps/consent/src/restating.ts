import { events, type EventInput } from '@lethe/contracts';
import { slotOf, type SubjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import { ErasuresService } from './erasures.service.ts';
import { ConsentStore } from './store/consent.store.ts';
import { GuardianStore } from './store/guardian.store.ts';
import { PackStore } from './store/pack.store.ts';
import { TenantStore } from './store/tenant.store.ts';

/** People of one transaction. */
const AT_ONCE = 500;

type Consent = EventInput<typeof events.PersonStatedV1>['consents'][number];

/**
 * States everything of one slot anew: each tenant, the latest act of each person whom an erasure has left, who is frozen
 * here, and how orders of erasure were answered. Versions
 * count up a person's acts, so that a statement which meets a newer act changes nothing, whichever was told first.
 */
export class Restating {
  constructor(private readonly context: ServiceContext) {}

  /** The id of the event that ends the statement. */
  async state(slot: number): Promise<string> {
    const { packs, database, outbox, clock } = this.context;
    const tenants = await packs.tenants();
    let people = 0;
    for (const { tenant } of tenants) {
      await this.stateTenant(tenant, slot);
      people += await this.statePeople(tenant, slot);
      await new ErasuresService(this.context).stateAnew(tenant, slot);
    }
    return database.transaction((sql) =>
      outbox.announce(
        sql,
        events.ConsentSlotStatedV1,
        { tenant: 'lethe', slot, now: clock.machineNow() },
        { statement: this.context.newId(), tenants: tenants.length, people },
      ),
    );
  }

  /** States each tenant in every slot. */
  async stateTenants(): Promise<void> {
    const { packs, database, outbox, clock } = this.context;
    for (const { tenant } of await packs.tenants())
      await database.within(tenant, async (sql) => {
        const stated = await this.tenant(sql, tenant);
        if (stated !== undefined)
          await outbox.announceEverywhere(sql, events.TenantStatedV1, { tenant, now: clock.machineNow() }, stated);
      });
  }

  private async stateTenant(tenant: TenantId, slot: number): Promise<void> {
    const { database, outbox, clock } = this.context;
    await database.within(tenant, async (sql) => {
      const stated = await this.tenant(sql, tenant);
      if (stated !== undefined)
        await outbox.announce(sql, events.TenantStatedV1, { tenant, slot, now: clock.machineNow() }, stated);
    });
  }

  /**
   * A tenant as it stands. Its versions are those every service has heard of, so that a consent that was put back, and has lost
   * who proposed one, states them all the same.
   */
  private async tenant(
    sql: Transaction,
    tenant: TenantId,
  ): Promise<EventInput<typeof events.TenantStatedV1> | undefined> {
    const opened = await new TenantStore(sql, tenant).opened();
    if (opened === undefined) return undefined;
    const activated = await new PackStore(sql, tenant).activated();
    const { pack, packVersion, packDigest, movableClock, offsetMs, openedAt } = opened;
    const versions = (await this.context.packs.versions(tenant)).filter(({ from }) => from.getTime() !== 0);
    return {
      ...{ pack, packVersion, packDigest, movableClock, offsetMs, openedAt: openedAt.toISOString() },
      versions: versions.map(({ pack: { version, digest }, from }) => ({
        packVersion: version,
        packDigest: digest,
        effectiveFrom: from.toISOString(),
        activatedAt: (activated.find((one) => one.digest === digest)?.confirmedAt ?? from).toISOString(),
      })),
    };
  }

  private async statePeople(tenant: TenantId, slot: number): Promise<number> {
    const { database, outbox, clock, config } = this.context;
    let stated = 0;
    for (let after: SubjectRef | undefined, more = true; more;) {
      const page = await database.within(tenant, async (sql) => {
        const consents = new ConsentStore(sql, tenant);
        const subjects = await consents.people(after, AT_ONCE);
        const here = subjects.filter((subject) => slotOf(subject, config.slots) === slot);
        const acts = Map.groupBy(await consents.latest(here), ({ subject }) => subject);
        const guardians = await new GuardianStore(sql, tenant).statements(here);
        const told = here.filter((subject) => acts.has(subject) || guardians.has(subject));
        await outbox.announceAll(
          sql,
          events.PersonStatedV1,
          clock.machineNow(),
          told.map((subject) => {
            const guardian = guardians.get(subject);
            return {
              about: { tenant, subject },
              data: {
                consents: (acts.get(subject) ?? []).map(consentOf),
                ...(guardian === undefined
                  ? {}
                  : {
                      guardian: {
                        version: guardian.version,
                        guardian: guardian.guardian,
                        at: guardian.since.toISOString(),
                        ...(guardian.until && { until: guardian.until.toISOString() }),
                        ...(guardian.sensitiveUntil && { sensitiveUntil: guardian.sensitiveUntil.toISOString() }),
                      },
                    }),
              },
            };
          }),
        );
        return { last: subjects.at(-1), full: subjects.length === AT_ONCE, told: told.length };
      });
      stated += page.told;
      after = page.last;
      more = page.full;
    }
    return stated;
  }
}

const consentOf = (row: Awaited<ReturnType<ConsentStore['latest']>>[number]): Consent => ({
  consent: row.consent,
  version: row.version,
  purpose: row.purpose,
  state: row.state,
  level: row.level,
  notice: row.notice,
  at: row.at.toISOString(),
  ...(row.implied ? { implied: true as const } : {}),
  ...(row.choice === null ? {} : { choice: row.choice }),
  ...(row.fields === null ? {} : { fields: [...row.fields] }),
});
