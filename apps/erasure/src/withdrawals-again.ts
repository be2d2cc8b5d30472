import { http } from '@lethe/contracts';
import type { SubjectRef, TenantId, Transaction } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import { evidenceDisposal } from '@lethe/policy';
import { momentOf } from './moment.ts';
import { UnsaidStore, type Unsaid } from './store/unsaid.store.ts';
import type { Waiting } from './waiting.ts';
import type { WithdrawalsService } from './withdrawals.service.ts';

/** Milliseconds of machine time until consent is asked again after it has not answered. */
const AGAIN_MS = 5_000;
const ANSWER_WITHIN_MS = 5_000;
const AT_ONCE = 100;

/** A withdrawal that the ledger has. */
interface Known extends Omit<Unsaid, 'disposeOn'> {
  /** When the person withdrew, ISO; legal time. */
  readonly at: string;
}

/**
 * A withdrawal that the ledger has, and of which the platform's stream says nothing: it was lost with the database, and stores may
 * not have read it. Consent is asked first whether it still stands: an order that is carried out after the person agreed anew
 * would delete what may be kept.
 */
export class WithdrawalsAgain {
  /** Tenants of which something may be unsaid, and from when on (machine time) it is looked after. */
  private readonly due = new Map<TenantId, number>();
  private seen = false;
  private round = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly context: ServiceContext,
    private readonly withdrawals: Pick<WithdrawalsService, 'order'>,
    private readonly waiting: Pick<Waiting, 'wake'>,
  ) {}

  /** Heard again, in the transaction that heard it. What has been asked already, or is long over, is left alone. */
  async heard(sql: Transaction, tenant: TenantId, known: readonly Known[]): Promise<void> {
    const pack = await this.context.packs.pack(tenant);
    const held = known.filter(({ purpose }) => pack.purposes.get(purpose)?.custody === 'platform');
    if (held.length === 0) return;
    const { today } = await momentOf(this.context, tenant);
    const owed = held
      .map(({ at, ...one }) => ({ ...one, disposeOn: evidenceDisposal(pack, new Date(at)) }))
      .filter(({ disposeOn }) => disposeOn > today);
    if ((await new UnsaidStore(sql, tenant).add(owed)) > 0) sql.afterCommit(() => this.due.set(tenant, 0));
  }

  /** Asks consent about what is unsaid, and tells what stands. One tenant's trouble keeps no other waiting. */
  async sweep(): Promise<void> {
    this.round = this.lookAfter();
    await this.round;
  }

  /** Resolves when no tenant is being looked after; none is after. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.round;
  }

  private async lookAfter(): Promise<void> {
    // What a process before this one has left.
    if (!this.seen) for (const { tenant } of await this.context.packs.tenants()) this.due.set(tenant, 0);
    this.seen = true;
    const now = this.context.clock.machineNow().getTime();
    for (const [tenant, from] of [...this.due]) {
      if (this.stopping) return;
      if (from > now) continue;
      this.due.delete(tenant);
      await this.look(tenant).catch((error: unknown) => {
        this.due.set(tenant, now + AGAIN_MS);
        this.context.logger.warn(
          { tenant, error, code: 'erasure/consent-silent' },
          'withdrawals that the platform may not have read wait for consent',
        );
      });
    }
  }

  private async look(tenant: TenantId): Promise<void> {
    const { database } = this.context;
    const unsaid = await database.within(tenant, (sql) => new UnsaidStore(sql, tenant).next(AT_ONCE));
    for (const one of unsaid) {
      const stands = await this.stands(tenant, one);
      await database.within(tenant, async (sql) => {
        // Another replica may have been quicker.
        if (!(await new UnsaidStore(sql, tenant).take(one.entry)) || !stands) return;
        await this.withdrawals.order(sql, tenant, [one]);
        sql.afterCommit(() => this.waiting.wake(tenant));
      });
    }
    if (unsaid.length === AT_ONCE) this.due.set(tenant, 0);
  }

  /** The last that the person did about the purpose; of whom nobody knows any more nothing stands. */
  private async stands(
    tenant: TenantId,
    { subject, purpose, consentVersion }: { subject: SubjectRef; purpose: string; consentVersion: number },
  ): Promise<boolean> {
    const { consents } = await this.context.peers.ask(http.ConsentsOf, {
      tenant,
      params: { subject },
      query: {},
      timeoutMs: ANSWER_WITHIN_MS,
    });
    return consents.some(
      (one) => one.purpose === purpose && one.state === 'withdrawn' && one.version === consentVersion,
    );
  }
}
