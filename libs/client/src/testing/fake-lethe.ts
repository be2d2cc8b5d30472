import { randomBytes, randomUUID } from 'node:crypto';
import { dayOf, Fault, type MatterId, type SubjectRef } from '@lethe/kernel';
import {
  acceptConsent,
  admit,
  disposalOf,
  eraseScope,
  judge,
  mayUse,
  type AdmissionFacts,
  type ConsentFact,
  type FieldValue,
  type GuardianState,
  type Holding,
  type Pack,
  type PlannedPart,
  type SubjectFacts,
} from '@lethe/policy';
import type {
  ConsentAct,
  ConsentOutcome,
  DisposalOrder,
  ErasureOrder,
  GateAnswer,
  GateQuestion,
  Lethe,
  Opened,
  Statement,
  Submission,
  SubmissionAnswer,
} from '../lethe.ts';

export interface FakeOptions {
  /** Legal time at which the fake starts; it moves only by `advance`. */
  readonly now: Date;
}

interface FakePart {
  readonly part: string;
  readonly record: string;
  readonly plan: PlannedPart;
  readonly matter?: string | undefined;
  readonly collectedAt: Date;
  readonly values: Readonly<Record<string, FieldValue>>;
  day?: string | undefined;
  floor?: string | undefined;
  restricted: boolean;
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
  readonly #anchors = new Map<string, Record<string, Date>>();
  readonly #consents = new Map<string, Record<string, ConsentFact>>();
  readonly #guardians = new Map<string, GuardianState>();
  readonly #states = new Map<string, SubjectFacts['state']>();
  readonly #answers = new Map<string, { readonly body: string; readonly answer: SubmissionAnswer }>();
  readonly #requests = new Map<
    string,
    { readonly restricted: { compartment: string; class: string; until?: string; basis: string }[] }
  >();
  #parts: FakePart[] = [];
  #erasure: ((order: ErasureOrder) => Promise<Statement>) | undefined;
  #disposal: ((order: DisposalOrder) => Promise<Statement>) | undefined;
  #number = 0;

  constructor(
    private readonly pack: Pack,
    options: FakeOptions,
  ) {
    this.#now = options.now;
  }

