import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importsOf, impurities, sources, violations, type Import } from './boundaries.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = sources(root);

test('every arrow between rooms is one of the agreed ones', () => {
  expect(files.length).toBeGreaterThan(20);
  expect(violations(files.flatMap((file) => importsOf(root, file)))).toEqual([]);
});

test('rooms that decide read no clock, make no ids and ask no environment', () => {
  expect(files.flatMap((file) => impurities(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
});

describe('a planted violation is seen', () => {
  const planted: readonly (readonly [string, Import])[] = [
    ['an app that imports another', { file: 'apps/consent/src/x.ts', of: '@lethe/retention' }],
    ['a lib that imports an app', { file: 'libs/platform/src/x.ts', of: '@lethe/erasure' }],
    [
      'a step of a scenario that reaches behind the doors',
      { file: 'libs/prover/src/steps/x.ts', of: '@lethe/collection' },
    ],
    ['an arrow that points up', { file: 'libs/kernel/src/x.ts', of: '@lethe/contracts' }],
    ['two mechanisms that know each other', { file: 'libs/sealing/src/x.ts', of: '@lethe/messaging' }],
    ['another service opening the keyring', { file: 'apps/retention/src/x.ts', of: '@lethe/sealing' }],
    ['a path into another room', { file: 'apps/consent/src/x.ts', of: '../../retention/src/y.ts' }],
    ['a door past the index', { file: 'apps/consent/src/x.ts', of: '@lethe/platform/src/y.ts' }],
    ['Nest in a store', { file: 'apps/consent/src/store/x.ts', of: '@nestjs/common' }],
    ['TypeORM in a service', { file: 'apps/consent/src/consent.service.ts', of: 'typeorm' }],
    ['kafkajs outside its file', { file: 'libs/messaging/src/relay.ts', of: 'kafkajs' }],
    ['a pure rule that reads files', { file: 'libs/policy/src/admit.ts', of: 'node:fs' }],
    ['a domain that knows the platform', { file: 'apps/erasure/src/domain/next.ts', of: '@lethe/platform' }],
    ['testing used outside tests', { file: 'apps/erasure/src/erasure.service.ts', of: '@lethe/testing' }],
  ];
  test.each(planted)('%s', (_, planted) => {
    expect(violations([planted])).toHaveLength(1);
  });

  test('a rule that reads the clock', () => {
    expect(impurities('libs/policy/src/admit.ts', 'const now = new Date();')).toEqual([
      'libs/policy/src/admit.ts: reads the clock',
    ]);
    expect(impurities('apps/retention/src/domain/due.ts', 'const id = randomUUID();')).toHaveLength(1);
  });
});
