import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { events, type EventDefinition } from './index.ts';

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
}

const isDefinition = (value: unknown): value is EventDefinition =>
  typeof value === 'object' && value !== null && 'type' in value && 'topic' in value;
const definitions = Object.values<unknown>(events).filter(isDefinition);
const shapeOf = (data: z.ZodType): Schema => z.toJSONSchema(data, { io: 'input' }) as Schema;
const folder = fileURLToPath(new URL('../frozen/', import.meta.url));

/** Paths at which a schema leaves room for free text: strings that are no id, date, pattern or one of a known few. */
function freeText(schema: Schema, path = '$'): string[] {
  if (schema.type === 'string')
    return (schema.format ?? schema.pattern ?? schema.enum ?? schema.const) === undefined ? [path] : [];
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => freeText(child, `${path}.${name}`)),
    ...(schema.items ? freeText(schema.items, `${path}[]`) : []),
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((child) => freeText(child, path)),
    ...(typeof schema.additionalProperties === 'object' ? freeText(schema.additionalProperties, `${path}.*`) : []),
  ];
}

test('there are events to check, and no two share a name', () => {
  expect(definitions.length).toBeGreaterThan(20);
  expect(new Set(definitions.map(({ type }) => type)).size).toBe(definitions.length);
});

describe.each(definitions.map((definition) => [definition.type, definition] as const))('%s', (type, definition) => {
  test('has the shape it was published with', () => {
    const file = `${folder}${type}.json`;
    const shape = `${JSON.stringify(shapeOf(definition.data), null, 2)}\n`;
    if (!existsSync(file) && process.env['LETHE_FREEZE'] === '1') {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, shape);
    }
    expect(JSON.parse(shape)).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  });

  test('has no room for personal data', () => {
    expect(freeText(shapeOf(definition.data))).toEqual([]);
  });
});

test('a planted note is seen as room for free text', () => {
  expect(freeText(shapeOf(z.object({ id: z.uuid(), inner: z.array(z.object({ note: z.string() })) })))).toEqual([
    '$.inner[].note',
  ]);
});
