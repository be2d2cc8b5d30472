import { events, http } from '@lethe/contracts';
import { dayOf, Fault, type SubjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import { appliedBy, type AnswerOf, type ServiceContext } from '@lethe/platform';
import { evidenceDisposal, isAhead } from '@lethe/policy';
import {
  guardianAt,
  isSensitive,
  nextStatement,
  saysNothingNew,
  withDataHeld,
  type GuardianStated,
} from './domain/guardian.ts';
import { ConsentStore } from './store/consent.store.ts';
import { GuardianStore } from './store/guardian.store.ts';

/** Who is a child, who answers for one, and whose guardian has still to be told. */
export class GuardiansService {
  constructor(private readonly context: ServiceContext) {}

  /**
   * Writes what the platform says about a person's age and guardian. Ends by itself at the birthday; the birthday itself is
   * used and not kept. @param now machine time @throws Fault `invalid` for a day or a moment that has not come
   */
  async state(
    tenant: TenantId,
    { subject, ...stated }: GuardianStated & { readonly subject: SubjectRef },
    now: Date,
  ): Promise<AnswerOf<typeof http.StateGuardian>> {
    const [pack, legalNow] = await Promise.all([this.context.packs.pack(tenant), this.context.clock.legalNow(tenant)]);
    if (stated.at !== undefined && isAhead(stated.at, legalNow)) throw notYet('at');
    if (stated.birthday !== undefined && stated.birthday > dayOf(legalNow, pack.zone)) throw notYet('birthday');
    const { event, next, ...answer } = await this.context.database.within(tenant, async (sql) => {
      const store = new GuardianStore(sql, tenant);
      const consents = new ConsentStore(sql, tenant);
      await consents.lockPersons([subject]);
      const latest = (await store.statements([subject])).get(subject);
      const taken = (await consents.consentsAt(subject, legalNow)).length > 0;
      const said = nextStatement(pack, latest, stated, taken, legalNow);
      const again = saysNothingNew(latest, said);
      const next = again ? latest! : said;
      const { version, guardian, since, until, sensitiveUntil } = next;
      if (!again) await store.append(subject, next, legalNow, evidenceDisposal(pack, legalNow));
      // Also where it was said before: whoever asks again has perhaps not heard that it was applied.
      const event = await this.context.outbox.announce(
        sql,
        events.GuardianshipChangedV1,
        { tenant, subject, now },
        {
          version,
          guardian,
          at: since.toISOString(),
          ...(until ? { until: until.toISOString() } : {}),
          ...(sensitiveUntil ? { sensitiveUntil: sensitiveUntil.toISOString() } : {}),
        },
      );
      return {
        event,
        next: { saidAt: legalNow, ...next },
        guardian: guardianAt(next, legalNow),
        version,
        ...(isSensitive(next, legalNow) && { sensitive: true }),
      };
    });
    const found = withDataHeld(pack, next);
    const applied = await appliedBy(this.context, 'collection', [event]);
    const held = applied && found !== undefined ? await this.holds(tenant, subject) : false;
    const { tellBy, toldAt } = (held && found) || next;
    return {
      ...answer,
      ...(tellBy && !toldAt && { tellGuardianBy: tellBy.toISOString() }),
      applied: applied && held !== undefined,
    };
  }

  /** Whether collection holds anything of a person; undefined where it does not answer. What is written of it follows from what it says itself (`dataHeld`). */
  private async holds(tenant: TenantId, subject: SubjectRef): Promise<boolean | undefined> {
    try {
      const { holdings } = await this.context.peers.ask(http.Holdings, { tenant, params: { subject } });
      return holdings.some(({ parts }) => parts > 0);
    } catch (error) {
      if (error instanceof Fault) return undefined;
      throw error;
    }
  }

  /** Collection holds something of these people: who is a child by the latest statement was found by it. */
  async dataHeld(sql: Transaction, tenant: TenantId, subjects: readonly SubjectRef[]): Promise<void> {
    const [pack, now] = await Promise.all([this.context.packs.pack(tenant), this.context.clock.legalNow(tenant)]);
    const store = new GuardianStore(sql, tenant);
    const people = await new ConsentStore(sql, tenant).lockPersons(subjects);
    for (const [subject, latest] of await store.statements(subjects)) {
      const found = people.get(subject)?.state === 'restricted' ? undefined : withDataHeld(pack, latest);
      if (found !== undefined) await store.append(subject, found, now, evidenceDisposal(pack, now));
    }
  }

  /** Children who were found after the fact and whose guardians have not been told. */
  async toTell(tenant: TenantId): Promise<AnswerOf<typeof http.GuardiansToTell>> {
    const [pack, legalNow] = await Promise.all([this.context.packs.pack(tenant), this.context.clock.legalNow(tenant)]);
    const clause = pack.minors.onDiscovery?.clause ?? pack.minors.clause;
    const rows = await this.context.database.within(tenant, (sql) => new GuardianStore(sql, tenant).untold(legalNow));
    return {
      children: rows.map(({ subject, foundAt, tellBy }) => ({
        subject,
        foundAt: foundAt.toISOString(),
        ...(tellBy && { tellBy: tellBy.toISOString() }),
        overdue: tellBy !== null && tellBy <= legalNow,
        clause,
      })),
    };
  }
}

const notYet = (field: string): Fault =>
  new Fault('invalid', 'consent/date-in-future', 'it is said of a moment that has not come', field);
