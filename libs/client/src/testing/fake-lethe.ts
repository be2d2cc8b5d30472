import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { dayOf, Fault, nextDay, type MatterId, type SubjectRef } from '@lethe/kernel';
import {
  admit,
  clauseOf,
  disposalOf,
  eraseScope,
  Fixed,
  judge,
  judgeCopies,
  type Admission,
  type AdmissionFacts,
  type FieldValue,
  type GuardianState,
  type Holding,
  type Pack,
  type RefusalCode,
  type SubjectFacts,
} from '@lethe/policy';
import type {
  ConsentAct,
  ConsentHistory,
  ConsentOutcome,
  ConsentsOfPerson,
  Copy,
  DisposalOrder,
  ErasureOrder,
  GateAnswer,
  GateQuestion,
  Lethe,
  NoticeOutcome,
  NoticeShown,
  Opened,
  Receipt,
  Statement,
  Submission,
  SubmissionAnswer,
  WithdrawalOrder,
} from '../lethe.ts';
import type { BackupOrder, BackupRegistered, BackupStatement, BackupTaken, OutItem, RestoreVerdict } from '../told.ts';
import { FakeBackups } from './fake-backups.ts';
import { FakeConsents } from './fake-consents.ts';
import { copyFrom, openFrom, type FakePart, type FakeQuestion } from './fake-opening.ts';

export interface FakeOptions {
  /** Legal time at which the fake starts; it moves only by `advance`. */
  readonly now: Date;
}

const STRANGER: SubjectFacts = { consents: {}, guardian: 'not-needed', state: 'unknown' };
/** Direct identifiers, each by what leads to nobody; the same by the same. */
const replaced = (
  fields: Readonly<Record<string, FieldValue>>,
  names: readonly string[],
): Readonly<Record<string, FieldValue>> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      names.includes(name)
        ? `p.${createHash('sha256')
            .update(JSON.stringify([name, value]))
            .digest('base64url')
            .slice(0, 22)}`
        : value,
    ]),
  );
const ref = (): string => randomBytes(16).toString('base64url');

/**
 * A Lethe for a platform's own tests: in memory, with a clock of its own, and answering by the same pack with the same rules.
 * It keeps values in the clear and proves nothing: that is what the real one is for.
 */
export class FakeLethe implements Pick<Lethe, keyof Lethe> {
  readonly waiting = 0;
  #now: Date;
  readonly #subjects = new Map<string, SubjectRef>();
  readonly #matters = new Map<string, MatterId>();
  /** Whose each matter is: the person it was first admitted for. */
  readonly #owners = new Map<string, string>();
  readonly #anchors = new Map<string, Record<string, Date>>();
  readonly #consents: FakeConsents;
  readonly #states = new Map<string, SubjectFacts['state']>();
  readonly #answers = new Map<string, { readonly body: string; readonly answer: SubmissionAnswer }>();
  readonly #requests = new Map<
    string,
    { readonly restricted: { compartment: string; class: string; until?: string; basis: string }[] }
  >();
  readonly #backups: FakeBackups;
  #parts: FakePart[] = [];
  #erasure: ((order: ErasureOrder) => Promise<Statement>) | undefined;
  #disposal: ((order: DisposalOrder) => Promise<Statement>) | undefined;
  #withdrawal: ((order: WithdrawalOrder) => Promise<Statement>) | undefined;
  #number = 0;
  #entries = 0;
  readonly #copies = new Map<string, number>();

  constructor(
    private readonly pack: Pack,
    options: FakeOptions,
  ) {
    this.#now = options.now;
    this.#consents = new FakeConsents(pack);
    this.#backups = new FakeBackups(pack, (data) => this.#item('backup-ordered', undefined, data));
  }

