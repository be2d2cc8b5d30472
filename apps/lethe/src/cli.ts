import { Command, Option } from 'commander';
import type { ProveOptions } from './commands/prove.ts';

/** Exit codes of every command: 0 done, 1 a finding, 2 could not run. Progress goes to stderr, results to stdout. */
const COULD_NOT_RUN = 2;
/** As of a process that SIGPIPE has ended. */
const PIPE_CLOSED = 141;

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
  .command('issuer')
  .description('writes down an issuer of tokens and its public keys (issuers.json), for mode production')
  .argument('<iss>', 'as its tokens name it')
  .requiredOption('--keys <file>', 'its public Ed25519 keys: a set as it publishes it (JWKS), or one as PEM')
  .requiredOption('--tenants <list>', 'of whom it may speak, with commas; or `all`')
  .requiredOption('--into <folder>', 'where issuers.json is, or shall be')
  .action(async (iss: string, options: { keys: string; tenants: string; into: string }) =>
    (await import('./commands/issuer.ts')).issuer(iss, options),
  );

program
  .command('login')
  .description(
    'makes (or renews) the login of a platform at Kafka, for its own two topics; the password is printed once',
  )
  .argument('<tenant>', 'whose topics they are')
  .option('--remove', 'takes the login and its rights away, also from what it has open')
  .action(async (tenant: string, options: { remove?: boolean }) =>
    (await import('./commands/login.ts')).login(tenant, options),
  );

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
  .option(
    '--target <url>',
    'an instance that runs already: a URL, `compose`, or SERVICE=URL,…; else one is started for the occasion',
  )
  .option('--kafka <brokers>', 'with --target: host:port of its brokers, for scenarios that speak through the log')
  .option(
    '--kafka-login <file>',
    'with --kafka: a login there, as `lethe login` prints it, with rights on the topics of every tenant; absent, where LETHE_KAFKA_ADMIN names the administrator’s listener: a login for each tenant, made and removed',
  )
  .option('--kafka-tls', 'with --kafka: the brokers speak TLS (NODE_EXTRA_CA_CERTS adds an authority)')
  .option('--mutate', 'changes one parameter of the packs at a time; a change that no scenario sees is a finding')
  .option('--sample <n>', 'with --mutate: every n-th change only', whole)
  .option('--unrecorded', 'with --mutate: only changes of which no scenario is on record (kills.tsv) that sees them')
  .option('--again <file>', 'with --unrecorded: those of these lines of a record too')
  .option('--record', 'with --mutate: keeps on record which scenario sees which change')
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
  .option('--tenant <tenant>', 'also what the later version would do tomorrow to what this tenant holds')
  .option('--target <url>', 'the instance it runs on: a base URL, or `compose`')
  .option(
    '--token-file <file>',
    'a token of role `auditor`, `officer` or `operator`; absent: one of the development issuer',
  )
  .option('--json', 'the changes as JSON')
  .action(
    async (
      before: string,
      after: string,
      options: { json?: boolean; tenant?: string; target?: string; tokenFile?: string },
    ) => (await import('./commands/policy.ts')).diff(before, after, options),
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

const retention = program.command('retention').description('what goes when');
retention
  .command('forecast')
  .description('what goes on which day, by class; orders nothing')
  .argument('[tenants...]', 'whose; absent, in development: of all that are open')
  .option('--dry-run', 'what a sweep would order now')
  .option('--target <url>', 'a base URL, or `compose`')
  .option(
    '--token-file <file>',
    'a token of role `auditor`, `officer` or `operator`; absent: one of the development issuer',
  )
  .option('--json', 'as a JSON array')
  .action(
    async (tenants: string[], options: { dryRun?: boolean; target?: string; tokenFile?: string; json?: boolean }) =>
      (await import('./commands/retention.ts')).forecast(tenants, options),
  );

retention
  .command('end')
  .description('how far the end of a tenant is, and what is left of it; ends nothing')
  .argument('<tenant>')
  .option('--statement <file>', 'also writes the signed statement, and the public keys beside it')
  .option('--target <url>', 'a base URL, or `compose`')
  .option('--token-file <file>', 'a token of role `auditor` or `officer`; absent: one of the development issuer')
  .option('--json', 'as a JSON object')
  .action(
    async (tenant: string, options: { statement?: string; target?: string; tokenFile?: string; json?: boolean }) =>
      (await import('./commands/end.ts')).end(tenant, options),
  );

program
  .command('attention')
  .description(
    'what waits for a person: findings, what stopped disposal, proposals, parked messages; exit 1 where something does',
  )
  .argument('[tenants...]', 'whose; absent, in development: of all that are open')
  .option('--target <url>', 'a base URL, or `compose`')
  .option('--token-file <file>', 'a token of role `auditor`; absent: one of the development issuer')
  .option('--json', 'as a JSON array')
  .action(async (tenants: string[], options: { target?: string; tokenFile?: string; json?: boolean }) =>
    (await import('./commands/attention.ts')).attention(tenants, options),
  );

program
  .command('report')
  .description('what is held and until when, for people: one static page in English and Chinese')
  .argument('<tenant>', 'whose people')
  .requiredOption('--html', 'as one HTML page on standard output')
  .option('--target <url>', 'a base URL, or `compose`')
  .option('--token-file <file>', 'a token of role `auditor`; absent: one of the development issuer')
  .action(async (tenant: string, options: { target?: string; tokenFile?: string }) =>
    (await import('./commands/report.ts')).report(tenant, options),
  );

program
  .command('keyring')
  .description('the keys of an installation')
  .command('drill')
  .description('what losing each piece would mean, counted from what there is; destroys nothing')
  .argument('[tenants...]', 'whose data is counted; absent, in development: of all that are open')
  .option('--target <url>', 'a base URL, or `compose`')
  .option('--token-file <file>', 'a token of role `auditor` or `officer`; absent: one of the development issuer')
  .option('--json', 'as a JSON array')
  .action(async (tenants: string[], options: { target?: string; tokenFile?: string; json?: boolean }) =>
    (await import('./commands/drill.ts')).drill(tenants, options),
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

// Whoever read has had enough (`| head`): the end of any tool whose pipe is closed, and no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(PIPE_CLOSED);
});

try {
  process.exitCode = ((await program.parseAsync()) && process.exitCode) ?? 0;
} catch (error) {
  // Runbooks are found by the code.
  const code =
    error instanceof Error && 'code' in error && /^[a-z]+\/[a-z-]+$/.test(String(error.code))
      ? ` (${String(error.code)})`
      : '';
  process.stderr.write(`lethe: ${error instanceof Error ? error.message : 'could not run'}${code}\n`);
  if (code === ' (client/no-answer)')
    process.stderr.write('Is it running? `npm start` starts one on this machine; `--target` names another.\n');
  process.exit(COULD_NOT_RUN);
}
