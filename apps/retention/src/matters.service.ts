import { events, type Envelope } from '@lethe/contracts';
import { Fault, slotOf, subjectRef, type SubjectRef, type TenantId, type Transaction } from '@lethe/kernel';
import { appliedBy, type ServiceContext } from '@lethe/platform';
import { retentionClasses } from '@lethe/policy';
import { stateAnchors, type AnchorChange, type StatedAnchor } from './domain/matter.ts';
import { HoldStore } from './store/hold.store.ts';
import { MatterStore, type Answered } from './store/matter.store.ts';

/** The anchor that the closing of an account is, whoever tells of it. */
const ACCOUNT_CLOSED = 'account-closed';
/** A part, or parts that wait together: whose they are, where that is known. */
type Waiting = Pick<
  Envelope<typeof events.TalliesStatedV1>['data']['tallies'][number],
  'matter' | 'subject' | 'class' | 'disposal'
>;

/** Matters: the anchors from which periods count; and what an erasure does to what retention knows of a person. */
export class MattersService {
  constructor(private readonly context: ServiceContext) {}

  /**
   * Takes the platform's word that anchors came or moved, each a version of its matter, and announces them.
   * What is known already changes nothing and is announced again under its version: whoever says it again has perhaps not
   * heard that it was applied. A matter of an erased person that nothing keeps any more is passed over.
   * Answered when collection has applied them, so that what is submitted next is dated by them, or after eight seconds.
   * @returns how many changed something, and whether collection has applied all of them @param now machine time
   * @throws Fault `conflict` when a matter is known as another person's, `invalid` for an anchor that no version of the pack has
   */
  async state(
    tenant: TenantId,
    stated: readonly StatedAnchor[],
    now: Date,
  ): Promise<{ readonly accepted: number; readonly applied: boolean }> {
    await this.declared(tenant, stated);
    const legalNow = await this.context.clock.legalNow(tenant);
    const { accepted, announced } = await this.context.database.within(tenant, async (sql) => {
      const store = new MatterStore(sql, tenant);
      const erased = await store.erased(stated.map(({ subject }) => subject));
      const known = erased.size === 0 ? new Set<string>() : await store.known(stated.map(({ matter }) => matter));
      const present = stated.filter(({ subject, matter }) => !erased.has(subject) || known.has(matter));
      const stating = stateAnchors(await store.lock(present), present);
      if (stating.kind === 'refused') {
        throw new Fault(
          'conflict',
          'retention/matter-of-another',
          'the matter belongs to another person',
          `anchors.${String(stating.index)}.subject`,
        );
      }
      return {
        accepted: stating.changes.length,
        announced: await this.write(sql, tenant, stating, { legalNow, now }),
      };
    });
    return { accepted, applied: await appliedBy(this.context, 'collection', announced) };
  }

  /** Remembers whose account a matter is, so that closing the account can date it. */
  async remember(sql: Transaction, tenant: TenantId, parts: readonly Waiting[]): Promise<void> {
    const classes = await this.countingFrom(tenant, ACCOUNT_CLOSED);
    const waiting = parts.flatMap(({ matter, subject, class: of, disposal }) =>
      matter && subject && !disposal && classes.has(of) ? [{ matter, subject }] : [],
    );
    if (waiting.length > 0) await new MatterStore(sql, tenant).remember(waiting);
  }

  /** The person has closed the account: what waits for that is dated from here. @param at legal time @param now machine time */
  async accountClosed(sql: Transaction, tenant: TenantId, subject: SubjectRef, at: Date, now: Date): Promise<void> {
    const store = new MatterStore(sql, tenant);
    const waiting = await store.waiting(subject, [...(await this.countingFrom(tenant, ACCOUNT_CLOSED))]);
    if (waiting.length === 0) return;
    const stating = stateAnchors(
      await store.lock(waiting),
      waiting.map((matter) => ({ ...matter, anchor: ACCOUNT_CLOSED, at })),
    );
    if (stating.kind === 'changed')
      await this.write(sql, tenant, { changes: stating.changes, known: [] }, { legalNow: at, now });
  }

  /** An anchor that is spelled wrong would leave what waits for it waiting for ever. */
  private async declared(tenant: TenantId, stated: readonly StatedAnchor[]): Promise<void> {
    const versions = await this.context.packs.versions(tenant);
    const unknown = stated.findIndex(({ anchor }) => !versions.some(({ pack }) => pack.anchors.has(anchor)));
    if (unknown < 0) return;
    const field = `anchors.${String(unknown)}.anchor`;
    throw new Fault('invalid', 'retention/anchor-undeclared', 'no version of the policy has this anchor', field);
  }

  private async countingFrom(tenant: TenantId, anchor: string): Promise<ReadonlySet<string>> {
    const classes = retentionClasses(await this.context.packs.pack(tenant));
    return new Set(classes.filter((one) => one.anchor === anchor).map(({ name }) => name));
  }

