import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { http } from '@lethe/contracts';
import { tenantId } from '@lethe/kernel';
import { verifyCertificate } from '@lethe/ledger';
import { REFUSALS, refusalText, type RefusalCode } from '@lethe/policy';
import { losing, type Drill } from '../demo/drill.ts';
import { addressesOf, Instance } from '../demo/instance.ts';
import { patient } from '../demo/patient.ts';
import { Player } from '../demo/play.ts';
import { storyOf } from '../demo/story.ts';
import { installationOf } from '../installation.ts';

interface Result {
  readonly admitted: number;
  readonly refused: number;
  readonly anonymized: number;
  readonly deleted: number;
  readonly erased: number;
  readonly restricted: number;
  readonly backupsIsolated: number;
  readonly backupsPurged: number;
  /** Deleted by hand before the restore drill, and brought back by it. */
  readonly partsLost: number;
  readonly partsRestored: number;
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
    const player = new Player(instance, platform, story, options.seed, losing(installationOf(process.env), tenant));
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
    const result = await count(instance, verified, player.played.drill);
    await print(instance, result, player, options.json === true);
    process.exitCode = verified === player.played.certificates.size && verified > 0 ? 0 : 1;
  } finally {
    bar.stop();
    await platform.close();
  }
}

export async function count(instance: Instance, certificatesVerified: number, drill?: Drill): Promise<Result> {
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
    partsLost: drill !== undefined && 'parts' in drill.lost ? drill.lost.parts : 0,
    partsRestored: drill?.report.restored ?? 0,
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

function drillOf({ played: { drill } }: Player): string {
  if (drill === undefined) return '';
  const { lost, report } = drill;
  const [replayed, dropped, unrecoverable, restored] = [
    report.replayed,
    report.dropped,
    report.unrecoverable,
    report.restored,
  ].map(String);
  const first =
    'nothing' in lost
      ? `NOTHING WAS LOST FIRST (${lost.nothing}), so that nothing could come back; run the demo where the data of the instance lies (LETHE_HOME). The`
      : `all ${String(lost.parts)} parts of ${String(lost.people)} people were deleted by hand, and nothing of them could be read. The`;
  const last = 'nothing' in lost ? '.' : ': exactly those, with a copy for each person that says what it said before.';
  return `\nRestore drill: ${first} oldest backup that is left went into quarantine, ${replayed!} entries of the ledger were replayed over it, ${dropped!} parts that had gone since stayed away, ${unrecoverable!} could not be read, ${restored!} came back${last}\n`;
}

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
