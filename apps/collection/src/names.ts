import type { MatterId, SubjectRef, TenantId } from '@lethe/kernel';
import type { Room } from './room.ts';

/** The platform's own ids become refs; what was sent becomes an HMAC in the keyring's store and is kept nowhere. */
export class Names {
  constructor(private readonly room: Room) {}

  async subjectOf(tenant: TenantId, userId: string): Promise<{ subject: SubjectRef; created: boolean }> {
    await this.room.context.packs.tenant(tenant);
    return this.room.keyring.subjectOf(tenant, userId);
  }

  async matterOf(
    tenant: TenantId,
    matter: { subject: SubjectRef; kind: string; platformId: string },
  ): Promise<{ matter: MatterId; created: boolean }> {
    await this.room.context.packs.tenant(tenant);
    const { keyring } = this.room;
    const known = await keyring.findMatter(tenant, matter.subject, matter.kind, matter.platformId);
    if (known !== undefined) return { matter: known, created: false };
    return { matter: await keyring.matterOf(tenant, matter.subject, matter.kind, matter.platformId), created: true };
  }
}
