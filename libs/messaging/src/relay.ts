import type { Service } from '@lethe/contracts';
import type { ConnectionSource } from './connection.ts';
import type { EventLog } from './event-log.ts';
import type { Outbox } from './outbox.ts';

/** Where a crash may fall; a test kills here. */
export type RelayPoint = 'numbered' | 'appended';

export interface RelayOptions {
  readonly service: Service;
  readonly pool: ConnectionSource;
  readonly log: EventLog;
  readonly slots: number;
  /** The outbox in this process: its commits wake the relay, the relay's numbers wake its `numberOf`. */
  readonly outbox?: Outbox;
  /** The net under `wake`, milliseconds of machine time. Default 250. */
  readonly pollMs?: number;
  readonly onError?: (error: unknown) => void;
  /** For crash tests: awaited at each point; what it throws ends the relay as a kill would. */
  readonly at?: (point: RelayPoint) => Promise<void>;
}

export class Relay {
  constructor(readonly options: RelayOptions) {}
  start(): void {}
  wake(): void {}
  async stop(): Promise<void> {}
}
