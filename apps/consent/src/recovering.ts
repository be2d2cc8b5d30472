import { events, type Envelope, type EventDefinition } from '@lethe/contracts';
import { type SubjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import type { LedgerEntry, Recovers, ServiceContext, Unmade } from '@lethe/platform';
import { evidenceDisposal } from '@lethe/policy';
import { ConsentStore, standingKey, type HistoryRow } from './store/consent.store.ts';
import { GuardianStore } from './store/guardian.store.ts';

type Changed = Envelope<typeof events.ConsentChangedV1>;
type Guardianship = Envelope<typeof events.GuardianshipChangedV1>;
import { TenantStore } from './store/tenant.store.ts';

/** What follows from what others say and is heard again, or from machine time. */
const HEARD_AGAIN: readonly string[] = [
  events.ConsentErasureAckedV1.type,
  events.ConsentBackupTakenV1.type,
  events.HeartbeatV1.type,
  events.PackActivatedV1.type,
  events.PersonStatedV1.type,
  events.ConsentSlotStatedV1.type,
];

/**
 * How consent's database is brought up to what it has said: tenants are open again, acts of people stand as they were
 * announced (the way they were made is then unknown), and no withdrawal that the ledger knows is forgotten, whoever else forgot it.
 */
export class Recovering implements Recovers {
  constructor(private readonly context: ServiceContext) {}

  async replay(sql: Transaction, tenant: TenantId, entries: readonly LedgerEntry[]): Promise<number> {
    const store = new ConsentStore(sql, tenant);
    for (const { kind, subject, at } of entries)
      if (kind === 'erased' && subject !== undefined) await store.restrict(subject, new Date(at));
    for (const { kind, subject, compartments = [], consentVersion, at } of entries) {
      if (kind !== 'withdrawn' || subject === undefined || consentVersion === undefined) continue;
      for (const compartment of compartments)
        if (compartment.startsWith('consent.'))
          await this.withdraw(sql, tenant, subject, compartment.slice('consent.'.length), consentVersion, new Date(at));
    }
    return 0;
  }

  /** The version a withdrawal had is its own: what stands before it is of a lower one. Told anew, because whoever hears it may have been put back, too. */
  private async withdraw(
    sql: Transaction,
    tenant: TenantId,
    subject: SubjectRef,
    purpose: string,
    version: number,
    at: Date,
  ): Promise<void> {
    const store = new ConsentStore(sql, tenant);
    await store.lockPersons([subject]);
    const last = (await store.historyOf(subject)).filter((row) => row.purpose === purpose).at(-1);
    if (last === undefined || last.version >= version || last.state === 'withdrawn') return;
    const { notice, level } = last;
    const consent = this.context.newId();
    const recordedAt = new Date(
      Math.max(last.recordedAt.getTime(), (await this.context.clock.legalNow(tenant)).getTime()),
    );
    const event = await this.context.outbox.announce(
      sql,
      events.ConsentChangedV1,
      { tenant, subject, now: this.context.clock.machineNow() },
      { consent, version, purpose, state: 'withdrawn', level, notice, at: at.toISOString() },
    );
    const pack = await this.context.packs.pack(tenant);
    await store.append([
      {
        ...{ subject, purpose, version, consent, level, notice, at, event, recordedAt },
        ...{ state: 'withdrawn', ...HOW_IS_UNKNOWN, implied: false, choice: undefined, fields: undefined },
        unknown: ['at'],
        disposeOn: evidenceDisposal(pack, recordedAt),
      },
    ]);
  }

  async said(sql: Transaction, tenant: TenantId, batch: readonly Envelope[]): Promise<Unmade[]> {
    const unmade: Unmade[] = [];
    for (const event of batch) {
      if (event.type === events.ConsentChangedV1.type) await this.changed(sql, tenant, event as Changed);
      else if (event.type === events.GuardianshipChangedV1.type)
        await this.guardian(sql, tenant, event as Guardianship);
      else if (is(event, events.TenantOpenedV1))
        await new TenantStore(sql, tenant).open({ ...event.data, offsetMs: 0 }, new Date(event.time));
      else if (is(event, events.TenantStatedV1))
        await new TenantStore(sql, tenant).open(event.data, new Date(event.data.openedAt));
      else if (is(event, events.ClockMovedV1)) await this.clockMoved(sql, tenant, event.data.offsetMs);
      else if (!HEARD_AGAIN.includes(event.type)) unmade.push({ event: event.id });
    }
    return unmade;
  }

  /** One that begins in the past is moved there first, from where it was opened. From then on it never goes back. */
  private async clockMoved(sql: Transaction, tenant: TenantId, offsetMs: number): Promise<void> {
    const store = new TenantStore(sql, tenant);
    const present = await store.lock();
    if (present?.movableClock && (present.offsetMs === 0 || present.offsetMs < offsetMs))
      await store.moveClock(offsetMs);
  }

  private async changed(sql: Transaction, tenant: TenantId, { id, time, subject, data }: Changed): Promise<void> {
    if (subject === undefined) return;
    const store = new ConsentStore(sql, tenant);
    await store.lockPersons([subject]);
    const standing = (await store.standings([subject])).get(standingKey(subject, data.purpose));
    if ((standing?.version ?? 0) >= data.version) return;
    const pack = await this.context.packs.pack(tenant);
    const at = new Date(data.at);
    const recordedAt = later(standing?.recordedAt, await this.legal(tenant, time));
    const row: HistoryRow = {
      ...{ subject, purpose: data.purpose, version: data.version, consent: data.consent, state: data.state },
      ...{
        level: data.level,
        notice: data.notice,
        choice: data.choice,
        fields: data.fields,
        event: id,
        at,
        recordedAt,
      },
      ...HOW_IS_UNKNOWN,
      implied: data.implied ?? false,
      unknown: [],
      disposeOn: evidenceDisposal(pack, recordedAt),
    };
    await store.append([row]);
  }

  private async guardian(sql: Transaction, tenant: TenantId, { subject, data }: Guardianship): Promise<void> {
    if (subject === undefined) return;
    await new ConsentStore(sql, tenant).lockPersons([subject]);
    const store = new GuardianStore(sql, tenant);
    const standing = (await store.statements([subject])).get(subject);
    if ((standing?.version ?? 0) >= data.version) return;
    const at = new Date(data.at);
    await store.append(
      subject,
      {
        version: data.version,
        guardian: data.guardian,
        since: at,
        ...(data.until === undefined ? {} : { until: new Date(data.until) }),
        ...(data.sensitiveUntil === undefined ? {} : { sensitiveUntil: new Date(data.sensitiveUntil) }),
      },
      at,
      evidenceDisposal(await this.context.packs.pack(tenant), at),
    );
  }

  /** Legal time at a moment of machine time, by the clock as it stands now. */
  private async legal(tenant: TenantId, machine: string): Promise<Date> {
    const { clock } = this.context;
    const offset = (await clock.legalNow(tenant)).getTime() - clock.machineNow().getTime();
    return new Date(Date.parse(machine) + offset);
  }
}

/** What no event says of an act. */
const HOW_IS_UNKNOWN = {
  channel: undefined,
  bundled: false,
  language: undefined,
  shown: undefined,
  route: undefined,
  imported: false,
  statedBy: 'backend',
} as const;

const later = (one: Date | undefined, other: Date): Date => (one !== undefined && one > other ? one : other);

const is = <Definition extends EventDefinition>(
  event: Envelope,
  definition: Definition,
): event is Envelope<Definition> & Envelope => event.type === definition.type;
