import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkPack } from './check-pack.ts';
import { checkRegister } from './check-register.ts';
import { compilePack } from './compile-pack.ts';
import { type Finding, PolicyFault } from './finding.ts';
import { type ClauseFile, clauseFile, packFile } from './pack-file.ts';
import type { Pack } from './pack.ts';
import { readYaml } from './yaml-document.ts';

/** No policy is longer than this; what is, is not one. */
const MOST_BYTES = 2 * 1024 * 1024;

/** A file of a pack: its text, and what findings call it. */
export interface PackText {
  readonly text: string;
  readonly file: string;
}

/**
 * Reads the pack of a folder: `policy.yaml`, and the register of its clauses, `clauses.yaml`, where there is one.
 * @throws PolicyFault with every finding of both files
 */
export function loadPack(folder: string): Pack {
  const { pack, findings } = inspectPack(folder);
  if (pack === undefined) throw new PolicyFault(findings);
  return pack;
}

/** The same for whoever wants the findings instead of a fault. */
export function inspectPack(folder: string): { readonly pack?: Pack; readonly findings: readonly Finding[] } {
  const read = (name: string): PackText | Finding => {
    const file = join(folder, name);
    if (!existsSync(file)) return { file, line: 1, column: 1, code: 'no-file', message: 'there is no such file' };
    if (statSync(file).size > MOST_BYTES)
      return {
        file,
        line: 1,
        column: 1,
        code: 'too-big',
        message: 'no policy is that long',
        allowed: [`${MOST_BYTES} bytes or less`],
      };
    return { text: readFileSync(file, 'utf8'), file };
  };
  const policy = read('policy.yaml');
  if (!('text' in policy)) return { findings: [policy] };
  const clauses = existsSync(join(folder, 'clauses.yaml')) ? read('clauses.yaml') : undefined;
  if (clauses !== undefined && !('text' in clauses)) return { findings: [clauses] };
  return inspect(policy, clauses);
}

/** @throws PolicyFault */
export function parsePack(text: string, file: string, clauses?: PackText): Pack {
  const { pack, findings } = inspect({ text, file }, clauses);
  if (pack === undefined) throw new PolicyFault(findings);
  return pack;
}

function inspect(
  policy: PackText,
  clauses: PackText | undefined,
): { readonly pack?: Pack; readonly findings: readonly Finding[] } {
  const document = readYaml(policy.text, policy.file, packFile);
  const register = clauses === undefined ? undefined : readYaml(clauses.text, clauses.file, clauseFile);
  const known: ClauseFile | undefined = register?.value;
  const findings = [
    ...document.findings,
    ...(register?.findings ?? []),
    ...(document.value === undefined ? [] : checkPack(document.value, document.at, known)),
    ...(register === undefined || known === undefined ? [] : checkRegister(known, register.at, document.value)),
  ];
  if (document.value === undefined || findings.length > 0) return { findings };
  return {
    pack: compilePack(document.value, createHash('sha256').update(policy.text).digest('hex'), known),
    findings: [],
  };
}
