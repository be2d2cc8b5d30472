import type { ServiceContext } from '@lethe/platform';
import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { EndsService } from './ends.service.ts';
import type { RefsService } from './refs.service.ts';
import type { RegistryService } from './registry.service.ts';
import type { SagaRunner } from './saga.runner.ts';
import type { WithdrawalsAgain } from './withdrawals-again.ts';
import type { WithdrawalsService } from './withdrawals.service.ts';

/** Milliseconds of machine time. */
export const LOOK_EVERY_MS = 1_000;
const ENDS_EVERY_MS = 30_000;

/** Door clock: retries, deadlines and finality. A timer is a row, so a restart forgets none. */
@Injectable()
export class ErasureSweep {
  private looking = false;
  private looksAtRefs = false;

  constructor(
    private readonly context: ServiceContext,
    private readonly runner: SagaRunner,
    private readonly withdrawals: WithdrawalsService,
    private readonly again: WithdrawalsAgain,
    private readonly ends: EndsService,
    private readonly registry: RegistryService,
    private readonly refs: RefsService,
  ) {}

  /** What was missed: the end of a tenant goes on by what is heard. */
  @Interval(ENDS_EVERY_MS)
  async lookAtEnds(): Promise<void> {
    await this.ends
      .sweep()
      .catch(() => this.context.logger.warn({ code: 'erasure/no-look' }, 'ends of tenants could not be looked after'));
    await this.registry
      .tellAll()
      .catch(() => this.context.logger.warn({ code: 'erasure/no-look' }, 'who takes part could not be told'));
    await this.lookAtRefs();
  }

  private async lookAtRefs(): Promise<void> {
    if (this.looksAtRefs) return;
    this.looksAtRefs = true;
    try {
      await this.refs.sweep();
    } catch {
      this.context.logger.warn({ code: 'erasure/no-look' }, 'refs of the ledger could not be looked after');
    } finally {
      this.looksAtRefs = false;
    }
  }

  @Interval(LOOK_EVERY_MS)
  async tick(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      await this.runner.sweep();
      await this.withdrawals.sweep();
      await this.again.sweep();
    } catch {
      this.context.logger.warn({ code: 'erasure/no-look' }, 'requests could not be looked after');
    } finally {
      this.looking = false;
    }
  }
}
