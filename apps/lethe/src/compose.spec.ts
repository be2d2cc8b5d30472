import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const read = (file: string) =>
  parse(readFileSync(fileURLToPath(new URL(`../../../${file}`, import.meta.url)), 'utf8'), { merge: true }) as {
    services: Record<string, { volumes?: string[]; environment?: Record<string, string | null> }>;
  };
const compose = read('docker-compose.yml');

/** Who sees a volume, and how. */
const seenBy = (volume: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(compose.services).flatMap(([service, { volumes = [] }]) =>
      volumes
        .map((line) => line.split(':'))
        .filter(([name]) => name === volume)
        .map(([, , how = 'rw']) => [service, how]),
    ),
  );

test('what is isolated is moved and removed by retention, read by the quarantine of collection, and nowhere else', () => {
  expect(seenBy('isolation')).toEqual({ retention: 'rw', collection: 'ro' });
});

test('where it stores is stated for development, and asked for in production', () => {
  const stated = (file: string) => read(file).services['collection']?.environment?.['LETHE_REGION'];
  expect(stated('docker-compose.yml')).toBe('${LETHE_REGION-CN}');
  // What nobody has set is not handed on: in mode production `init` refuses then, and the others wait for it.
  expect(compose.services['init']?.environment).toMatchObject({ LETHE_REGION: null });
  expect(stated('docs/production/docker-compose.yml')).toMatch(/^\$\{LETHE_REGION:\?/);
});
