import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpTransport, type Addresses, type EdgeLog } from '@lethe/client';
import { http } from '@lethe/contracts';
import { PolicyFault, type Finding } from '@lethe/policy';
import type { Opening } from './doors.ts';
import { packText } from './mutate.ts';
import type { Selected } from './prove.ts';
import type { Scenario } from './scenario.ts';

/** Where a running instance is met: over HTTP, and through its log where that can be reached from here. */
export interface Instance {
  readonly addresses: Addresses;
  /** The two topics of a tenant. Absent: no scenario that speaks through the log can run. */
  readonly edge?: (tenant: string) => EdgeLog;
  /** What a tenant of a pack is opened under. Absent: the pack that the instance has by that name. */
  readonly openings?: ReadonlyMap<string, Opening>;
}

/**
 * The instance with the text of each pack sent to it: what it has under the same name may be another.
 * @throws PolicyFault where it finds something wrong with a text
 */
export async function withTexts(selected: readonly Selected[], instance: Instance): Promise<Instance> {
  const openings = new Map<string, Opening>();
  const doors = new HttpTransport(instance.addresses, () => '');
  for (const { pack, folder } of selected) {
    const body = packText(folder, readFileSync(join(folder, 'policy.yaml'), 'utf8'));
    const { digest, findings } = await doors.ask(http.SendPack, { body });
    if (digest === undefined) throw new PolicyFault(findings as Finding[]);
    openings.set(pack.pack, { pack: pack.pack, digest });
  }
  return { ...instance, openings };
}

const speaksThroughLog = ({ steps }: Scenario): boolean => steps.some(({ definition }) => definition.log === true);

/** What can be run at this instance, and the scenarios that are left out because its log is out of reach. */
export function withinReach(
  selected: readonly Selected[],
  { edge }: Instance,
): { readonly selected: readonly Selected[]; readonly left: readonly Scenario[] } {
  if (edge !== undefined) return { selected, left: [] };
  return {
    selected: selected.map((each) => ({
      ...each,
      scenarios: each.scenarios.filter((scenario) => !speaksThroughLog(scenario)),
    })),
    left: selected.flatMap(({ scenarios }) => scenarios.filter(speaksThroughLog)),
  };
}
