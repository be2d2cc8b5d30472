import { Command, Option } from 'commander';

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

try {
  process.exitCode = ((await program.parseAsync()) && process.exitCode) ?? 0;
} catch (error) {
  process.stderr.write(`lethe: ${error instanceof Error ? error.message : 'could not run'}\n`);
  process.exit(COULD_NOT_RUN);
}
