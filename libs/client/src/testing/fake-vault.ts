import { createHash, randomUUID } from 'node:crypto';
import type { SubjectRef } from '@lethe/kernel';
import {
  admit,
  clauseOf,
  disposalOf,
  eraseScope,
  Fixed,
  type Admission,
  type AdmissionFacts,
  type EraseScope,
  type FieldValue,
  type Holding,
  type Pack,
  type RefusalCode,
  type SubjectFacts,
} from '@lethe/policy';
import type { Submission, SubmissionAnswer } from '../lethe.ts';
import type { FakeConsents } from './fake-consents.ts';
import type { FakePart } from './fake-opening.ts';

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

/** What a fake keeps of people: submissions admitted by the pack's rules, in the clear, each part until its day. */
export class FakeVault {
  #parts: FakePart[] = [];
  /** Whose each matter is: the person it was first admitted for. */
  readonly #owners = new Map<string, string>();
  readonly #anchors = new Map<string, Record<string, Date>>();
  readonly #states = new Map<string, SubjectFacts['state']>();
  readonly #answers = new Map<string, { readonly body: string; readonly answer: SubmissionAnswer }>();

  constructor(
    private readonly pack: Pack,
    private readonly consents: FakeConsents,
    /** Refs that stand for somebody now. */
    private readonly named: () => Iterable<string>,
    private readonly region: string | undefined,
  ) {}

  get parts(): readonly FakePart[] {
    return this.#parts;
  }

  isErased(subject: string): boolean {
    return this.#states.get(subject) === 'erased';
  }

  /** Lets go of what is past its day; answers what went. */
  dispose(today: string): FakePart[] {
    return this.#drop(({ day }) => day !== undefined && day <= today);
  }

  /** Lets go of what was kept on this consent; answers what went. */
  withdraw(subject: string, purpose: string): FakePart[] {
    return this.#drop(({ plan }) => plan.subject === subject && plan.compartment === `consent.${purpose}`);
  }

  /** Restricts what the pack keeps in spite of an erasure and lets go of the rest; answers what went. */
  erase(subject: string, now: Date): { readonly scope: EraseScope; readonly gone: readonly FakePart[] } {
    const scope = eraseScope(this.pack, this.#holdings(subject), now);
    const mine = this.#parts.filter(({ plan }) => plan.subject === subject);
    const stays = ({ plan }: FakePart) =>
      scope.restrict.some((one) => one.compartment === plan.compartment && one.class === plan.class);
    for (const part of mine.filter(stays)) part.restricted = true;
    const gone = this.#drop((part) => part.plan.subject === subject && !stays(part));
    this.#states.set(subject, 'erased');
    return { scope, gone };
  }

  anchor(matter: string, anchor: string, at: Date): void {
    this.#anchors.set(matter, { ...this.#anchors.get(matter), [anchor]: at });
    for (const part of this.#parts) {
      if (part.matter !== matter || part.plan.disposal.anchor !== anchor) continue;
      const { day, floor } = disposalOf(this.pack, part.plan.class, at);
      Object.assign(part, { day, floor });
    }
  }

  clear(): void {
    this.#parts = [];
  }

  #drop(goes: (part: FakePart) => boolean): FakePart[] {
    const gone = this.#parts.filter(goes);
    this.#parts = this.#parts.filter((part) => !gone.includes(part));
    return gone;
  }

  collect(submission: Submission, now: Date): SubmissionAnswer {
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
    const { subjects, ...rest } = this.facts();
    const named = new Set<string>([...this.named(), ...this.#states.keys()]);
    const strangers = [submission, ...(submission.others ?? [])].filter(({ subject }) => !named.has(subject));
    const facts: AdmissionFacts = {
      ...rest,
      subjects: { ...subjects, ...Object.fromEntries(strangers.map(({ subject }) => [subject, STRANGER])) },
      ...(submission.matter === undefined ? {} : { matter: { anchors: anchors ?? {} } }),
      region: this.region,
    };
    const cited = (ground: Submission['exception']) => ground && { ...ground, evidence: ground.evidence ?? [] };
    const { source } = submission;
    const whole = {
      ...submission,
      source: source && { ...source, attestations: source.attestations ?? [], covers: source.covers ?? [] },
      exception: cited(submission.exception),
      abroad: cited(submission.abroad),
      declarations: submission.declarations ?? [],
      others: submission.others ?? [],
    };
    const admission = admit(this.pack, facts, whole, now);
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
        : this.#keep(id, submission, admission, now);
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
    { region, parts: plans, fields = submission.fields, pseudonyms, dropped }: Extract<Admission, { kind: 'admitted' }>,
    now: Date,
  ): SubmissionAnswer {
    const record = randomUUID();
    const collectedAt = submission.collectedAt === undefined ? now : new Date(submission.collectedAt);
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
        region,
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

  facts(): AdmissionFacts {
    const known = this.consents.people;
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
}
