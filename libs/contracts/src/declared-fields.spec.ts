import { z } from 'zod';
import { EVENT_REFS } from './declared-fields.ts';
import { envelope, events, subject, matter, record, part, type EventDefinition } from './index.ts';

interface Schema {
  readonly type?: string;
  readonly pattern?: string;
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

const isDefinition = (value: unknown): value is EventDefinition =>
  typeof value === 'object' && value !== null && 'type' in value && 'topic' in value;
const shapeOf = (schema: z.ZodType): Schema => z.toJSONSchema(schema, { io: 'input' }) as Schema;
const REF = shapeOf(subject).pattern;
const leads = (name: string, schema: Schema): boolean =>
  schema.pattern === REF || (schema.format === 'uuid' && /^(record|part|consent|erasure)$/.test(name));

/** Paths of the fields that can lead to one person: refs by their pattern, ids by their name. */
function refsOf(schema: Schema, path = '', name = ''): string[] {
  return [
    ...(leads(name, schema) ? [path] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
      refsOf(child, path === '' ? key : `${path}.${key}`, key),
    ),
    ...(schema.items ? refsOf(schema.items, `${path}[]`, name) : []),
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((child) => refsOf(child, path, name)),
  ];
}

const found = Object.fromEntries(
  Object.values<unknown>(events)
    .filter(isDefinition)
    .map(({ type, data }) => [type, [...new Set(refsOf(shapeOf(data)))].sort()] as const)
    .filter(([, fields]) => fields.length > 0)
    .sort(([a], [b]) => a.localeCompare(b)),
);

test('every event field that can lead to a person is declared, and nothing else is', () => {
  expect(found).toEqual(
    Object.fromEntries(Object.entries(EVENT_REFS).map(([type, fields]) => [type, [...fields].sort()])),
  );
});

test('the envelope leads to a person by its subject alone', () => {
  expect(refsOf(shapeOf(envelope))).toEqual(['subject']);
});

test('a planted field is seen', () => {
  const planted = z.object({ order: z.uuid(), deep: z.array(z.object({ guest: subject, of: matter, record, part })) });
  expect(refsOf(shapeOf(planted))).toEqual(['deep[].guest', 'deep[].of', 'deep[].record', 'deep[].part']);
});
