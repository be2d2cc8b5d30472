import { events, inTopic, outTopic, SESSION_MS } from '@lethe/contracts';
import { Fault, type TenantId } from '@lethe/kernel';
import { on, type Route, type Subscription } from '@lethe/messaging';
import type { ServiceContext } from '@lethe/platform';
import type { Keyring } from '@lethe/sealing';
import { momentOf } from '../room.ts';
import { EdgeStore } from './edge.store.ts';
import { IntakeReader } from './intake-reader.ts';
import type { Admitting } from './judging.ts';
import { hourOf, INTAKE_KEY_LIVES_MS, kidOfHour, Sessions } from './sessions.ts';

/** All machine time, milliseconds. */
export interface EdgePace {
  /** How often the net is drawn: new tenants, what waits, keys that may die. */
  readonly roundMs: number;
  /** After the last session under a key can have ended, until its fences are asked for. */
  readonly fenceAfterMs: number;
  readonly fenceAgainMs: number;
}
const PACE: EdgePace = { roundMs: 5_000, fenceAfterMs: 5 * 60_000, fenceAgainMs: 60_000 };
const SESSIONS_KEPT_MS = 48 * SESSION_MS;

interface Reading {
  readonly reader: IntakeReader;
  readonly subscription: Subscription;
}

/** Where platforms meet Lethe through the log: their keys, their topics, the hourly intake keys and the readers of what comes in. */
export class Edge {
  private readonly sessions: Sessions;
  private readonly keyring: Keyring;
  private readonly ensured = new Set<TenantId>();
  private readonly reading = new Map<TenantId, Reading>();
  private readonly pace: EdgePace;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  /** Tenants that want looking after, or every one of them. */
  private wanted: ReadonlySet<TenantId> | 'all' | undefined;
  private stopped = false;

  /** @throws Error when there is no keyring: collection is the one service that has it */
  constructor(
    private readonly context: ServiceContext,
    private readonly intake: Admitting,
    pace: Partial<EdgePace> = {},
  ) {
    if (context.keyring === undefined) throw new Error('the edge needs a keyring');
    this.keyring = context.keyring;
    this.pace = { ...PACE, ...pace };
    this.sessions = new Sessions(context.database, this.keyring);
    context.metrics.gauge('intake_waiting', 'Submissions that wait aside because their basis is uncertain.', () =>
      this.waiting(),
    );
  }

  /** The key to which a session is sealed this hour. */
  async intakeKey(
    tenant: TenantId,
    now: Date,
  ): Promise<{ kid: string; publicKey: { kty: 'OKP'; crv: 'X25519'; x: string }; until: string }> {
    await this.context.packs.tenant(tenant);
    const kid = kidOfHour(now);
    const x = await this.keyring.intakeKeys.make(tenant, kid);
    return {
      kid,
      publicKey: { kty: 'OKP', crv: 'X25519', x },
      until: new Date(hourOf(kid) + SESSION_MS).toISOString(),
    };
  }

  /** @throws Fault `conflict` when the kid stands for another key, or has been ended */
  async register(
    tenant: TenantId,
    key: { readonly kid: string; readonly x: string },
    by: string,
    now: Date,
  ): Promise<{ kid: string; registered: boolean }> {
    await this.context.packs.tenant(tenant);
    const registered = await this.context.database.within(tenant, (sql) =>
      new EdgeStore(sql, tenant).addKey({ ...key, by }, now),
    );
    if (!registered)
      throw new Fault('conflict', 'collection/kid-taken', 'the kid stands for another key, or has been ended', 'kid');
    this.wake(tenant);
    return { kid: key.kid, registered };
  }

  async end(tenant: TenantId, kid: string, now: Date): Promise<{ ended: boolean }> {
    const ended = await this.context.database.within(tenant, (sql) => new EdgeStore(sql, tenant).endKey(kid, now));
    this.sessions.forget();
    return { ended };
  }

  /** A tenant that opens gets its topics soon after. */
  opened(): Route {
    return on(events.TenantOpenedV1, (sql, batch) => {
      sql.afterCommit(() => batch.forEach(({ tenant }) => this.wake(tenant)));
      return Promise.resolve();
    });
  }

  start(): void {
    this.timer = setInterval(() => this.wake(), this.pace.roundMs).unref();
    this.wake();
  }

  /** Looks after this tenant soon, or after every one; once more if it is doing so already. */
  wake(tenant?: TenantId): void {
    if (this.stopped) return;
    if (tenant === undefined) this.wanted = 'all';
    else if (this.wanted !== 'all') this.wanted = new Set([...(this.wanted ?? []), tenant]);
    this.running ??= this.rounds().finally(() => (this.running = undefined));
  }

