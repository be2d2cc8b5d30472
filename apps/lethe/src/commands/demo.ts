import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { http } from '@lethe/contracts';
import { tenantId } from '@lethe/kernel';
import { verifyCertificate } from '@lethe/ledger';
import { REFUSALS, refusalText, type RefusalCode } from '@lethe/policy';
import { addressesOf, Instance } from '../demo/instance.ts';
import { patient } from '../demo/patient.ts';
import { Player } from '../demo/play.ts';
import { storyOf } from '../demo/story.ts';

interface Result {
  readonly admitted: number;
  readonly refused: number;
  readonly anonymized: number;
  readonly deleted: number;
  readonly erased: number;
  readonly restricted: number;
  readonly backupsIsolated: number;
  readonly backupsPurged: number;
  readonly certificatesVerified: number;
  readonly refusedByClause: Readonly<Record<string, number>>;
}

/** Plays the story, prints what happened; exit 0 when every certificate verifies, 1 otherwise. */
export async function demo(options: {
  readonly people: number;
  readonly seed: number;
  readonly target?: string;
  readonly certificates?: string;
  readonly json?: boolean;
}): Promise<void> {
  const tenant = tenantId(`demo-${String(options.seed)}-${Date.now().toString(36)}`);
  const instance = new Instance(addressesOf(options.target), tenant);
  const story = storyOf(options.people, options.seed);
  await instance.open('damai', story.startAt);
  const platform = instance.platform();
  const bar = new SingleBar({
    format: 'four years |{bar}| {value}/{total} months · {what}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    noTTYOutput: true,
    notTTYSchedule: 10_000,
  });
  try {
    const player = new Player(instance, platform, story, options.seed);
    await player.start();
    bar.start(story.months.length, 0, { what: `${String(options.people)} people` });
    for (const month of story.months) {
      await player.month(month);
      bar.increment(1, { what: month.at.toISOString().slice(0, 7) });
    }
    bar.update({ what: 'the last backups are purged' });
    await player.finish();
    bar.stop();
    const verified = await verify(instance, [...player.played.certificates.values()], options.certificates);
    const result = await count(instance, verified);
    await print(instance, result, player, options.json === true);
    process.exitCode = verified === player.played.certificates.size && verified > 0 ? 0 : 1;
  } finally {
    bar.stop();
    await platform.close();
  }
}

export async function count(instance: Instance, certificatesVerified: number): Promise<Result> {
  const counts = await patient(() => instance.ask('officer', http.Counts));
  const { backups } = await patient(() => instance.ask('officer', http.Backups));
  const { admitted, refused, anonymized, deleted, erased, restricted } = counts;
  const refusedByClause = Object.fromEntries(
    Object.entries(counts.refusedByClause).sort(([a], [b]) => a.localeCompare(b)),
  );
  return {
    admitted,
    refused,
    anonymized,
    deleted,
    erased,
    restricted,
    backupsIsolated: backups.filter(({ isolatedAt }) => isolatedAt !== undefined).length,
    backupsPurged: backups.filter(({ state }) => state === 'purged').length,
    certificatesVerified,
    refusedByClause,
  };
}

/** Verifies each certificate as a stranger would: with the public keys alone. */
async function verify(
  instance: Instance,
  certificates: readonly { readonly certificate: string; readonly document: Record<string, unknown> }[],
  folder: string | undefined,
): Promise<number> {
  const { keys } = await patient(() => instance.ask('auditor', http.LedgerKeys));
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'lethe-keys.json'), `${JSON.stringify({ keys })}\n`);
  }
  let good = 0;
  for (const { certificate, document } of certificates) {
    if (folder !== undefined) writeFileSync(join(folder, `${certificate}.json`), JSON.stringify(document));
    if (verifyCertificate(document, { keys }).ok) good += 1;
  }
  return good;
}

const drillOf = ({ played: { drill } }: Player): string =>
  drill === undefined
    ? ''
    : `\nRestore drill: the oldest backup that is left went into quarantine, ${String(drill.replayed)} entries of the ledger were replayed over it, ${String(drill.dropped)} parts that had gone since stayed away, ${String(drill.unrecoverable)} could not be read, ${String(drill.restored)} came back.\n`;

const sentence = (code: string): string => (isRefusal(code) ? refusalText(code, 'en') : code.replaceAll('-', ' '));
const isRefusal = (code: string): code is RefusalCode => (REFUSALS as readonly string[]).includes(code);

async function print(instance: Instance, result: Result, player: Player, json: boolean): Promise<void> {
  const counts = await patient(() => instance.ask('officer', http.Counts));
  const table = new Table({
    head: ['what', 'how many'],
    colAligns: ['left', 'right'],
    style: { head: [], border: [] },
  });
  table.push(['submissions admitted', result.admitted], ['submissions refused', result.refused]);
  for (const [clause, n] of Object.entries(result.refusedByClause)) table.push([`  by clause ${clause}`, n]);
  table.push(
    ['records anonymized (folded into kept cells)', result.anonymized],
    ['parts deleted on their day', result.deleted],
    ['parts erased on request or withdrawal', result.erased],
    [
      `parts restricted under a floor${counts.restrictedUntil === undefined ? '' : ` (the last until ${counts.restrictedUntil})`}`,
      result.restricted,
    ],
    ['backups isolated', result.backupsIsolated],
    ['backups purged', result.backupsPurged],
    ['certificates issued', player.played.certificates.size],
    ['certificates verified', result.certificatesVerified],
  );
  process.stdout.write(`${table.toString()}\n${drillOf(player)}\nThree refusals, in plain words:\n`);
  for (const { code, clause, purpose } of [...player.played.examples.values()].slice(0, 3)) {
    process.stdout.write(`  · For “${purpose}”, clause ${clause}: ${sentence(code)}\n`);
  }
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
}
