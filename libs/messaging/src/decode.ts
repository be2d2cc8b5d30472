import { envelope, events, readEvent, type Envelope, type EventDefinition } from '@lethe/contracts';
import type { LogRecord } from './event-log.ts';
import type { Route } from './route.ts';

/** What is to become of one record, from its content alone. */
export type Decoded =
  | { readonly kind: 'apply'; readonly event: Envelope; readonly routes: readonly Route[] }
  | { readonly kind: 'pass-over' }
  | { readonly kind: 'refuse'; readonly code: string }
  | { readonly kind: 'park'; readonly code: string; readonly event: Pick<Envelope, 'tenant' | 'subject' | 'type'> };

/** A fact about no one person, to be applied: it stands in every slot. */
export const isAboutNobody = (decoded: Decoded | undefined): boolean =>
  decoded?.kind === 'apply' && decoded.event.subject === undefined;

const KNOWN: ReadonlyMap<string, EventDefinition> = new Map(
  Object.values(events).flatMap((entry) => (isDefinition(entry) ? [[entry.type, entry]] : [])),
);

function isDefinition(entry: unknown): entry is EventDefinition {
  return typeof entry === 'object' && entry !== null && 'topic' in entry && 'type' in entry && 'data' in entry;
}

/**
 * Reads records for one consumer. What is not an event, not from where it says, or an order without its service's signature
 * is refused; an event this build does not know, or cannot read, waits for one that can.
 */
export class Decoder {
  readonly #routes = new Map<string, Route[]>();
  readonly #known: ReadonlyMap<string, EventDefinition>;
  readonly #verify: (event: Envelope) => Promise<boolean>;

  constructor(routes: readonly Route[], verify: ((event: Envelope) => Promise<boolean>) | undefined) {
    for (const route of routes)
      this.#routes.set(route.definition.type, [...(this.#routes.get(route.definition.type) ?? []), route]);
    this.#known = new Map([...KNOWN, ...routes.map((route) => [route.definition.type, route.definition] as const)]);
    this.#verify = verify ?? (() => Promise.resolve(false));
  }

  /** @throws whatever `verify` throws when it cannot tell */
  async decode(topic: string, record: LogRecord): Promise<Decoded> {
    let json: unknown;
    try {
      json = JSON.parse(record.value);
    } catch {
      return { kind: 'refuse', code: 'not-json' };
    }
    const type =
      typeof json === 'object' && json !== null && 'type' in json && typeof json.type === 'string' ? json.type : '';
    const definition = this.#known.get(type);
    const routes = this.#routes.get(type);
    let event: Envelope | undefined;
    if (definition && routes) {
      try {
        event = readEvent(definition, json);
      } catch {
        // Told apart below: no event at all, or one whose data this build cannot read.
      }
    }
    const readable = event !== undefined;
    if (!event) {
      const shell = envelope.safeParse(json);
      if (!shell.success) return { kind: 'refuse', code: 'not-an-event' };
      event = shell.data;
    }
    if (event.id !== record.id) return { kind: 'refuse', code: 'not-its-id' };
    if (!definition) return { kind: 'park', code: 'unknown-type', event };
    if (definition.topic !== topic || event.source !== `lethe/${definition.service}`)
      return { kind: 'refuse', code: 'not-its-topic' };
    if (!routes) return { kind: 'pass-over' };
    if (definition.signed) {
      if (event.signature === undefined) return { kind: 'refuse', code: 'unsigned' };
      // What was signed is what was sent, not what our schema made of it.
      if (!(await this.#verify(json as Envelope))) return { kind: 'refuse', code: 'forged' };
    }
    if (!readable) return { kind: 'park', code: 'unreadable', event };
    return { kind: 'apply', event, routes };
  }
}
