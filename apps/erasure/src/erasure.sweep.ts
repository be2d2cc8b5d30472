import type { ServiceContext } from '@lethe/platform';
import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { SagaRunner } from './saga.runner.ts';

/** Milliseconds of machine time. */
export const LOOK_EVERY_MS = 1_000;

/** Door clock: retries, deadlines and finality. A timer is a row, so a restart forgets none. */
@Injectable()
export class ErasureSweep {
  private looking = false;

  constructor(
    private readonly context: ServiceContext,
    private readonly runner: SagaRunner,
  ) {}

  @Interval(LOOK_EVERY_MS)
  async tick(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      await this.runner.sweep();
    } catch {
      this.context.logger.warn({ code: 'erasure/no-look' }, 'requests could not be looked after');
    } finally {
      this.looking = false;
    }
  }
}