  /** Resolves when no round is under way. */
  async quiet(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.quiet();
    await Promise.all([...this.reading.values()].map(({ subscription }) => subscription.stop()));
    this.reading.clear();
    this.sessions.forget();
  }

  /** Why intake is not read; undefined when all of it is. */
  ready(): string | undefined {
    return [...this.reading.values()].every(({ subscription }) => subscription.alive())
      ? undefined
      : 'the intake has not heard from the event log';
  }

  private async rounds(): Promise<void> {
    /* Later in the loop of events: `running` must be set before the first round is done. */
    await Promise.resolve();
    while (this.wanted !== undefined && !this.stopped) {
      const { wanted } = this;
      this.wanted = undefined;
      const all = wanted === 'all' ? await this.context.packs.tenants().catch(() => []) : [];
      for (const tenant of wanted === 'all' ? all.map((each) => each.tenant) : wanted) {
        if (this.stopped) return;
        await this.round(tenant).catch((error: unknown) =>
          this.context.logger.warn({ error, tenant, code: 'collection/edge-waits' }, 'the edge of a tenant waits'),
        );
      }
    }
  }

  private async round(tenant: TenantId): Promise<void> {
    await this.topics(tenant);
    if (
      !this.reading.has(tenant) &&
      !(await this.context.database.within(tenant, (sql) => new EdgeStore(sql, tenant).hasKey()))
    )
      return;
    const { reader } = await this.read(tenant);
    while (!this.stopped && (await reader.retryWaiting()) > 0);
    await this.endKeys(tenant);
  }

  /** Both topics of a tenant are there from its opening. */
  private async topics(tenant: TenantId): Promise<void> {
    if (this.ensured.has(tenant)) return;
    await this.context.log.ensureTopics([inTopic(tenant), outTopic(tenant)]);
    this.ensured.add(tenant);
  }

  /** Reads what a tenant sends, once somebody may speak for it; one group a tenant, so that replicas share its slots. */
  private async read(tenant: TenantId): Promise<Reading> {
    const known = this.reading.get(tenant);
    if (known !== undefined) return known;
    const reader = new IntakeReader(tenant, this.context, this.intake, this.sessions);
    const subscription = await this.context.log.subscribe(`collection.intake.${tenant}`, [inTopic(tenant)], reader);
    const reading = { reader, subscription };
    this.reading.set(tenant, reading);
    return reading;
  }

  /**
   * An intake key dies when its hour's sessions are over and every slot has been read past a fence written after them, and
   * nothing waits aside; at 26 hours whatever there is.
   */
  private async endKeys(tenant: TenantId): Promise<void> {
    const { machine: now, today } = await momentOf(this.context, tenant);
    for (const kid of await this.keyring.intakeKeys.living(tenant)) {
      const age = now.getTime() - hourOf(kid);
      if (age < 2 * SESSION_MS + this.pace.fenceAfterMs) continue;
      if (age < INTAKE_KEY_LIVES_MS && !(await this.passed(tenant, kid, now))) continue;
      await this.keyring.intakeKeys.destroy(tenant, kid);
      this.sessions.forget();
      await this.context.database.within(tenant, async (sql) => {
        const store = new EdgeStore(sql, tenant);
        await store.forget(kid);
        await store.prune(new Date(now.getTime() - SESSIONS_KEPT_MS), today);
      });
      this.context.logger.info({ tenant, code: 'collection/intake-key-ended' }, 'an intake key has died');
    }
  }

  private async passed(tenant: TenantId, kid: string, now: Date): Promise<boolean> {
    const { slots } = this.context.config;
    const before = new Date(now.getTime() - this.pace.fenceAgainMs);
    const { open, ask, waits } = await this.context.database.within(tenant, async (sql) => {
      const store = new EdgeStore(sql, tenant);
      return {
        ...(await store.fences(kid, slots, () => this.context.newId(), now, before)),
        waits: await store.waits(),
      };
    });
    for (const { slot, id } of ask) {
      const value = JSON.stringify({
        specversion: '1.0',
        id,
        source: 'lethe/collection',
        type: 'collection.intake-fence.v1',
      });
      await this.context.log.append(inTopic(tenant), slot, [{ number: 0, incarnation: 'fence', id, value }]);
    }
    return open === 0 && waits === 0;
  }

  private async waiting(): Promise<number> {
    const counts = await Promise.all(
      [...this.reading.keys()].map((tenant) =>
        this.context.database.within(tenant, (sql) => new EdgeStore(sql, tenant).waits()),
      ),
    );
    return counts.reduce((sum, each) => sum + each, 0);
  }
}
