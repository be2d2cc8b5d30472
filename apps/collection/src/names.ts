import { Fault, type MatterId, type SubjectRef, type TenantId } from '@lethe/kernel';
import type { MatterName } from '@lethe/sealing';
import type { Room } from './room.ts';
import { Together } from './together.ts';

interface NamedSubject {
  readonly subject: SubjectRef;
  readonly created: boolean;
}
interface NamedMatter {
  readonly matter: MatterId;
  readonly created: boolean;
}

/**
 * The platform's own ids become refs; what was sent becomes an HMAC in the keyring's store and is kept nowhere. A platform
 * asks for one at a time, many side by side: they are looked up, and made, together.
 */
export class Names {
  private readonly subjects: Together<string, NamedSubject>;
  private readonly matters: Together<MatterName, NamedMatter | undefined>;

  constructor(private readonly room: Room) {
    this.subjects = new Together((tenant, userIds) => room.keyring.subjectsOf(tenant, userIds));
    this.matters = new Together((tenant, names) => room.keyring.mattersOf(tenant, names));
  }

  async subjectOf(tenant: TenantId, userId: string): Promise<NamedSubject> {
    await this.room.context.packs.tenant(tenant);
    if (await this.hasEnded(tenant)) {
      const subject = await this.room.keyring.findSubject(tenant, userId);
      if (subject === undefined) throw closed();
      return { subject, created: false };
    }
    return this.subjects.ask(tenant, userId);
  }

  /** @throws Fault `conflict` when the subject has been forgotten, or the tenant has ended */
  async matterOf(tenant: TenantId, name: MatterName): Promise<NamedMatter> {
    await this.room.context.packs.tenant(tenant);
    if (await this.hasEnded(tenant)) {
      const matter = await this.room.keyring.findMatter(tenant, name.subject, name.kind, name.platformId);
      if (matter === undefined) throw closed();
      return { matter, created: false };
    }
    const named = await this.matters.ask(tenant, name);
    if (named === undefined) throw new Fault('conflict', 'sealing/subject-forgotten', 'the subject has been forgotten');
    return named;
  }

  /** Whoever was known is still found, to ask for what is theirs; nobody new is made known. */
  private async hasEnded(tenant: TenantId): Promise<boolean> {
    const { clock } = this.room.context;
    const { ceased } = await this.room.standings.of(tenant, clock.machineNow());
    return ceased.everything !== undefined && ceased.everything <= (await clock.legalNow(tenant));
  }
}

const closed = () =>
  new Fault('conflict', 'collection/tenant-closed', 'the tenant has ended, and this id was not known before', 'userId');
