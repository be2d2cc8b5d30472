import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import {
  checkFolder,
  comparePacks,
  describeFinding,
  explain as explainPack,
  explainable,
  loadPack,
  type Language,
  type Pack,
} from '@lethe/policy';
import { policiesFolder } from '../installation.ts';

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
  process.exitCode = findings.length === 0 ? 0 : 1;
}

/** What a later version changes. Exit 0 nothing major, 1 something is. */
export function diff(before: string, after: string, options: { readonly json?: boolean }): void {
  const [old, now] = [packOf(before), packOf(after)];
  const changed = comparePacks(old, now);
  const major = changed.kinds.map((kind) => ({ kind, ...now.changes?.major[kind] }));
  const announce = {
    publishOn: now.changes?.publishOn ?? [],
    announceOn: changed.kinds.length === 0 ? [] : (now.changes?.majorNotice ?? []),
    noticeDays: now.changes?.noticeDays.value ?? 0,
  };
  process.exitCode = changed.kinds.length > 0 || changed.reductions.length > 0 ? 1 : 0;
  if (options.json === true) return write(JSON.stringify({ ...changed, ...announce }));
  write(`${old.pack} ${old.version} -> ${now.version}`);
  for (const { kind, name, clause } of major) write(`major: ${kind}: ${name?.en ?? ''} [${clause ?? ''}]`);
  for (const right of changed.reductions) write(`fewer rights: ${right}`);
  for (const { purpose, level } of changed.reconsent)
    write(`ask again: ${purpose} (${now.purposes.get(purpose)?.names.en ?? purpose}), ${level}`);
  if (changed.other) write('changed, and on no list of major changes: whether it is major, a person decides');
  if (announce.publishOn.length > 0) write(`publish on: ${announce.publishOn.join(', ')}`);
  if (announce.announceOn.length > 0)
    write(`announce on: ${announce.announceOn.join(', ')}, ${announce.noticeDays} days before`);
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
