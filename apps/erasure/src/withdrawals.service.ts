import { http } from '@lethe/contracts';
import { Fault, type Day, type SubjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import type { AnswerOf, Asked, Caller, ServiceContext } from '@lethe/platform';
import { evidenceDisposal, requestDeadline } from '@lethe/policy';
import { disbelief } from './domain/request.ts';
import { awaited, withdrawalState } from './domain/withdrawal.ts';
import { momentOf } from './moment.ts';
import type { OutStream } from './out-stream.ts';
import { RegistryStore } from './store/registry.store.ts';
import { WithdrawalStore } from './store/withdrawal.store.ts';

/**
 * A consent was withdrawn whose data the platform holds itself: no key of ours closes it, so its stores are asked, and
 * counted, as they are in an erasure.
 */
export class WithdrawalsService {
  private readonly lookedOn = new Map<TenantId, Day>();
  private round = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly context: ServiceContext,
    private readonly out: OutStream,
  ) {}

  /** Asks the platform's stores, in the transaction that tells of the ledger's entries. */
  async order(
    sql: Transaction,
    tenant: TenantId,
    withdrawn: readonly { readonly entry: number; readonly subject: SubjectRef; readonly purpose: string }[],
  ): Promise<void> {
    const pack = await this.context.packs.pack(tenant);
    const held = withdrawn.filter(({ purpose }) => pack.purposes.get(purpose)?.custody === 'platform');
    if (held.length === 0) return;
    const moment = await momentOf(this.context, tenant);
    const registry = await new RegistryStore(sql, tenant).present();
    const participants = registry.participants.length === 0 ? [http.UNNAMED_PARTICIPANT] : registry.participants;
    const deadline = requestDeadline(pack, moment.legal);
    for (const { entry, subject, purpose } of held) {
      await new WithdrawalStore(sql, tenant).add(
        {
          entry,
          subject,
          purpose,
          orderedAt: moment.legal,
          deadline,
          disposeOn: evidenceDisposal(pack, moment.legal),
        },
        participants,
      );
      await this.out.tell(sql, tenant, moment, {
        kind: 'withdrawal-ordered',
        subject,
        data: { entry, purpose, participants, deadline },
      });
    }
  }

  /**
   * A store's statement. One that is not believed is counted and stands in the way until another comes.
   * @throws Fault `missing` for a withdrawal or a participant that is not there
   */
  async ack(
    { tenant }: Caller,
    entry: number,
    body: Asked<typeof http.AckWithdrawal>['body'],
  ): Promise<AnswerOf<typeof http.AckWithdrawal>> {
    const { participant, ...said } = body;
    const moment = await momentOf(this.context, tenant);
    return this.context.database.within(tenant, async (sql) => {
      const store = new WithdrawalStore(sql, tenant);
      const one = await store.lock(entry);
      if (one === undefined) throw new Fault('missing', 'erasure/no-such-withdrawal', 'no such withdrawal', 'entry');
      const asked = one.participants.find((each) => each.participant === participant);
      if (asked === undefined)
        throw new Fault(
          'missing',
          'erasure/no-such-participant',
          'no such participant was asked about this withdrawal',
          'participant',
        );
      const wrong = disbelief({ ...said, position: 0 });
      if (wrong === undefined) {
        if (asked.doneAt === null) await store.state(entry, participant, said, moment.legal);
        return { accepted: true };
      }
      await store.disbelieve(entry, participant);
      this.context.logger.warn({ tenant, code: wrong }, 'a statement about a withdrawal was not believed');
      return { accepted: false };
    });
  }

  async list(
    { tenant }: Caller,
    { which, after, limit }: Asked<typeof http.Withdrawals>['query'],
  ): Promise<AnswerOf<typeof http.Withdrawals>> {
    const { today } = await momentOf(this.context, tenant);
    const found = await this.context.database.within(tenant, (sql) =>
      new WithdrawalStore(sql, tenant).newest(limit, { after, lateOn: which === 'late' ? today : undefined }),
    );
    return {
      withdrawals: found.map((one) => ({
        entry: one.entry,
        purpose: one.purpose,
        state: withdrawalState(one, today),
        orderedAt: one.orderedAt.toISOString(),
        deadline: one.deadline,
        participants: one.participants.flatMap(({ participant, found: count, deleted, restricted, doneAt }) =>
          doneAt === null
            ? []
            : [
                {
                  participant,
                  found: count ?? 0,
                  deleted: deleted ?? 0,
                  restricted: restricted ?? 0,
                  at: doneAt.toISOString(),
                },
              ],
        ),
        waitingFor: awaited(one),
        closed: one.participants.flatMap(({ participant, closedAt, closedBecause }) =>
          closedAt === null || closedBecause === null
            ? []
            : [{ participant, because: closedBecause, at: closedAt.toISOString() }],
        ),
      })),
    };
  }

  /** Looks after every tenant whose day has changed. One tenant's trouble keeps no other waiting. */
  async sweep(): Promise<void> {
    const tenants = await this.context.packs.tenants();
    this.round = this.lookAfter(tenants.map(({ tenant }) => tenant));
    await this.round;
  }

  /** Resolves when no tenant is being looked after; none is after. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.round;
  }

  private async lookAfter(tenants: readonly TenantId[]): Promise<void> {
    for (const tenant of tenants) {
      if (this.stopping) return;
      await this.look(tenant).catch((error: unknown) => {
        this.context.logger.warn({ tenant, error }, 'withdrawals could not be looked after');
      });
    }
  }

  /** Silence beyond the deadline is said once to whoever watches, and evidence goes on its date: once a day of the tenant. */
  async look(tenant: TenantId): Promise<void> {
    const moment = await momentOf(this.context, tenant);
    if (this.lookedOn.get(tenant) === moment.today) return;
    const late = await this.context.database.within(tenant, async (sql) => {
      const store = new WithdrawalStore(sql, tenant);
      await store.dispose(moment.today);
      return store.escalate(moment.today, moment.legal);
    });
    this.lookedOn.set(tenant, moment.today);
    if (late > 0)
      this.context.logger.error(
        { tenant, count: late, code: 'erasure/withdrawal-unanswered' },
        'the platform has not said that it let go of what was withdrawn',
      );
  }
}
