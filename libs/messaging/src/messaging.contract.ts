import { afterAll, afterEach, beforeAll, beforeEach, describe } from '@jest/globals';
import type { Pool } from 'pg';
import { Bench, type LogSource } from './bench.contract.ts';
import { historyContract } from './history.contract.ts';
import { orderContract } from './order.contract.ts';
import { parkingContract } from './parking.contract.ts';
import { crashContract } from './crash.contract.ts';

/** What outbox, relay and consumer promise together, over any log. */
export function messagingContract(source: () => LogSource | ((bench: { readonly pool: Pool }) => LogSource)): void {
  describe('messaging', () => {
    let bench: Bench;
    beforeAll(async () => {
      bench = await Bench.start(source());
    });
    beforeEach(() => bench.fresh());
    afterEach(() => bench.quiet());
    afterAll(() => bench.stop());

    orderContract(() => bench);
    historyContract(() => bench);
    parkingContract(() => bench);
    crashContract(() => bench);
  });
}
