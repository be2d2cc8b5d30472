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
    return this.subjects.ask(tenant, userId);
  }

  /** @throws Fault `conflict` when the subject has been forgotten */
  async matterOf(tenant: TenantId, name: MatterName): Promise<NamedMatter> {
    await this.room.context.packs.tenant(tenant);
    const named = await this.matters.ask(tenant, name);
    if (named === undefined) throw new Fault('conflict', 'sealing/subject-forgotten', 'the subject has been forgotten');
    return named;
  }
}
