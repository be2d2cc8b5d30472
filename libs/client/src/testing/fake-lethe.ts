import { randomBytes, randomUUID } from 'node:crypto';
import { dayOf, Fault, nextDay, type MatterId, type SubjectRef } from '@lethe/kernel';
import { judge, judgeCopies, type GuardianState, type Pack } from '@lethe/policy';
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
import { FakeVault } from './fake-vault.ts';

export interface FakeOptions {
  /** Legal time at which the fake starts; it moves only by `advance`. */
  readonly now: Date;
  /** Where the Lethe it stands for says that it stores (LETHE_REGION); absent: it does not, and every submission has to. */
  readonly region?: string;
}

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
  readonly #consents: FakeConsents;
  readonly #vault: FakeVault;
  readonly #requests = new Map<
    string,
    { readonly restricted: { compartment: string; class: string; until?: string; basis: string }[] }
  >();
  readonly #backups: FakeBackups;
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
    this.#vault = new FakeVault(pack, this.#consents, () => this.#subjects.values(), options.region);
    this.#backups = new FakeBackups(pack, (data) => this.#item('backup-ordered', undefined, data));
  }

  /** Moves the clock and disposes of what is due by then. Held by nothing: the fake knows no holds. */
  async advance(to: Date): Promise<void> {
    if (to < this.#now) throw new Fault('invalid', 'fake/clock', 'the clock moves forward only', 'to');
    this.#now = to;
    const today = dayOf(to, this.pack.zone);
    const due = this.#vault.dispose(today);
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
    return submissions.map((submission) => this.#vault.collect(submission, this.#now));
  }

  async open(question: FakeQuestion): Promise<Opened> {
    return openFrom(this.pack, this.#vault.facts(), this.#vault.parts, question, this.#now);
  }

  async mayUse(questions: readonly GateQuestion[]): Promise<GateAnswer[]> {
    return questions.map((question) => {
      const exception = question.exception && { ...question.exception, evidence: question.exception.evidence ?? [] };
      const verdict = judge(
        this.pack,
        this.#vault.facts(),
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
    const gone: FakePart[] = [];
    const outcomes = acts.map((act) => {
      const outcome = this.#consents.act(act, this.#now);
      if (outcome.outcome === 'effective') gone.push(...this.#vault.withdraw(act.subject, act.purpose));
      return outcome;
    });
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
    const kept = this.#vault.parts.filter(({ plan }) => plan.subject === subject);
    return copyFrom(this.pack, kept, this.#vault.isErased(subject));
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
    for (const { matter, anchor, at } of anchors) this.#vault.anchor(matter, anchor, new Date(at));
  }

  async askErasure(request: { subject: string }): ReturnType<Lethe['askErasure']> {
    const { scope, gone } = this.#vault.erase(request.subject, this.#now);
    for (const [user, subject] of this.#subjects) if (subject === request.subject) this.#subjects.delete(user);
    await this.#backups.destroyed('erasure', classesOf(gone), this.#now);
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
    this.#vault.clear();
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
