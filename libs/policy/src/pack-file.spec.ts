import { readFileSync } from 'node:fs';
import { clauseJsonSchema, deployerJsonSchema, packJsonSchema } from './pack-file.ts';
import { DAMAI_FOLDER } from './testing-damai.ts';

const read = (name: string): string => readFileSync(`${DAMAI_FOLDER}/${name}`, 'utf8');

test.each([
  ['policy.schema.json', packJsonSchema()],
  ['clauses.schema.json', clauseJsonSchema()],
  ['deployer.schema.json', deployerJsonSchema()],
])('%s is what the language says: `node libs/policy/write-schemas.js` writes it', (name, schema) => {
  expect(JSON.parse(read(`../${name}`))).toEqual(JSON.parse(JSON.stringify(schema)));
});

/** What says which kind of thing it is, and what marks a value that the policy does not give: no choice, and none is meant. */
const SAYS_WHICH = new Set(['apiVersion', 'kind', 'notStated', 'by']);
interface Shape {
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
}

/** Where a key takes one word and no other. */
function oneWord(shape: Shape, path: readonly string[] = []): string[] {
  const { additionalProperties: each } = shape;
  const isOneWord = shape.const !== undefined || shape.enum?.length === 1;
  return [
    ...(isOneWord && !SAYS_WHICH.has(path.at(-1) ?? '') ? [path.join('.')] : []),
    ...Object.entries(shape.properties ?? {}).flatMap(([key, value]) => oneWord(value, [...path, key])),
    ...(typeof each === 'object' ? oneWord(each, [...path, '*']) : []),
    ...(shape.items === undefined ? [] : oneWord(shape.items, [...path, '*'])),
    // Beside other things a word is a choice: `none` or a level.
    ...[...(shape.anyOf ?? []), ...(shape.oneOf ?? [])].flatMap((other) =>
      other.const === undefined && other.enum?.length !== 1 ? oneWord(other, path) : [],
    ),
  ];
}

test('the language has no choice of one word: what always holds is no parameter (ADR 0023)', () => {
  expect(
    [packJsonSchema(), clauseJsonSchema(), deployerJsonSchema()].flatMap((each) => oneWord(each as Shape)),
  ).toEqual([]);
  expect(oneWord({ properties: { otherwise: { enum: ['ask-again'] } } })).toEqual(['otherwise']);
});
