import { assertNever, Fault, type Day, type TenantId, type Transaction } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import { next, type Step } from './domain/saga.ts';
import type { Issuing } from './issuing.ts';
import { momentOf } from './moment.ts';
import type { SagaSteps } from './saga.steps.ts';
import { ErasureStore, type StoredRequest } from './store/erasure.store.ts';
import type { Waiting } from './waiting.ts';

/** A waiting request is looked at again after this long even if nothing is heard. */
const LOOK_AGAIN_MS = 30_000;
const RETRY_AT_MOST_MS = 30_000;
const STEPS_AT_MOST = 30;
const LOOK_AT_ONCE = 200;
/** A tenant that had nothing to look after is left alone for this long, unless something of it is heard or its day changes. */
const QUIET_MS = 30_000;

/**
 * Takes requests forward: load, decide, do the one step, until there is something to wait for. Everything is rows and
 * outbox: whoever is killed between two steps, or within one, is followed by somebody who loads and decides the same.
 */
export class SagaRunner {
  private readonly lines = new Map<string, Promise<void>>();
  /** Tenants without an open request: the day whose evidence has gone, and when that was seen (machine milliseconds). */
  private readonly quiet = new Map<TenantId, { readonly day: Day; readonly at: number }>();
  private stopping = false;

  constructor(
    private readonly context: ServiceContext,
    private readonly steps: SagaSteps,
    private readonly issuing: Issuing,
    private readonly waiting: Waiting,
  ) {}

  /** Goes on with the request once the transaction is committed. */
  pokeAfter(sql: Transaction, tenant: TenantId, request: string): void {
    sql.afterCommit(() => {
      this.quiet.delete(tenant);
      this.waiting.wake(tenant, request);
      void this.advance(tenant, request);
    });
  }

  /** Looks after the tenant's requests once the transaction is committed: what they wait for may have come. */
  sweepAfter(sql: Transaction, tenant: TenantId): void {
    sql.afterCommit(() => {
      this.quiet.delete(tenant);
      void this.sweepTenant(tenant).catch(() => undefined);
    });
  }

  /** Resolves when the request waits for something, has ended, or a step has failed and will be tried again. Never throws. */
  advance(tenant: TenantId, request: string): Promise<void> {
    if (this.stopping) return Promise.resolve();
    const key = `${tenant}/${request}`;
    const line = (this.lines.get(key) ?? Promise.resolve()).then(() => this.run(tenant, request));
    this.lines.set(key, line);
    return line.finally(() => {
      if (this.lines.get(key) === line) this.lines.delete(key);
    });
  }

  /** Looks after every tenant's requests whose moment has come. One tenant's trouble keeps no other waiting. */
  async sweep(): Promise<void> {
    for (const { tenant } of await this.context.packs.tenants()) {
      if (this.stopping) return;
      await this.sweepTenant(tenant).catch((error: unknown) => {
        this.context.logger.warn({ tenant, error }, 'requests could not be looked after');
      });
    }
  }

  async sweepTenant(tenant: TenantId): Promise<void> {
    const moment = await momentOf(this.context, tenant);
    const before = this.quiet.get(tenant);
    if (before?.day === moment.today && moment.machine.getTime() - before.at < QUIET_MS) return;
    // Marked first: what is heard while we look takes the mark away again.
    this.quiet.set(tenant, { day: moment.today, at: moment.machine.getTime() });
    try {
      const { due, open, disposed } = await this.context.database.within(tenant, async (sql) => {
        const store = new ErasureStore(sql, tenant);
        return {
          // Evidence goes on its date, once a day of the tenant.
          disposed: before?.day === moment.today ? 0 : await store.dispose(moment.today),
          due: await store.due(moment.machine, moment.today, LOOK_AT_ONCE),
          open: await store.hasOpen(),
        };
      });
      if (open) this.quiet.delete(tenant);
      if (disposed > 0)
        this.context.logger.info({ tenant, count: disposed }, 'requests were disposed of on their date');
      await Promise.all(due.map((request) => this.advance(tenant, request)));
    } catch (error) {
      this.quiet.delete(tenant);
      throw error;
    }
  }

  /** Resolves when no step is under way; none is begun after. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.lines.values());
  }

  private async run(tenant: TenantId, request: string): Promise<void> {
    try {
      for (let steps = 0; steps < STEPS_AT_MOST && !this.stopping; steps += 1) {
        if (!(await this.step(tenant, request))) return;
        this.waiting.wake(tenant, request);
      }
    } catch (error) {
      await this.failed(tenant, request, error).catch(() => undefined);
    }
  }

  private async step(tenant: TenantId, request: string): Promise<boolean> {
    const moment = await momentOf(this.context, tenant);
    const decided = await this.context.database.within(tenant, async (sql) => {
      const store = new ErasureStore(sql, tenant);
      const one = await store.find(request);
      if (!one) return undefined;
      const step = next(one, await store.sagaFacts(one, moment.today));
      if (step.do === 'wait' && (one.row.look_at <= moment.machine || one.row.attempts > 0)) {
        await store.lookAgain(request, one.row.look_at, new Date(moment.machine.getTime() + LOOK_AGAIN_MS));
      }
      return { one, step };
    });
    if (!decided) return false;
    return this.take(decided.step, tenant, decided.one);
  }

  private async take(step: Step, tenant: TenantId, one: StoredRequest): Promise<boolean> {
    switch (step.do) {
      case 'scope':
        await this.steps.scope(tenant, one);
        return true;
      case 'freeze':
        await this.steps.freeze(tenant, one);
        return true;
      case 'number-the-freeze':
        await this.steps.numberTheFreeze(tenant, one);
        return true;
      case 'order':
        await (one.progress === 'scoped' ? this.steps.markFrozen(tenant, one) : this.steps.order(tenant, one));
        return true;
      case 'record':
        await this.steps.record(tenant, one);
        return true;
      case 'escalate':
        await this.steps.escalate(tenant, one, step.waitingFor);
        return true;
      case 'certify':
        await this.issuing.certify(tenant, one);
        return true;
      case 'finish':
        await this.issuing.finish(tenant, one);
        return true;
      case 'wait':
      case 'nothing':
        return false;
      default:
        return assertNever(step);
    }
  }

  private async failed(tenant: TenantId, request: string, error: unknown): Promise<void> {
    const code = error instanceof Fault ? error.code : 'erasure/step-failed';
    this.context.logger.warn({ tenant, request, code }, 'a step failed and will be tried again');
    const machine = this.context.clock.machineNow();
    await this.context.database.within(tenant, async (sql) => {
      const store = new ErasureStore(sql, tenant);
      const one = await store.find(request, 'lock');
      if (!one) return;
      const attempts = one.row.attempts + 1;
      const delay = Math.min(RETRY_AT_MOST_MS, 250 * 2 ** Math.min(attempts, 10));
      await store.set(request, { attempts, look_at: new Date(machine.getTime() + delay) });
    });
  }
}
