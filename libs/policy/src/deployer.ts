import type { Finding } from './finding.ts';
import { type DeployerFile, LEFT_TO_DEPLOYER, type PackFile, type PolicyFile } from './pack-file.ts';
import type { YamlDocument } from './yaml-document.ts';

/**
 * The policy with what it leaves to the deployer filled in. A policy that names no controller, place, zone or date cannot
 * be loaded without somebody who does; what the policy states itself nobody else may.
 */
export function leftToDeployer(
  policy: PolicyFile,
  at: YamlDocument<unknown>['at'],
  deployer?: YamlDocument<DeployerFile>,
): { readonly file?: PackFile; readonly findings: readonly Finding[] } {
  const given = deployer?.value;
  const findings: Finding[] = [];
  const open = LEFT_TO_DEPLOYER.filter((key) => policy[key] === 'deployer');
  for (const key of open)
    if (given?.[key] === undefined)
      findings.push(
        at([key], 'deployer-missing', `the policy leaves \`${key}\` to the deployer, and nobody says it`, [
          `${key} in deployer.yaml`,
        ]),
      );
  if (deployer !== undefined && given !== undefined) {
    if (given.pack !== policy.pack)
      findings.push(deployer.at(['pack'], 'other-pack', 'values for another pack', [policy.pack]));
    for (const key of LEFT_TO_DEPLOYER)
      if (given[key] !== undefined && !open.includes(key))
        findings.push(deployer.at([key], 'not-left-open', `the policy says \`${key}\` itself`, open, true));
  }
  if (findings.length > 0) return { findings };
  const filled = Object.fromEntries(open.map((key) => [key, given?.[key]]));
  return {
    file: {
      ...policy,
      ...filled,
      ...(open.length === 0 ? {} : { deployer: { example: given?.example ?? true, gives: open } }),
    } as PackFile,
    findings: [],
  };
}
