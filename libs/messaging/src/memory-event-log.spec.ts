import { eventLogContract } from './event-log.contract.ts';
import { SLOTS, type LogSource } from './bench.contract.ts';
import { MemoryEventLog } from './memory-event-log.ts';
import { messagingContract } from './messaging.contract.ts';

const logs = new Map<string, MemoryEventLog>();
const source: LogSource = {
  open: (name) => {
    const log = logs.get(name) ?? new MemoryEventLog({ slots: SLOTS });
    logs.set(name, log);
    return Promise.resolve(log);
  },
};

eventLogContract(() => source);
messagingContract(() => source);
