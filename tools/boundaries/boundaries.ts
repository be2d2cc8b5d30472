import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** One import statement: `file` is a path from the root, `of` what it names. */
export interface Import {
  readonly file: string;
  readonly of: string;
}

/**
 * Every arrow there is between rooms; what is not here is forbidden. Arrows point one way:
 * host → app → platform / messaging / ledger / sealing → contracts → policy → kernel.
 */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  policy: ['kernel'],
  contracts: ['kernel', 'policy'],
  sealing: ['kernel', 'contracts'],
  messaging: ['kernel', 'contracts'],
  ledger: ['kernel', 'contracts'],
  platform: ['kernel', 'policy', 'contracts', 'sealing', 'messaging', 'ledger'],
  client: ['kernel', 'policy', 'contracts'],
  prover: ['kernel', 'policy', 'contracts', 'client', 'ledger'],
  testing: ['kernel', 'policy', 'contracts', 'sealing', 'messaging', 'ledger', 'platform', 'client'],
  collection: ['kernel', 'policy', 'contracts', 'sealing', 'messaging', 'ledger', 'platform'],
  consent: ['kernel', 'policy', 'contracts', 'messaging', 'ledger', 'platform'],
  retention: ['kernel', 'policy', 'contracts', 'messaging', 'ledger', 'platform'],
  erasure: ['kernel', 'policy', 'contracts', 'messaging', 'ledger', 'platform'],
  lethe: [
    'kernel',
    'policy',
    'contracts',
    'sealing',
    'messaging',
    'ledger',
    'platform',
    'client',
    'prover',
    'collection',
    'consent',
    'retention',
    'erasure',
  ],
};

const isTest = (file: string): boolean =>
  /\.(spec|contract)\.ts$|\/testing\/|\.testing\.ts$|testing-[^/]*\.ts$/.test(file);

/** The only files that may know each framework. */
const HOMES: readonly (readonly [packages: RegExp, home: RegExp])[] = [
  [/^@nestjs\//, /^libs\/platform\/|^apps\/[^/]+\/src\/[^/]*\.(module|controller|sweep|clock|heartbeat)\.ts$/],
  [/^(typeorm|pino|prom-client|fastify)(\/|$)/, /^libs\/platform\//],
  [/^kafkajs(\/|$)/, /^libs\/messaging\/src\/kafka-event-log\.ts$|^libs\/client\/src\/kafka[^/]*\.ts$/],
  [/^@platformatic\/kafka(\/|$)/, /^libs\/messaging\/src\/kafka-logins\.ts$/],
  [/^testcontainers(\/|$)/, /^libs\/testing\//],
];

/** Rooms that decide and never act: no framework, no file but the pack loader’s (which also hashes it), no clock, no randomness. */
const PURE = /^libs\/(kernel|policy)\/src\/|^apps\/[^/]+\/src\/domain\//;
/** `node:crypto` for digests, which are functions; what it has of randomness is caught by `impurities`. */
const PURE_MAY_IMPORT = /^(\.|@lethe\/(kernel|policy|contracts)$|zod$|yaml$|temporal-polyfill$|node:crypto$)/;
const READS_FILES = /^libs\/policy\/src\/load-pack\.ts$/;

const roomOf = (file: string): string | undefined => /^(?:apps|libs)\/([^/]+)\//.exec(file)?.[1];

/** What is wrong with these imports, a sentence each; empty when every arrow is one of the agreed ones. */
export function violations(imports: readonly Import[]): string[] {
  return imports.flatMap(({ file, of }) => {
    const room = roomOf(file);
    if (room === undefined) return [];
    const wrong: string[] = [];
    const target = /^@lethe\/([^/]+)/.exec(of)?.[1];
    if (target !== undefined && target !== room && !isTest(file) && !MAY_USE[room]?.includes(target))
      wrong.push(`${file}: ${room} may not use ${target}`);
    if (/^\.\.?\//.test(of) && roomOf(join(file, '..', of)) !== room)
      wrong.push(`${file}: reaches into another room by a path`);
    if (/^@lethe\/[^/]+\/(src|dist)/.test(of)) wrong.push(`${file}: reaches past a room's index`);
    if (!isTest(file) && HOMES.some(([packages, home]) => packages.test(of) && !home.test(file)))
      wrong.push(`${file}: ${of} is not at home here`);
    if (
      PURE.test(file) &&
      !isTest(file) &&
      !PURE_MAY_IMPORT.test(of) &&
      !(READS_FILES.test(file) && /^node:(crypto|fs|path)$/.test(of))
    )
      wrong.push(`${file}: a pure room may not import ${of}`);
    return wrong;
  });
}

/** Clocks and randomness read in a pure room, a sentence each. */
export function impurities(file: string, text: string): string[] {
  if (!PURE.test(file) || isTest(file)) return [];
  const patterns: readonly (readonly [RegExp, string])[] = [
    [/\bnew Date\(\s*\)/, 'reads the clock'],
    [/\bDate\.now\(/, 'reads the clock'],
    [/\bTemporal\.Now\b/, 'reads the clock'],
    [/\bMath\.random\(|\brandom(UUID|Bytes|Int|Fill|FillSync)\(|\bgenerateKey/, 'makes ids'],
    [/\bprocess\.env\b/, 'reads the environment'],
  ];
  return patterns.filter(([pattern]) => pattern.test(text)).map(([, what]) => `${file}: ${what}`);
}

/** Every source file of the rooms, as a path from the root. */
export function sources(root: string): string[] {
  return ['apps', 'libs'].flatMap((group) =>
    readdirSync(join(root, group)).flatMap((room) => {
      const folder = join(group, room, 'src');
      if (!existsSync(join(root, folder))) return [];
      return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name));
    }),
  );
}

export function importsOf(root: string, file: string): Import[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), 'utf8'));
  return importedFiles.map(({ fileName }) => ({ file, of: fileName }));
}
