import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { http } from '@lethe/contracts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const pages = globSync('docs/{*,runbooks/*}.md', { cwd: root });

/** A door without the names of its parameters: whoever reads a page writes something else there. */
const nameless = (door: string): string => door.replace(/:[A-Za-z]+|<[a-z]+>|\$\{service\}/g, '*');
const doors = new Set(
  [
    ...Object.values<unknown>(http).flatMap((one) => {
      const { method, path } = (one ?? {}) as { readonly method?: string; readonly path?: string };
      return method === undefined || path === undefined ? [] : [`${method} ${path}`];
    }),
    // Those that every service has.
    ...globSync('libs/platform/src/http/*.controllers.ts', { cwd: root })
      .flatMap((file) => [...read(file).matchAll(/method: '(GET|POST)',\s+path: `(\/v1\/[^`]+)`/g)])
      .map(([, method, path]) => `${method!} ${path!}`),
  ].map(nameless),
);
const commands = new Set(
  [...read('apps/lethe/src/cli.ts').matchAll(/\.command\('([a-z-]+)/g)].map(([, command]) => command!),
);

test.each(pages)('%s names doors, commands and pages that there are', (page) => {
  const text = read(page);
  const named = [...text.matchAll(/`(GET|POST) (\/v1\/[^`?\s]*)[^`]*`/g)].map(
    ([, method, path]) => `${method!} ${path!}`,
  );
  expect(named.filter((door) => !doors.has(nameless(door)))).toEqual([]);
  const asked = [...text.matchAll(/`(?:npx )?lethe ((?:(?:policy|retention|keyring) )?[a-z-]+)[^`]*`/g)].flatMap(
    ([, words]) => words!.split(' '),
  );
  expect(asked.filter((command) => !commands.has(command))).toEqual([]);
  const linked = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link]) =>
    relative(root, join(root, dirname(page), link!)),
  );
  expect(linked.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test('there are pages, doors and commands to hold against each other, and a wrong door is seen', () => {
  expect(pages.length).toBeGreaterThan(10);
  expect(doors.size).toBeGreaterThan(60);
  expect(commands.size).toBeGreaterThan(8);
  expect(doors.has(nameless('POST /v1/restores/:any/confirmation'))).toBe(true);
  expect(doors.has(nameless('POST /v1/restores/:any/confirmed'))).toBe(false);
});