  /** @returns the last announcement of each slot concerned */
  private async write(
    sql: Transaction,
    tenant: TenantId,
    { changes, known }: { readonly changes: readonly AnchorChange[]; readonly known: readonly AnchorChange[] },
    { legalNow, now }: { legalNow: Date; now: Date },
  ): Promise<readonly string[]> {
    const told = [...known, ...changes];
    if (told.length === 0) return [];
    if (changes.length > 0) await new MatterStore(sql, tenant).append(changes, legalNow);
    const announced = await this.context.outbox.announceAll(
      sql,
      events.MatterAnchoredV1,
      now,
      told.map(({ matter, subject, anchor, at, version }) => ({
        about: { tenant, subject },
        data: { matter, anchor, at: at.toISOString(), version },
      })),
    );
    // Of each slot the last one, after all the others.
    const { slots } = this.context.config;
    return [
      ...new Map(told.map(({ subject }, index) => [slotOf(subjectRef(subject), slots), announced[index]!])).values(),
    ];
  }

  /** The person is frozen: counts what retention has of them. `number` is where the freeze stood in the slot's stream. */
  async freeze(
    sql: Transaction,
    tenant: TenantId,
    subject: SubjectRef,
    erasure: string,
    number: number,
  ): Promise<void> {
    await new MatterStore(sql, tenant).freeze(subject, erasure, number);
    await this.ackFreeze(sql, tenant, subject, erasure);
  }

  async unfreeze(sql: Transaction, tenant: TenantId, subject: SubjectRef, erasure: string): Promise<void> {
    await new MatterStore(sql, tenant).unfreeze(subject, erasure);
  }

  /**
   * Forgets the person's matters, unless a floor or hold still counts from them: then they are restricted with it.
   * Holds are evidence, and stay. Acked with counts.
   */
  async erase(
    sql: Transaction,
    tenant: TenantId,
    subject: SubjectRef,
    order: { erasure: string; somethingIsKept: boolean },
  ): Promise<void> {
    const store = new MatterStore(sql, tenant);
    const before = await store.answered(subject);
    // Heard again: what was counted then has gone since, and the answer stands.
    const answer =
      before?.erasure === order.erasure && before.rescan === 0
        ? before
        : await this.forget(sql, tenant, subject, order);
    await this.ack(sql, tenant, subject, { stage: 'done', ...answer });
  }

  private async forget(
    sql: Transaction,
    tenant: TenantId,
    subject: SubjectRef,
    { erasure, somethingIsKept }: { erasure: string; somethingIsKept: boolean },
  ): Promise<Answered> {
    const store = new MatterStore(sql, tenant);
    const found = await this.countOf(sql, tenant, subject);
    const deleted = somethingIsKept ? 0 : await store.forget(subject);
    const restricted = found - deleted;
    const rescan = (await this.countOf(sql, tenant, subject)) - restricted;
    const answer = { erasure, found, deleted, restricted, rescan };
    await store.markErased(subject, answer, this.context.clock.machineNow());
    return answer;
  }

  private async countOf(sql: Transaction, tenant: TenantId, subject: SubjectRef): Promise<number> {
    return (await new MatterStore(sql, tenant).countOf(subject)) + (await new HoldStore(sql, tenant).countOf(subject));
  }

  /** Says again who is frozen here and how orders were answered, to whoever still waits for it. @returns the ids of what was said */
  async stateErasures(sql: Transaction, tenant: TenantId, slot: number): Promise<string[]> {
    const { slots } = this.context.config;
    const store = new MatterStore(sql, tenant);
    const told: string[] = [];
    for (const { subject, erasure } of await store.frozen())
      if (slotOf(subject, slots) === slot) told.push(await this.ackFreeze(sql, tenant, subject, erasure));
    for (const { subject, answer } of await store.allAnswered())
      if (slotOf(subject, slots) === slot)
        told.push(await this.ack(sql, tenant, subject, { stage: 'done', ...answer }));
    return told;
  }

  /** Nothing can bring the person back any more. */
  async erasureFinal(sql: Transaction, tenant: TenantId, subject: SubjectRef): Promise<void> {
    const store = new MatterStore(sql, tenant);
    if ((await store.countOf(subject)) === 0) await store.forgetPerson(subject);
  }

  private async ackFreeze(sql: Transaction, tenant: TenantId, subject: SubjectRef, erasure: string): Promise<string> {
    const found = await this.countOf(sql, tenant, subject);
    return this.ack(sql, tenant, subject, { stage: 'frozen', erasure, found, deleted: 0, restricted: 0, rescan: 0 });
  }

  private async ack(
    sql: Transaction,
    tenant: TenantId,
    subject: SubjectRef,
    said: Answered & { readonly stage: 'frozen' | 'done' },
  ): Promise<string> {
    const now = this.context.clock.machineNow();
    const position = await new MatterStore(sql, tenant).freezeNumber(subject);
    return this.context.outbox.announce(
      sql,
      events.RetentionErasureAckedV1,
      { tenant, subject, now },
      { ...said, position, at: now.toISOString() },
    );
  }
}
