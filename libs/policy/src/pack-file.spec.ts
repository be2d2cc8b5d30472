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
