import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { Fault } from '@lethe/kernel';
import pRetry from 'p-retry';
import { asking, type Ask } from '../asking.ts';
import { Importer, type Numbered } from '../import/importer.ts';
import { readLine, type ImportFinding, type Kind } from '../import/lines.ts';

/** Lines that are told together, at most. */
const TOGETHER = 100;
/** How often something that is away is asked again. */
const RETRIES = 10;

interface Options {
  readonly tenant: string;
  readonly target?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

/** How far a file has been imported; it lies beside the file and goes when all of it has been. */
interface Progress {
  readonly digest: string;
  readonly lines: number;
  /** Findings of these lines, told when they were taken. */
  readonly findings: number;
}

/**
 * Imports a platform's people, consents and records. Resumes where it stopped; a line sent twice is one. Exit 0 nothing
 * found, 1 findings, 2 could not run.
 */
export async function importFile(file: string, options: Options): Promise<void> {
  if (!existsSync(file)) throw new Error('there is no such file');
  const progressFile = `${file}.progress`;
  const digest = await digestOf(file);
  const before = progressOf(progressFile, digest);
  const done = before.lines;
  if (done > 0)
    process.stderr.write(
      `lethe: ${String(done)} lines were imported before, with ${String(before.findings)} findings; going on\n`,
    );
  const importer = new Importer(patient(options));
  const taken: Record<string, number> = {};
  let found = before.findings;
  const report = (findings: readonly ImportFinding[]): void => {
    found += findings.length;
    for (const finding of [...findings].sort((a, b) => a.line - b.line))
      process.stdout.write(`${options.json === true ? JSON.stringify(finding) : described(file, finding)}\n`);
  };
  const finish = async (batch: readonly Numbered<Kind>[], upTo: number): Promise<void> => {
    const [first] = batch;
    if (first !== undefined) report(await importer.take(first.line.kind, batch));
    for (const { line } of batch) taken[line.kind] = (taken[line.kind] ?? 0) + 1;
    // By the process: somebody may have started it twice.
    const next = `${progressFile}.${String(process.pid)}`;
    writeFileSync(next, JSON.stringify({ digest, lines: upTo, findings: found } satisfies Progress));
    renameSync(next, progressFile);
  };

  let batch: Numbered<Kind>[] = [];
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number += 1;
    if (number <= done || text.trim() === '') continue;
    const read = readLine(text, number);
    if ('code' in read) {
      report([read]);
      continue;
    }
    if (batch.length >= TOGETHER || (batch[0] !== undefined && batch[0].line.kind !== read.line.kind)) {
      await finish(batch, number - 1);
      batch = [];
    }
    batch.push({ number, line: read.line });
  }
  await finish(batch, number);
  rmSync(progressFile, { force: true });
  const summary = { taken, findings: found };
  if (options.json === true) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else
    process.stderr.write(
      `lethe: ${Object.entries(taken)
        .map(([kind, count]) => `${String(count)} ${kind}`)
        .join(', ')}; ${String(found)} findings\n`,
    );
  process.exitCode = found === 0 ? 0 : 1;
}

/** The platform's doors; what is away is asked again for a while. */
function patient(options: Options): Ask {
  const ask = asking(options, 'backend', 'import');
  return (route, asked) =>
    pRetry(() => ask(route, asked), {
      retries: RETRIES,
      minTimeout: 200,
      maxTimeout: 5_000,
      shouldRetry: ({ error }) => error instanceof Fault && error.kind === 'unavailable',
    });
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function progressOf(file: string, digest: string): Progress {
  if (!existsSync(file)) return { digest, lines: 0, findings: 0 };
  const progress = JSON.parse(readFileSync(file, 'utf8')) as Partial<Progress>;
  if (progress.digest !== digest)
    throw new Error(`${file} is about another text of this file: remove it to begin anew`);
  return { digest, lines: progress.lines ?? 0, findings: progress.findings ?? 0 };
}

const described = (file: string, { line, code, clause, field, text }: ImportFinding): string =>
  [
    `${file}:${String(line)}: ${code}`,
    ...(field === undefined ? [] : [`field ${field}`]),
    ...(clause === undefined ? [] : [clause]),
    ...(text === undefined ? [] : [text]),
  ].join(': ');
