// The surfaces of messaging and policy as agreed; goes as soon as those rooms export them.
import type { Envelope, EventDefinition, Service } from '@lethe/contracts';
import type { Transaction } from '@lethe/kernel';
import type { z } from 'zod';

export interface About {
  readonly tenant: string;
  readonly subject?: string;
  readonly slot?: number;
  readonly now: Date;
}
export interface Outbox {
  announce<D extends EventDefinition>(sql: Transaction, definition: D, about: About, data: z.input<D['data']>): Promise<string>;
  announceEverywhere<D extends EventDefinition>(
    sql: Transaction,
    definition: D,
    about: Pick<About, 'tenant' | 'now'>,
    data: z.input<D['data']>,
  ): Promise<string[]>;
  numberOf(eventId: string, waitMs: number): Promise<{ topic: string; slot: number; number: number }>;
}
export interface MessageRoute {
  readonly definition: EventDefinition;
  apply(sql: Transaction, batch: readonly Envelope[]): Promise<void>;
}
export type EventLog = { ensureTopics(topics: readonly string[]): Promise<void>; close(): Promise<void> };
export type ServiceName = Service;
export type Pack = object;
