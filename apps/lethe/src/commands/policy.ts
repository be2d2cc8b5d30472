import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import {
  checkFolder,
  comparePacks,
  describeFinding,
  explain as explainPack,
  explainable,
  inspectPack,
  loadPack,
  type Language,
  type Pack,
} from '@lethe/policy';
import { asking } from '../asking.ts';
import { policiesFolder } from '../installation.ts';
import { tomorrowOf, type Tomorrow } from '../tomorrow.ts';

const write = (line: string): void => void process.stdout.write(`${line}\n`);

/** Checks the packs of folders: one finding a line. Exit 0 nothing found, 1 something, 2 a folder could not be read. */
export function check(folders: readonly string[], options: { readonly json?: boolean }): void {
  const missing = folders.find((folder) => !existsSync(folder));
  if (missing !== undefined) throw new Error(`there is no folder ${missing}`);
  /* `policies/*` names the schemas beside the packs too. */
  const packs = folders.filter((folder) => statSync(folder).isDirectory());
  const findings = packs.flatMap((folder) => checkFolder(folder).findings);
  if (options.json === true) write(JSON.stringify(findings));
  else for (const finding of findings) write(describeFinding(finding));
  if (options.json !== true)
    for (const folder of packs)
      for (const { name, period, floor } of inspectPack(folder).pack?.classes.values() ?? [])
        if (floor?.prevails !== undefined)
          process.stderr.write(
            `lethe: ${folder}: classes.${name}: ${floor.period} wins over ${period.value}, by ${floor.basis} (${floor.prevails}) [${floor.clause}]\n`,
          );
  process.exitCode = findings.length === 0 ? 0 : 1;
}

interface DiffOptions {
  readonly json?: boolean;
  /** Whose counts say what the version would do tomorrow. */
  readonly tenant?: string;
  readonly target?: string;
  readonly tokenFile?: string;
}

/** What a later version changes, and of a running instance what it would do tomorrow. Exit 0 nothing major, 1 something is. */
export async function diff(before: string, after: string, options: DiffOptions): Promise<void> {
  const [old, now] = [packOf(before), packOf(after)];
  if (old.pack !== now.pack) throw new Error(`${old.pack} and ${now.pack} are different packs, not versions of one`);
  if (old.version === now.version && old.digest !== now.digest)
    process.stderr.write(`lethe: both say that they are version ${now.version}: a new one needs a name of its own\n`);
  const changed = comparePacks(old, now);
  const major = changed.kinds.map((kind) => ({ kind, ...now.changes?.major[kind] }));
  const announce = {
    publishOn: now.changes?.publishOn ?? [],
    announceOn: changed.kinds.length === 0 ? [] : (now.changes?.majorNotice ?? []),
    showEachPersonOn: changed.kinds.length === 0 ? [] : (now.changes?.personNotice ?? []),
    noticeDays: now.changes?.noticeDays.value ?? 0,
  };
  const { tenant, target, tokenFile } = options;
  if (tenant === undefined && (target ?? tokenFile) !== undefined)
    throw new Error('whose people and parts are counted is not said: name the tenant with --tenant');
  const tomorrow = tenant && (await tomorrowOf(asking({ tenant, target, tokenFile }, 'auditor'), now, changed));
  process.exitCode = changed.kinds.length > 0 || changed.reductions.length > 0 ? 1 : 0;
  if (options.json === true) return write(JSON.stringify({ ...changed, ...announce, ...(tomorrow && { tomorrow }) }));
  write(`${old.pack} ${old.version} -> ${now.version}`);
  for (const { kind, name, clause } of major) write(`major: ${kind}: ${name?.en ?? ''} [${clause ?? ''}]`);
  for (const right of changed.reductions) write(`fewer rights: ${right}`);
  for (const { purpose, level } of changed.reconsent)
    write(`ask again: ${purpose} (${now.purposes.get(purpose)?.names.en ?? purpose}), ${level}`);
  if (changed.other) write('changed, and on no list of major changes: whether it is major, a person decides');
  if (announce.publishOn.length > 0) write(`publish on: ${announce.publishOn.join(', ')}`);
  if (announce.announceOn.length > 0)
    write(`announce on: ${announce.announceOn.join(', ')}, ${announce.noticeDays} days before`);
  if (announce.showEachPersonOn.length > 0)
    write(
      `show each person on: ${announce.showEachPersonOn.join(', ')}; until then their rights are those of ${old.version}`,
    );
  if (tomorrow === undefined || tomorrow === '')
    process.stderr.write(
      'lethe: what it would do tomorrow is not said: parts and people are counted by a running instance (--tenant, --target)\n',
    );
  else writeTomorrow(tomorrow);
}

function writeTomorrow({ day, ask, go, periods }: Tomorrow): void {
  write(`by the end of ${day}:`);
  for (const { purpose, level, people } of ask) write(`  people to ask: ${String(people)}, for ${purpose}, ${level}`);
  for (const { class: name, method, parts, sooner } of go)
    write(
      `  parts that go: ${String(parts)} of ${name}, ${method}${sooner > 0 ? `, ${String(sooner)} of them sooner` : ''}`,
    );
  for (const { class: name, change, anchor = '', waiting, getDay, dated, sooner } of periods) {
    const all = String(waiting + dated);
    const says = {
      gone: `is no longer named: ${all} parts keep its period`,
      shorter: `is kept shorter: ${String(waiting)} parts that wait get the new period, ${String(sooner)} of ${String(dated)} dated ones go sooner`,
      longer: `is kept longer, and none of the ${all} parts there are`,
      'other-anchor': `counts from ${anchor}: ${String(getDay)} of ${String(waiting)} parts that wait get their day by it, ${String(sooner)} of ${String(dated)} dated ones go sooner`,
      'longer-floor': `has a longer floor: ${String(waiting)} parts that wait get it, ${String(dated)} keep their date`,
    };
    write(`  ${name} ${says[change]}`);
  }
  if (ask.length + go.length + periods.length === 0) write('  nothing');
}

/** In plain words, by any of its names. Exit 0 found, 1 nothing of that name. */
export function explain(
  tenant: string,
  name: string,
  options: { readonly json?: boolean; readonly language?: Language },
): void {
  const pack = packOf(tenant);
  const found = explainPack(pack, name, options.language);
  process.exitCode = found.length === 0 ? 1 : 0;
  if (options.json === true) return write(JSON.stringify(found));
  if (found.length === 0) return write(`nothing is called so (allowed: ${explainable(pack).join(', ')})`);
  for (const { name: heading, lines } of found) {
    write(heading);
    for (const line of lines) write(`  ${line}`);
  }
}

/** A folder, or the name of a pack of this installation. */
function packOf(asked: string): Pack {
  const folder = isAbsolute(asked) || existsSync(join(asked, 'policy.yaml')) ? asked : join(policiesFolder(), asked);
  if (!existsSync(join(folder, 'policy.yaml'))) throw new Error(`there is no pack ${asked}`);
  return loadPack(folder);
}
