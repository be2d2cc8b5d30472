import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { loadPack } from './load-pack.ts';
import type { Clause } from './pack.ts';
import { readYaml } from './yaml-document.ts';

const policies = fileURLToPath(new URL('../../../policies', import.meta.url));
const file = 'same-sentence.yaml';
const id = z.string().regex(/^[A-Z]{2}-[A-Z]{3}-\d{2}$/);
const sentences = z.strictObject({
  apiVersion: z.literal('lethe.dev/v1'),
  kind: z.literal('SameSentences'),
  same: z.array(z.strictObject({ says: z.string().min(1), clauses: z.array(id).min(2) })),
  alone: z.record(id, z.string().min(1)),
});
type Sentences = z.output<typeof sentences>;

const { value, findings } = readYaml(readFileSync(join(policies, file), 'utf8'), file, sentences);
const registered = new Map(
  readdirSync(policies)
    .map((name) => join(policies, name))
    .filter((folder) => existsSync(join(folder, 'policy.yaml')))
    .flatMap((folder) => {
      const { pack, clauses } = loadPack(folder);
      return [...clauses.values()].map((clause) => [clause.id, { ...clause, pack }] as const);
    }),
);
type Registered = ReadonlyMap<string, Pick<Clause, 'class'> & { readonly pack: string }>;

/** What is wrong with a list of same sentences, held against the registers. */
function wrongIn({ same, alone }: Sentences, clauses: Registered): string[] {
  const listed = new Set([...same.flatMap((each) => each.clauses), ...Object.keys(alone)]);
  const together = new Set(same.flatMap((each) => each.clauses));
  return [
    ...[...listed].filter((each) => !clauses.has(each)).map((each) => `${each}: in no register`),
    ...same.flatMap(({ says, clauses: said }) => {
      const known = said.flatMap((each) => clauses.get(each) ?? []);
      const classes = new Set(known.map((each) => each.class));
      return [
        ...(classes.size > 1
          ? [`${says} ${said.map((each) => `${each} ${clauses.get(each)?.class}`).join(', ')}`]
          : []),
        ...(new Set(known.map(({ pack }) => pack)).size < 2 ? [`${says} one pack alone says it`] : []),
      ];
    }),
    ...[...clauses].flatMap(([each, clause]) => {
      if (clause.class === 'enforceable') return each in alone ? [`${each}: enforceable, and under \`alone\``] : [];
      if (!listed.has(each)) return [`${each}: ${clause.class}, and nobody looked whether another pack says it`];
      return together.has(each) && each in alone ? [`${each}: both alone and not`] : [];
    }),
  ];
}

test('the same sentence has the same class in every pack, and every weaker clause was looked at', () => {
  expect(findings).toEqual([]);
  expect(wrongIn(value!, registered)).toEqual([]);
});

test('a clause that is weaker than its like, one that nobody looked at, one that is not there are named', () => {
  const weaker = new Map(registered).set('DM-UPD-09', { ...registered.get('DM-UPD-09')!, class: 'evidenced' });
  expect(wrongIn(value!, weaker)).toEqual([
    'A high risk found by an assessment makes a change major. CI-UPD-12 enforceable, DM-UPD-09 evidenced, EP-UPD-09 enforceable',
  ]);
  const { 'CI-SCP-06': _, ...alone } = value!.alone;
  expect(wrongIn({ ...value!, alone: { ...alone, 'DM-XXX-99': 'Nothing.' } }, registered)).toEqual([
    'DM-XXX-99: in no register',
    'CI-SCP-06: outOfScope, and nobody looked whether another pack says it',
  ]);
  const twice = { says: 'Said twice.', clauses: ['DM-COL-01', 'DM-COL-02'] };
  expect(wrongIn({ ...value!, same: [...value!.same, twice] }, registered)).toEqual([
    'Said twice. one pack alone says it',
  ]);
});