  /** Moves the clock and disposes of what is due by then. Held by nothing: the fake knows no holds. */
  async advance(to: Date): Promise<void> {
    if (to < this.#now) throw new Fault('invalid', 'fake/clock', 'the clock moves forward only', 'to');
    this.#now = to;
    const today = dayOf(to, this.pack.zone);
    const due = this.#parts.filter(({ day }) => day !== undefined && day <= today);
    this.#parts = this.#parts.filter((part) => !due.includes(part));
    if (due.length > 0) await this.#backups.destroyed('disposal', classesOf(due), to);
    for (const [key, parts] of Map.groupBy(
      due.filter(({ plan }) => plan.custody === 'platform'),
      ({ plan, day }) => `${plan.class} ${String(day)}`,
    )) {
      const [className = '', day = ''] = key.split(' ');
      await this.#disposal?.({
        order: randomUUID(),
        class: className,
        day,
        item: this.#item('disposal-ordered', undefined, { parts: parts.length }),
      });
    }
    await this.#backups.purgeDue(to);
  }

  async subject(userId: string): Promise<SubjectRef> {
    return remember(this.#subjects, userId, () => ref() as SubjectRef);
  }

  async matter(subject: SubjectRef, kind: string, platformId: string): Promise<MatterId> {
    return remember(this.#matters, JSON.stringify([subject, kind, platformId]), () => ref() as MatterId);
  }

  async collect(submissions: readonly Submission[]): Promise<SubmissionAnswer[]> {
    return submissions.map((submission) => this.#collect(submission));
  }

  async open(question: FakeQuestion): Promise<Opened> {
    return openFrom(this.pack, this.#facts(), this.#parts, question, this.#now);
  }

  async mayUse(questions: readonly GateQuestion[]): Promise<GateAnswer[]> {
    return questions.map((question) => {
      const exception = question.exception && { ...question.exception, evidence: question.exception.evidence ?? [] };
      const verdict = judge(
        this.pack,
        this.#facts(),
        { ...question, fields: question.fields ?? [], kind: question.kind ?? 'use', exception },
        this.#now,
      );
      const { classified, treatment, effect, clause } = verdict;
      const remarks = {
        ...(classified === undefined ? {} : { classified }),
        ...(treatment === undefined ? {} : { treatment }),
        ...(effect === undefined ? {} : { effect: effect.en }),
      };
      if (!verdict.may) {
        const { code, field } = verdict;
        return { may: false, clause, refusal: { code, clause, ...(field === undefined ? {} : { field }) }, ...remarks };
      }
      const { basis, consent, notice, heldBy } = verdict;
      return {
        may: true,
        clause,
        ...(basis === undefined ? {} : { basis }),
        ...(consent === undefined ? {} : { consent }),
        ...(notice === undefined ? {} : { notice }),
        ...(heldBy === undefined ? {} : { heldBy }),
        ...remarks,
      };
    });
  }

  async consent(acts: readonly ConsentAct[]): Promise<ConsentOutcome[]> {
    const held = this.#parts;
    const outcomes = acts.map((act) => this.#act(act));
    const gone = held.filter((part) => !this.#parts.includes(part));
    if (gone.length > 0) await this.#backups.destroyed('withdrawal', classesOf(gone), this.#now);
    for (const [index, { subject, purpose, state }] of acts.entries()) {
      const elsewhere = this.pack.purposes.get(purpose)?.custody === 'platform';
      if (state !== 'withdrawn' || !elsewhere || outcomes[index]?.outcome !== 'effective') continue;
      this.#entries += 1;
      const item = this.#item('withdrawal-ordered', subject as SubjectRef, { entry: this.#entries, purpose });
      await this.#withdrawal?.({ entry: this.#entries, subject: subject as SubjectRef, purpose, item });
    }
    return outcomes;
  }

  #act(act: ConsentAct): ConsentOutcome {
    const outcome = this.#consents.act(act, this.#now);
    if (outcome.outcome === 'effective')
      this.#parts = this.#parts.filter(
        ({ plan }) => !(plan.subject === act.subject && plan.compartment === `consent.${act.purpose}`),
      );
    return outcome;
  }

  async showNotices(notices: readonly NoticeShown[]): Promise<NoticeOutcome[]> {
    return notices.map((notice) => this.#consents.show(notice, this.#now));
  }

  /** What stands now; the fake keeps no past but the history. */
  async consentsOf(subject: SubjectRef): Promise<ConsentsOfPerson> {
    return this.#consents.of(subject);
  }

  async consentHistory(subject: SubjectRef): Promise<ConsentHistory> {
    return this.#consents.history(subject);
  }

  /** Nothing of a fake is ever on its way. */
  async consentApplied(): Promise<boolean> {
    return true;
  }

  /** A fake signs nothing. @throws Fault `missing` */
  async receipt(): Promise<Receipt> {
    throw new Fault('missing', 'fake/no-receipt', 'a fake signs no receipts');
  }

  async copyOf(subject: SubjectRef): Promise<Copy> {
    const today = dayOf(this.#now, this.pack.zone);
    const given = this.#copies.get(`${subject} ${today}`) ?? 0;
    const refusal = judgeCopies(this.pack, given);
    if (refusal !== undefined) return { refusal, again: nextDay(today), parts: [], withheld: [] };
    this.#copies.set(`${subject} ${today}`, given + 1);
    const kept = this.#parts.filter(({ plan }) => plan.subject === subject);
    return copyFrom(this.pack, kept, this.#states.get(subject) === 'erased');
  }

  async stateGuardian(statement: {
    subject: string;
    child: boolean;
    guardianVerified?: boolean | undefined;
  }): Promise<{ guardian: GuardianState; version: number; applied: boolean }> {
    const guardian = statement.child ? (statement.guardianVerified === true ? 'verified' : 'missing') : 'not-needed';
    return { guardian, version: this.#consents.stateGuardian(statement.subject, guardian), applied: true };
  }

  async anchor(anchors: { matter: string; subject: string; anchor: string; at: string }[]): Promise<void> {
    for (const { matter, anchor, at } of anchors) {
      remember(this.#anchors, matter, (): Record<string, Date> => ({}))[anchor] = new Date(at);
      for (const part of this.#parts) {
        if (part.matter !== matter || part.plan.disposal.anchor !== anchor) continue;
        const { day, floor } = disposalOf(this.pack, part.plan.class, new Date(at));
        Object.assign(part, { day, floor });
      }
    }
  }

  async askErasure(request: { subject: string }): ReturnType<Lethe['askErasure']> {
    const scope = eraseScope(this.pack, this.#holdings(request.subject), this.#now);
    const stays = (part: FakePart) =>
      scope.restrict.some((one) => one.compartment === part.plan.compartment && one.class === part.plan.class);
    for (const part of this.#parts) if (part.plan.subject === request.subject && stays(part)) part.restricted = true;
    const held = this.#parts;
    this.#parts = held.filter((part) => part.plan.subject !== request.subject || stays(part));
    this.#states.set(request.subject, 'erased');
    for (const [user, subject] of this.#subjects) if (subject === request.subject) this.#subjects.delete(user);
    await this.#backups.destroyed('erasure', classesOf(held.filter((part) => !this.#parts.includes(part))), this.#now);
    const id = randomUUID();
    const restricted = scope.restrict.map(({ compartment, class: className, until, basis }) => ({
      compartment,
      class: className,
      basis,
      ...(until === undefined ? {} : { until }),
    }));
    this.#requests.set(id, { restricted });
    await this.#erasure?.({
      request: id,
      subject: request.subject as SubjectRef,
      item: this.#item('erasure-ordered', request.subject as SubjectRef, { erasure: id }),
    });
    return { request: id, state: 'swept', deadline: dayOf(this.#now, this.pack.zone) };
  }

  async request(request: string): ReturnType<Lethe['request']> {
    const known = this.#requests.get(request);
    if (known === undefined) throw new Fault('missing', 'erasure/no-such-request', 'no such request', 'request');
    const at = this.#now.toISOString();
    return {
      request,
      state: 'swept',
      deadline: dayOf(this.#now, this.pack.zone),
      receivedAt: at,
      effectiveAt: at,
      sweptAt: at,
      waitingFor: [],
      restricted: known.restricted,
    };
  }

  /** A fake certifies nothing. @throws Fault `missing` */
  async certificate(): Promise<Record<string, unknown>> {
    throw new Fault('missing', 'fake/no-certificate', 'a fake issues no certificates');
  }

  async onErasure(handle: (order: ErasureOrder) => Promise<Statement>): Promise<void> {
    this.#erasure = handle;
  }

  async onDisposal(handle: (order: DisposalOrder) => Promise<Statement>): Promise<void> {
    this.#disposal = handle;
  }

  async onWithdrawal(handle: (order: WithdrawalOrder) => Promise<Statement>): Promise<void> {
    this.#withdrawal = handle;
  }

  async registerBackup(taken: BackupTaken): Promise<BackupRegistered> {
    return this.#backups.register(taken, this.#now);
  }

  async mayRestore(backup: string): Promise<RestoreVerdict> {
    return this.#backups.mayRestore(backup);
  }

  async stateBackup(statement: BackupStatement): Promise<{ accepted: boolean }> {
    return this.#backups.state(statement);
  }

  async onBackup(handle: (order: BackupOrder) => Promise<{ left: number }>): Promise<void> {
    this.#backups.handle = handle;
  }

  /** Never called: a fake knows no holds. */
  async onHold(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#parts = [];
  }

  #collect(submission: Submission): SubmissionAnswer {
    const body = JSON.stringify(submission);
    const { idempotencyKey } = submission;
    const known = this.#answers.get(idempotencyKey);
    const id = randomUUID();
    if (known !== undefined && known.body !== body)
      return this.#refused(id, idempotencyKey, { code: 'idempotency-key-reused', field: 'idempotencyKey' });
    if (known !== undefined)
      return known.answer.outcome === 'admitted' ? { ...known.answer, replayed: true } : known.answer;
    if (submission.matter !== undefined) {
      const owner = this.#owners.get(submission.matter) ?? submission.subject;
      if (owner !== submission.subject)
        return this.#refused(id, idempotencyKey, {
          code: 'matter-required',
          field: 'matter',
          purpose: submission.purpose,
        });
    }
    const anchors = submission.matter === undefined ? undefined : this.#anchors.get(submission.matter);
    const { subjects, ...rest } = this.#facts();
    const named = new Set<string>([...this.#subjects.values(), ...this.#states.keys()]);
    const strangers = [submission, ...(submission.others ?? [])].filter(({ subject }) => !named.has(subject));
    const facts: AdmissionFacts = {
      ...rest,
      subjects: { ...subjects, ...Object.fromEntries(strangers.map(({ subject }) => [subject, STRANGER])) },
      ...(submission.matter === undefined ? {} : { matter: { anchors: anchors ?? {} } }),
    };
    const cited = (ground: Submission['exception']) => ground && { ...ground, evidence: ground.evidence ?? [] };
    const { source } = submission;
    const whole = {
      ...submission,
      source: source && { ...source, attestations: source.attestations ?? [], covers: source.covers ?? [] },
      exception: cited(submission.exception),
      abroad: cited(submission.abroad),
      declarations: submission.declarations ?? [],
      region: submission.region ?? 'CN',
      others: submission.others ?? [],
    };
    const admission = admit(this.pack, facts, whole, this.#now);
    const answer: SubmissionAnswer =
      admission.kind === 'refused'
        ? {
            outcome: 'refused',
            idempotencyKey,
            submission: id,
            refusal: {
              code: admission.code,
              clause: admission.clause,
              ...(admission.field === undefined ? {} : { field: admission.field }),
            },
          }
        : this.#keep(id, submission, admission);
    this.#answers.set(idempotencyKey, { body, answer });
    return answer;
  }

  #refused(
    submission: string,
    idempotencyKey: string,
    { purpose, ...because }: { readonly code: RefusalCode; readonly field: string; readonly purpose?: string },
  ): SubmissionAnswer {
    const refusal = { ...because, clause: clauseOf(this.pack, because.code, purpose) };
    return { outcome: 'refused', idempotencyKey, submission, refusal };
  }

  #keep(
    id: string,
    submission: Submission,
    { parts: plans, fields = submission.fields, pseudonyms, dropped }: Extract<Admission, { kind: 'admitted' }>,
  ): SubmissionAnswer {
    const record = randomUUID();
    const collectedAt = submission.collectedAt === undefined ? this.#now : new Date(submission.collectedAt);
    const kept = plans.map((plan): FakePart => {
      const source =
        plan.subject === submission.subject
          ? replaced(fields, pseudonyms)
          : (submission.others?.find(({ subject }) => subject === plan.subject)?.fields ?? {});
      const values =
        plan.custody === 'platform'
          ? {}
          : Object.fromEntries(plan.fields.map((field) => [field, source[field] as FieldValue]));
      const dated = plan.disposal.kind === 'dated' ? { day: plan.disposal.day, floor: plan.disposal.floor } : {};
      return {
        part: randomUUID(),
        record,
        plan,
        matter: plan.disposal.anchor === 'collection' ? undefined : submission.matter,
        declarations: submission.declarations ?? [],
        collectedAt,
        region: submission.region ?? 'CN',
        place: submission.place ?? 'platform',
        values,
        restricted: false,
        ...dated,
      };
    });
    this.#parts.push(...kept);
    if (submission.matter !== undefined && !this.#owners.has(submission.matter))
      this.#owners.set(submission.matter, submission.subject);
    const parts = kept.map(({ part, plan, day, floor }) => ({
      part: part as never,
      subject: plan.subject as SubjectRef,
      compartment: plan.compartment,
      class: plan.class,
      ...(plan.sensitive.length === 0 ? {} : { sensitive: [...plan.sensitive] }),
      ...(day === undefined ? {} : { disposal: day }),
      ...(floor === undefined ? {} : { floor }),
    }));
    return {
      outcome: 'admitted',
      idempotencyKey: submission.idempotencyKey,
      submission: id,
      record: record as never,
      replayed: false,
      parts,
      ...(dropped.length === 0 ? {} : { dropped: [...dropped] }),
    };
  }

  #facts(): AdmissionFacts {
    const known = this.#consents.people;
    const subjects = [...new Set([...known.keys(), ...this.#states.keys()])].map((subject): [string, SubjectFacts] => [
      subject,
      {
        consents: known.get(subject)?.consents ?? {},
        guardian: known.get(subject)?.guardian ?? 'not-needed',
        state: this.#states.get(subject) ?? 'open',
      },
    ]);
    const fixed = new Fixed(this.pack);
    for (const { plan, matter, declarations } of this.#parts)
      fixed.add(plan.subject, plan.purpose, matter, declarations);
    return { subjects: Object.fromEntries(subjects), lease: 'live', fixed };
  }

  #holdings(subject: string): Holding[] {
    const mine = this.#parts.filter(({ plan }) => plan.subject === subject);
    return [
      ...Map.groupBy(mine, ({ plan, floor, day }) =>
        JSON.stringify([plan.compartment, plan.class, floor, day === undefined]),
      ).values(),
    ].map((parts) => {
      const [{ plan, floor, day }] = parts as [FakePart];
      return {
        compartment: plan.compartment,
        class: plan.class,
        custody: plan.custody,
        method: plan.method,
        parts: parts.length,
        floor,
        waiting: day === undefined,
        held: 0,
        restricted: 0,
      };
    });
  }

  #item(kind: OutItem['kind'], subject: SubjectRef | undefined, data: Record<string, unknown>) {
    this.#number += 1;
    return {
      number: this.#number,
      id: randomUUID(),
      kind,
      at: this.#now.toISOString(),
      data,
      ...(subject === undefined ? {} : { subject }),
    };
  }
}

function remember<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

const classesOf = (parts: readonly FakePart[]): string[] => parts.map(({ plan }) => plan.class);
