import type { Finding } from './finding.ts';
import type { ClauseFile, PackFile } from './pack-file.ts';
import type { YamlDocument } from './yaml-document.ts';

/** What the schema of the register cannot see: clauses named twice, rules that are not there. */
export function checkRegister(register: ClauseFile, at: YamlDocument<unknown>['at'], pack?: PackFile): Finding[] {
  const seen = new Set<string>();
  const findings: Finding[] =
    pack !== undefined && pack.pack !== register.pack
      ? [at(['pack'], 'other-pack', 'the register of another pack', [pack.pack])]
      : [];
  for (const [index, clause] of register.clauses.entries()) {
    const path = ['clauses', index];
    if (seen.has(clause.id))
      findings.push(at([...path, 'id'], 'clause-twice', `${clause.id} stands in the register twice`));
    seen.add(clause.id);
    if (clause.class === 'enforceable' && clause.service === undefined)
      findings.push(at(path, 'no-service', `${clause.id} is enforceable and no service carries it`, ['service']));
    if (clause.class === 'outOfScope' && clause.rule !== 'none')
      findings.push(at([...path, 'rule'], 'idle-rule', `${clause.id} is out of scope`, ['none']));
    if (
      pack !== undefined &&
      clause.rule !== 'later' &&
      clause.rule !== 'none' &&
      !leadsSomewhere(pack, clause.rule.split('.'))
    ) {
      findings.push(
        at([...path, 'rule'], 'no-such-rule', `the pack has no rule \`${clause.rule}\``, [
          'a path into the pack',
          'later',
        ]),
      );
    }
  }
  return findings;
}

function leadsSomewhere(value: unknown, path: readonly string[]): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return value !== undefined;
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.hasOwn(value, step) &&
    leadsSomewhere((value as Record<string, unknown>)[step], rest)
  );
}