  /** Moves the clock and disposes of what is due by then. Held by nothing: the fake knows no holds. */
  async advance(to: Date): Promise<void> {
    if (to < this.#now) throw new Fault('invalid', 'fake/clock', 'the clock moves forward only', 'to');
    this.#now = to;
    const today = dayOf(to, this.pack.zone);
    const due = this.#parts.filter(({ day }) => day !== undefined && day <= today);
    this.#parts = this.#parts.filter((part) => !due.includes(part));
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

  async open(question: {
    purpose: string;
    subject?: string | undefined;
    parts?: string[] | undefined;
    fields?: string[] | undefined;
  }): Promise<Opened> {
    const opened: Opened['opened'] = [];
    const refused: Opened['refused'] = [];
    const asked = this.#parts.filter(
      ({ part, plan }) =>
        (question.subject === undefined || plan.subject === question.subject) &&
        (question.parts?.includes(part) ?? plan.purpose === question.purpose),
    );
    for (const one of asked) {
      const fields = one.plan.fields.filter((field) => question.fields?.includes(field) ?? true);
      const verdict = mayUse(
        this.pack,
        this.#facts(),
        { subject: one.plan.subject, purpose: question.purpose, fields, kind: 'use' },
        this.#now,
      );
      const place = { part: one.part as Opened['opened'][number]['part'], subject: one.plan.subject as SubjectRef };
      if (one.restricted) refused.push({ ...place, refusal: { code: 'restricted' } });
      else if (!verdict.may) refused.push({ ...place, refusal: { code: verdict.code, clause: verdict.clause } });
      else {
        const values = Object.fromEntries(fields.map((field) => [field, one.values[field] as string]));
        opened.push({
          ...place,
          record: one.record as Opened['opened'][number]['record'],
          purpose: one.plan.purpose,
          fields: values,
        });
      }
    }
    return { opened, refused };
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
      if (!verdict.may) return { may: false, clause, refusal: { code: verdict.code, clause }, ...remarks };
      const { basis, consent, notice } = verdict;
      return {
        may: true,
        clause,
        ...(basis === undefined ? {} : { basis }),
        ...(consent === undefined ? {} : { consent }),
        ...(notice === undefined ? {} : { notice }),
        ...remarks,
      };
    });
  }

  async consent(acts: readonly ConsentAct[]): Promise<ConsentOutcome[]> {
    return acts.map((act) => {
      const of = remember(this.#consents, act.subject, (): Record<string, ConsentFact> => ({}));
      const level = act.level ?? 'acceptance';
      const verdict = acceptConsent(
        this.pack,
        {
          purpose: act.purpose,
          state: act.state,
          level,
          notice: act.notice,
          bundled: act.bundled ?? false,
          guardian: this.#guardians.get(act.subject) ?? 'not-needed',
        },
        this.#now,
      );
      if (verdict.kind === 'refused')
        return { outcome: 'refused', refusal: { code: verdict.code, clause: verdict.clause } };
      const consent = randomUUID();
      const version = (of[act.purpose]?.version ?? 0) + 1;
      const at = act.at === undefined ? this.#now : new Date(act.at);
      of[act.purpose] = { consent, version, state: act.state, level: verdict.level, notice: verdict.notice, at };
      if (act.state !== 'withdrawn') return { outcome: 'recorded', consent, version };
      this.#parts = this.#parts.filter(
        ({ plan }) => !(plan.subject === act.subject && plan.compartment === `consent.${act.purpose}`),
      );
      return { outcome: 'effective', consent, version, at: this.#now.toISOString() };
    });
  }

  async stateGuardian(statement: {
    subject: string;
    child: boolean;
    guardianVerified?: boolean | undefined;
  }): Promise<{ guardian: GuardianState; version: number }> {
    const guardian = statement.child ? (statement.guardianVerified === true ? 'verified' : 'missing') : 'not-needed';
    this.#guardians.set(statement.subject, guardian);
    return { guardian, version: 1 };
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
    this.#parts = this.#parts.filter((part) => part.plan.subject !== request.subject || stays(part));
    this.#states.set(request.subject, 'erased');
    for (const [user, subject] of this.#subjects) if (subject === request.subject) this.#subjects.delete(user);
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

  onDisposal(handle: (order: DisposalOrder) => Promise<Statement>): void {
    this.#disposal = handle;
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
      return { outcome: 'refused', idempotencyKey, submission: id, refusal: { code: 'idempotency-key-reused' } };
    if (known !== undefined)
      return known.answer.outcome === 'admitted' ? { ...known.answer, replayed: true } : known.answer;
    const anchors = submission.matter === undefined ? undefined : this.#anchors.get(submission.matter);
    const facts: AdmissionFacts = {
      ...this.#facts(),
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
        : this.#keep(id, submission, admission.parts);
    this.#answers.set(idempotencyKey, { body, answer });
    return answer;
  }

  #keep(id: string, submission: Submission, plans: readonly PlannedPart[]): SubmissionAnswer {
    const record = randomUUID();
    const collectedAt = submission.collectedAt === undefined ? this.#now : new Date(submission.collectedAt);
    const kept = plans.map((plan): FakePart => {
      const source =
        plan.subject === submission.subject
          ? submission.fields
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
        matter: submission.matter,
        collectedAt,
        values,
        restricted: false,
        ...dated,
      };
    });
    this.#parts.push(...kept);
    const parts = kept.map(({ part, plan, day, floor }) => ({
      part: part as never,
      subject: plan.subject as SubjectRef,
      compartment: plan.compartment,
      class: plan.class,
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
    };
  }

  #facts(): AdmissionFacts {
    const people = new Set([...this.#consents.keys(), ...this.#guardians.keys(), ...this.#states.keys()]);
    const subjects = [...people].map((subject): [string, SubjectFacts] => [
      subject,
      {
        consents: this.#consents.get(subject) ?? {},
        guardian: this.#guardians.get(subject) ?? 'not-needed',
        state: this.#states.get(subject) ?? 'open',
      },
    ]);
    return { subjects: Object.fromEntries(subjects), lease: 'live' };
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

  #item(kind: 'erasure-ordered' | 'disposal-ordered', subject: SubjectRef | undefined, data: Record<string, unknown>) {
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
