import { Command, Option } from 'commander';
import type { ProveOptions } from './commands/prove.ts';

/** Exit codes of every command: 0 done, 1 a finding, 2 could not run. Progress goes to stderr, results to stdout. */
const COULD_NOT_RUN = 2;

const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error('not a whole number');
  return value;
};

const program = new Command('lethe')
  .description('The life of personal data: collection, consent, retention, erasure, disclosure.')
  .showHelpAfterError()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : COULD_NOT_RUN));

program
  .command('start')
  .description(
    'all services in one process, with embedded PostgreSQL and event log (LETHE_HOME, LETHE_PORT, LETHE_MODE)',
  )
  .action(async () => (await import('./commands/start.ts')).start());

program
  .command('serve')
  .description('one service, on Kafka and PostgreSQL')
  .addOption(
    new Option('--service <name>').choices(['collection', 'consent', 'retention', 'erasure']).makeOptionMandatory(),
  )
  .action(async (options: { service: string }) => (await import('./commands/start.ts')).start(options.service));

program
  .command('init')
  .description('makes keys, passwords, databases and topics of an installation; does nothing where they are')
  .action(async () => (await import('./commands/init.ts')).init());

program
  .command('demo')
  .description('plays four years of a ticketing platform against a running instance')
  .option('--people <n>', 'how many people', whole, 2_000)
  .option('--seed <n>', 'same seed, same counts', whole, 1)
  .option('--target <url>', 'a base URL, or `compose`')
  .option('--certificates <folder>', 'keep the certificates and the public keys there, for `lethe verify`')
  .option('--json', 'the last line of stdout is the result as JSON')
  .action(async (options: { people: number; seed: number; target?: string; certificates?: string; json?: boolean }) =>
    (await import('./commands/demo.ts')).demo(options),
  );

program
  .command('prove')
  .description('runs the scenarios of policy packs on the running system, and says clause by clause what is proved')
  .argument('[packs...]', 'names of packs')
  .option('--all', 'every pack of the installation')
  .option('--owner <services>', 'only clauses of these services, separated by commas')
  .option('--tags <expression>', 'only these, such as "@minors and not @DM-MIN-03"')
  .option('--only <file>', 'only scenarios of this file, or FILE:LINE')
  .option('--target <url>', 'an instance that runs already; else one is started for the occasion')
  .option('--mutate', 'changes one parameter of the packs at a time; a change that no scenario sees is a finding')
  .option('--sample <n>', 'with --mutate: every n-th change only', whole)
  .option('--write-docs', 'writes docs/steps.md, and docs/clauses.md from a proof of all packs')
  .addOption(new Option('--format <format>').choices(['pretty', 'json', 'html']).default('pretty'))
  .action(async (packs: string[], options: ProveOptions) =>
    (await import('./commands/prove.ts')).prove(packs, options),
  );

program
  .command('verify')
  .description('checks a certificate, or the receipt of a consent, offline, with the public keys alone')
  .argument('<file>', 'the certificate or receipt')
  .option(
    '--keys <file>',
    'the public keys (JWKS) of the one who issued it; else lethe-keys.json beside the certificate',
  )
  .option('--json', 'the findings as JSON')
  .action(async (file: string, options: { keys?: string; json?: boolean }) =>
    (await import('./commands/verify.ts')).verify(file, options),
  );

const policy = program.command('policy').description('packs: checked, compared, explained');
policy
  .command('check')
  .description('everything wrong with the packs of these folders, one finding a line')
  .argument('<folders...>', 'folders with a policy.yaml')
  .option('--json', 'the findings as a JSON array')
  .action(async (folders: string[], options: { json?: boolean }) =>
    (await import('./commands/policy.ts')).check(folders, options),
  );
policy
  .command('diff')
  .description('the major changes from one version to another, consents to ask again, what must be announced')
  .argument('<before>', 'a folder, or the name of a pack')
  .argument('<after>', 'a folder, or the name of a pack')
  .option('--json', 'the changes as JSON')
  .action(async (before: string, after: string, options: { json?: boolean }) =>
    (await import('./commands/policy.ts')).diff(before, after, options),
  );
policy
  .command('explain')
  .description('a purpose, field or clause in plain words, by its name in English or Chinese')
  .argument('<tenant>', 'the name of a pack, or its folder')
  .argument('<name>', 'a purpose, field or clause')
  .option('--json', 'as JSON')
  .addOption(new Option('--language <language>', 'else the language of the name').choices(['en', 'zh-CN']))
  .action(async (tenant: string, name: string, options: { json?: boolean; language?: 'en' | 'zh-CN' }) =>
    (await import('./commands/policy.ts')).explain(tenant, name, options),
  );

program
  .command('import')
  .description('takes in the consents and records a platform had before Lethe (docs/import.md)')
  .argument('<file>', 'one JSON object a line')
  .requiredOption('--tenant <tenant>', 'whose people they are')
  .option('--target <url>', 'a base URL, or `compose`')
  .option('--token-file <file>', 'a token of role `backend`; absent: one of the development issuer')
  .option('--json', 'findings and counts as JSON, one a line')
  .action(async (file: string, options: { tenant: string; target?: string; tokenFile?: string; json?: boolean }) =>
    (await import('./commands/import.ts')).importFile(file, options),
  );

program
  .command('risk')
  .description('how easily the people of a CSV file (RFC 4180, names first) are found by some of its columns, as JSON')
  .argument('<file>', 'the records')
  .requiredOption('--quasi <columns>', 'the quasi-identifiers: names of columns, with commas between them')
  .action(async (file: string, options: { quasi: string }) => (await import('./commands/risk.ts')).risk(file, options));

try {
  process.exitCode = ((await program.parseAsync()) && process.exitCode) ?? 0;
} catch (error) {
  process.stderr.write(`lethe: ${error instanceof Error ? error.message : 'could not run'}\n`);
  process.exit(COULD_NOT_RUN);
}
