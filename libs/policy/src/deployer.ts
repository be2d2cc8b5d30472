import { weekdayOf } from '@lethe/kernel';
import type { Finding } from './finding.ts';
import { type DeployerFile, LEFT_TO_DEPLOYER, type PackFile, type PolicyFile } from './pack-file.ts';
import { calendarFrom, eachDay } from './working-days.ts';
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
  if (deployer !== undefined && given?.calendars !== undefined)
    findings.push(...checkCalendars(given.calendars, deployer.at));
  if (findings.length > 0) return { findings };
  const gives = [...open, ...(given?.calendars === undefined ? [] : ['calendars'])];
  const filled = Object.fromEntries(open.map((key) => [key, given?.[key]]));
  return {
    file: {
      ...policy,
      ...filled,
      ...(given?.calendars === undefined ? {} : { calendars: given.calendars }),
      ...(gives.length === 0 ? {} : { deployer: { example: given?.example ?? true, gives } }),
    } as PackFile,
    findings: [],
  };
}

/** A day stands under the year whose notice says it, and a day that is worked instead lies on a weekend. */
function checkCalendars(
  calendars: NonNullable<DeployerFile['calendars']>,
  at: YamlDocument<unknown>['at'],
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [name, file] of Object.entries(calendars)) {
    const { weekend } = calendarFrom(file);
    for (const [year, said] of Object.entries(file.years))
      for (const kind of ['off', 'worked'] as const)
        for (const [index, text] of said[kind].entries()) {
          const path = ['calendars', name, 'years', year, kind, index];
          const days = eachDay(text);
          if (days.some((day) => !day.startsWith(year) && !day.startsWith(`${String(Number(year) - 1)}-12-`)))
            findings.push(at(path, 'other-year', `${text} is not of ${year}`, [year]));
          else if (kind === 'worked' && days.some((day) => !weekend.has(weekdayOf(day))))
            findings.push(at(path, 'not-a-weekend', `${text} is worked anyway`));
        }
  }
  return findings;
}
