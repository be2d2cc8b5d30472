import { http } from '@lethe/contracts';
import type { SubjectRef, TenantId } from '@lethe/kernel';
import type { ServiceContext } from '@lethe/platform';
import { requestDeadline, type Pack } from '@lethe/policy';

/**
 * The version by which a person's request is judged: consent knows who agreed to fewer rights. Where it does not answer the
 * version with the shortest deadline counts: nobody waits longer because a service is down.
 */
export async function rightsPack(
  context: ServiceContext,
  tenant: TenantId,
  subject: SubjectRef,
  now: Date,
): Promise<Pack> {
  const versions = (await context.packs.versions(tenant)).filter(({ from }) => from <= now);
  const [only] = versions;
  if (only === undefined || versions.length === 1) return context.packs.pack(tenant, now);
  const rights = await context.peers
    .ask(http.RightsOf, { tenant, params: { subject }, timeoutMs: 2_000 })
    .catch(() => undefined);
  const agreed = versions.find(({ pack }) => pack.digest === rights?.digest);
  const soonest = versions.reduce((one, other) =>
    requestDeadline(other.pack, now) < requestDeadline(one.pack, now) ? other : one,
  );
  return (agreed ?? soonest).pack;
}
