#!/usr/bin/env node
/** Writes the JSON Schemas by which editors complete and check packs; `npx tsc -b libs/policy` first. */
import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { clauseJsonSchema, deployerJsonSchema, packJsonSchema } from './dist/index.js';

const write = async (name, schema) =>
  writeFileSync(
    new URL(`../../policies/${name}`, import.meta.url),
    await format(JSON.stringify(schema, null, 2), { parser: 'json', printWidth: 120 }),
  );
await write('policy.schema.json', packJsonSchema());
await write('clauses.schema.json', clauseJsonSchema());
await write('deployer.schema.json', deployerJsonSchema());
