import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkCoverage, tagsOf } from './check-coverage.ts';
import { checkPack } from './check-pack.ts';
import { checkRegister } from './check-register.ts';
import { compilePack } from './compile-pack.ts';
import { type Finding, PolicyFault } from './finding.ts';
import { leftToDeployer } from './deployer.ts';
import { BELONGS_ELSEWHERE, type ClauseFile, clauseFile, deployerFile, policyFile } from './pack-file.ts';
import type { Pack } from './pack.ts';
import { readYaml } from './yaml-document.ts';

/** No policy is longer than this; what is, is not one. */
const MOST_BYTES = 2 * 1024 * 1024;

/** A file of a pack: its text, and what findings call it. */
export interface PackText {
  readonly text: string;
  readonly file: string;
}

/** What may stand beside `policy.yaml`. */
export interface BesidePolicy {
  readonly clauses?: PackText | undefined;
  readonly deployer?: PackText | undefined;
}

/**
 * Reads the pack of a folder: `policy.yaml`, the register of its clauses (`clauses.yaml`) where there is one, and
 * `deployer.yaml` with what the text leaves to whoever runs the tenant.
 * @throws PolicyFault with every finding of the files
 */
export function loadPack(folder: string): Pack {
  const { pack, findings } = inspectPack(folder);
  if (pack === undefined) throw new PolicyFault(findings);
  return pack;
}

export interface Inspected {
  readonly pack?: Pack;
  readonly findings: readonly Finding[];
}

/** The same for whoever wants the findings instead of a fault. */
export const inspectPack = (folder: string): Inspected => inspectFolder(folder, false);

/** Everything that can be found in a folder: also promises without a rule or a scenario, and rules without a promise. */
export const checkFolder = (folder: string): Inspected => inspectFolder(folder, true);

function inspectFolder(folder: string, thorough: boolean): Inspected {
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
  const beside: Record<keyof BesidePolicy, PackText | undefined> = { clauses: undefined, deployer: undefined };
  for (const name of ['clauses', 'deployer'] as const) {
    if (!existsSync(join(folder, `${name}.yaml`))) continue;
    const text = read(`${name}.yaml`);
    if (!('text' in text)) return { findings: [text] };
    beside[name] = text;
  }
  return inspect(policy, beside, thorough ? { scenarios: scenariosIn(join(folder, 'scenarios')) } : undefined);
}

/** The clauses some scenario of the folder is tagged with. */
function scenariosIn(folder: string): ReadonlySet<string> {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.feature')) : [];
  return new Set(files.flatMap((name) => tagsOf(readFileSync(join(folder, name), 'utf8'))));
}

/** @throws PolicyFault */
export function parsePack(text: string, file: string, beside: BesidePolicy = {}): Pack {
  const { pack, findings } = inspect({ text, file }, beside);
  if (pack === undefined) throw new PolicyFault(findings);
  return pack;
}

function inspect(
  policy: PackText,
  beside: BesidePolicy,
  thorough?: { readonly scenarios: ReadonlySet<string> },
): Inspected {
  const document = readYaml(policy.text, policy.file, policyFile, BELONGS_ELSEWHERE);
  const register = beside.clauses && readYaml(beside.clauses.text, beside.clauses.file, clauseFile);
  const deployer = beside.deployer && readYaml(beside.deployer.text, beside.deployer.file, deployerFile);
  const known: ClauseFile | undefined = register?.value;
  const shape = [...document.findings, ...(register?.findings ?? []), ...(deployer?.findings ?? [])];
  if (document.value === undefined) return { findings: shape };
  const { file, findings: open } = leftToDeployer(document.value, document.at, deployer);
  const findings = [
    ...shape,
    ...open,
    ...(file === undefined ? [] : checkPack(file, document.at, known)),
    ...(register === undefined || known === undefined ? [] : checkRegister(known, register.at, file)),
    ...(thorough === undefined || file === undefined || register === undefined || known === undefined
      ? []
      : checkCoverage(file, document.at, known, register.at, thorough.scenarios)),
  ];
  if (file === undefined || findings.length > 0) return { findings };
  const digest = createHash('sha256').update(policy.text);
  if (beside.deployer !== undefined) digest.update('\0').update(beside.deployer.text);
  return { pack: compilePack(file, digest.digest('hex'), known), findings: [] };
}
