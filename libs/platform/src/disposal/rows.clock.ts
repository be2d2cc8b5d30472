import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { RowsDisposal } from './rows.ts';

/** Milliseconds of machine time. */
export const ROWS_EVERY_MS = 60 * 60_000;

/** Door clock of every service: each hour, in any number of replicas, rows past their date go. */
@Injectable()
export class RowsClock {
  #round = Promise.resolve();

  constructor(private readonly rows: RowsDisposal) {}

  @Interval(ROWS_EVERY_MS)
  tick(): Promise<void> {
    this.#round = this.#round.then(() => this.rows.all());
    return this.#round;
  }

  /** Resolves when no round is under way. */
  quiet(): Promise<void> {
    return this.#round;
  }
}
