import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const promises = [...readFileSync(join(root, 'docs/guarantees.md'), 'utf8').matchAll(/^\| (I\d+) \| (.*) \|$/gm)].map(
  ([, id, text]) => ({ id: id!, shown: !/Not shown/.test(text!) }),
);
/** Numbers in names of tests, and those the simulation and the journeys say of what they found. */
const tested = new Set(
  globSync(['{apps,libs}/*/src/**/*.{spec,contract}.ts', 'tools/{journey,simulate}/*.ts'], { cwd: root }).flatMap(
    (file) => readFileSync(join(root, file), 'utf8').match(/\bI\d{1,2}\b/g) ?? [],
  ),
);

test('every number that a test carries is explained', () => {
  const explained = new Set(promises.map(({ id }) => id));
  expect(explained.size).toBe(promises.length);
  expect([...tested].filter((id) => !explained.has(id))).toEqual([]);
});

test('every promise is tested, or says that it is not', () => {
  expect(promises.length).toBeGreaterThan(40);
  expect(promises.filter(({ id, shown }) => shown !== tested.has(id))).toEqual([]);
});
