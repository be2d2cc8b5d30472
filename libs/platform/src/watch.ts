import type { Service } from '@lethe/contracts';
import type { EventLog, Marks } from '@lethe/messaging';
import type { Logger } from './logger.ts';
import { RolledBack } from './rolled-back.ts';

/** Marks, and who looks at them. */
export interface Watch {
  readonly marks: Marks;
  readonly rolledBack: RolledBack;
}

/** @param topics of the service alone: its facts and its orders */
export const watchOf = (
  service: Service,
  marks: Marks,
  log: EventLog,
  logger: Logger,
  found: () => void = () => undefined,
): Watch => ({
  marks,
  rolledBack: new RolledBack({
    service,
    marks,
    topics: [`lethe.${service}`, `lethe.${service}.order`],
    log,
    found: ({ how, topic, slot, said, known }) => {
      logger.error(
        { code: 'platform/rolled-back', kind: how, topic, slot, number: said, position: known },
        'this database knows less than it once told others: it serves nobody until it has been recovered',
      );
      found();
    },
  }),
});
