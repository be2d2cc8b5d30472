import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const compose = parse(readFileSync(fileURLToPath(new URL('../../../docker-compose.yml', import.meta.url)), 'utf8'), {
  merge: true,
}) as { services: Record<string, { volumes?: string[] }> };

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
