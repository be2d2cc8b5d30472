import { Fault } from '@lethe/kernel';
import { z } from 'zod';
import { id, instant, service, subject, tenant, type Service } from './vocabulary.ts';

/** What is no one person's is told in this slot, so that it is told in order. */
export const TENANT_SLOT = 0;

/**
 * One published fact at one version: CloudEvents 1.0, its schema, and who may hear it.
 * Once released a shape never changes (`frozen/`); another version stands beside it.
 */
export interface EventDefinition<Type extends string = string, Data extends z.ZodType = z.ZodType> {
  readonly type: Type;
  readonly service: Service;
  /** `lethe.<service>`, or `lethe.<service>.order` for orders that destroy. */
  readonly topic: string;
  /** An order that destroys is signed by the service that gives it, and refused unsigned. */
  readonly signed: boolean;
  readonly data: Data;
}

export function defineEvent<const Type extends `${Service}.${string}.v${number}`, Data extends z.ZodType>(
  type: Type,
  data: Data,
  options: { readonly order?: boolean } = {},
): EventDefinition<Type, Data> {
  const producer = service.parse(type.split('.')[0]);
  const order = options.order ?? false;
  return {
    type,
    service: producer,
    topic: order ? `lethe.${producer}.order` : `lethe.${producer}`,
    signed: order,
    data,
  };
}

export const envelope = z.object({
  specversion: z.literal('1.0'),
  /** The same id twice is the same fact twice. */
  id,
  /** `lethe/<service>` */
  source: z.string().regex(/^lethe\/[a-z]+$/),
  type: z.string().regex(/^[a-z]+\.[a-z-]+\.v\d+$/),
  /** Machine time. */
  time: instant,
  tenant,
  /** Absent on a fact about no one person. */
  subject: subject.optional(),
  /** Compact JWS (EdDSA, detached payload) of the canonical event without this field; on orders only. */
  signature: z.string().max(512).optional(),
  data: z.unknown(),
});

/** An event as it travels. */
export type Envelope<Definition extends EventDefinition = EventDefinition> = Omit<
  z.infer<typeof envelope>,
  'type' | 'data'
> & {
  readonly type: Definition['type'];
  readonly data: z.output<Definition['data']>;
};

/** What a producer hands in as the data of such an event. */
export type EventInput<Definition extends EventDefinition> = z.input<Definition['data']>;

/** Building a schema costs far more than using it. */
const shapes = new WeakMap<EventDefinition, z.ZodType>();
const shapeOf = (definition: EventDefinition): z.ZodType => {
  const known = shapes.get(definition);
  if (known) return known;
  const shape = envelope.extend({ type: z.literal(definition.type), data: definition.data });
  shapes.set(definition, shape);
  return shape;
};

/**
 * Reads an event of a known kind.
 * @throws Fault `invalid` that names the wrong fields, never their values
 */
export function readEvent<Definition extends EventDefinition>(
  definition: Definition,
  json: unknown,
): Envelope<Definition> {
  const result = shapeOf(definition).safeParse(json);
  if (result.success) return result.data as Envelope<Definition>;
  const fields = [...new Set(result.error.issues.map((issue) => issue.path.join('.')))].join(', ');
  throw new Fault('invalid', 'contracts/unreadable-event', `${definition.type}: ${fields}`, fields);
}

/** Makes an event, keeping only what its schema names: what is not in the contract does not travel. */
export function makeEvent<Definition extends EventDefinition>(
  definition: Definition,
  origin: { readonly id: string; readonly time: Date; readonly tenant: string; readonly subject?: string | undefined },
  data: z.input<Definition['data']>,
): Envelope<Definition> {
  return readEvent(definition, {
    specversion: '1.0',
    id: origin.id,
    source: `lethe/${definition.service}`,
    type: definition.type,
    time: origin.time.toISOString(),
    tenant: origin.tenant,
    ...(origin.subject === undefined ? {} : { subject: origin.subject }),
    data,
  });
}
