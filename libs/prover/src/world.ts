import { http } from '@lethe/contracts';
import type { Submission, SubmissionAnswer } from '@lethe/client';
import { Fault, type MatterId, type SubjectRef } from '@lethe/kernel';
import type { Pack, Purpose } from '@lethe/policy';
import type { Doors } from './doors.ts';
import { Disproof } from './step.ts';
import { instantOf } from './time.ts';
import { usualOf, type Value } from './usual.ts';

/** What was answered last, whichever door it was. */
export interface Answered {
  readonly yes: boolean;
  readonly code?: string | undefined;
  readonly clause?: string | undefined;
  readonly field?: string | undefined;
  readonly said: Readonly<Record<string, unknown>>;
  /** The door could not answer now. */
  readonly later?: boolean;
}

type Refusal = { readonly code: string; readonly clause?: string | undefined; readonly field?: string | undefined };

/** Whether there is a basis nobody can say now: not remembered, and judged anew when it is submitted again. */
const UNCERTAIN = 'basis-uncertain';
/** How long a door that cannot answer now is asked again, and how often; milliseconds of machine time. */
const ASKED_AGAIN_FOR_MS = 120_000;
const ASK_AGAIN_MS = 500;

/** One scenario: its own tenant, its own clock, its people, and the last answer. */
export class World {
  readonly #people = new Map<string, SubjectRef>();
  readonly #matters = new Map<string, MatterId>();
  readonly #kept = new Set<string>();
  #submitted: Submission | undefined;
  #record: string | undefined;
  #answered: Answered | undefined;
  #keys = 0;
  /** What the next submission says beside its fields. */
  saying: Record<string, unknown> = {};
  /** What the next submission says about other people. */
  others: { readonly subject: SubjectRef; readonly declaration: string; readonly fields: Record<string, Value> }[] = [];

  /** Submissions go through the platform's topic instead of over HTTP. */
  throughLog = false;

  /** The last approval for one of the staff. */
  approval: string | undefined;

  constructor(
    readonly pack: Pack,
    readonly doors: Doors,
  ) {}

  get answered(): Answered {
    if (this.#answered === undefined) throw new Disproof('nothing has been asked or submitted yet');
    return this.#answered;
  }

  get hasAnswer(): boolean {
    return this.#answered !== undefined;
  }

  /** @throws Disproof where the pack has no such purpose */
  purpose(name: string): Purpose {
    const purpose = this.pack.purposes.get(name);
    if (purpose === undefined) throw new Disproof(`the pack declares no purpose "${name}"`);
    return purpose;
  }

  async person(name: string): Promise<SubjectRef> {
    const known = this.#people.get(name);
    if (known !== undefined) return known;
    const { subject } = await this.doors.ask('backend', http.SubjectOf, { body: { userId: `scenario ${name}` } });
    this.#people.set(name, subject);
    return subject;
  }

  async matter(subject: SubjectRef, kind: string, id = kind): Promise<MatterId> {
    const key = `${subject} ${kind} ${id}`;
    const known = this.#matters.get(key);
    if (known !== undefined) return known;
    const { matter } = await this.doors.ask('backend', http.MatterOf, { body: { subject, kind, platformId: id } });
    this.#matters.set(key, matter);
    return matter;
  }

  clock(text: string): Promise<void> {
    return this.doors.clock(instantOf(text, this.pack.zone));
  }

  /** Submits as a platform does; what the scenario does not say is as the purpose asks. */
  async submit(person: string, purpose: string, fields: Record<string, Value>): Promise<void> {
    await this.#send(await this.submission(await this.person(person), purpose, fields));
  }

  /** What a platform sends for it, as the scenario says, and where it says nothing as the purpose asks. */
  async submission(subject: SubjectRef, purpose: string, fields: Record<string, Value>): Promise<Submission> {
    const declared = this.pack.purposes.get(purpose);
    const usual = declared === undefined ? undefined : usualOf(this.pack, declared, Object.keys(fields));
    const kind = 'matter' in this.saying ? this.saying['matter'] : usual?.matter;
    const { matter: _, ...saying } = this.saying;
    // A scenario may say what no contract knows: the door judges it. What it says nothing about (`-`) does not travel.
    return {
      idempotencyKey: `scenario-${String((this.#keys += 1)).padStart(4, '0')}`,
      subject,
      purpose,
      ...(usual?.notice === undefined ? {} : { notice: usual.notice }),
      declarations: usual?.declarations ?? [],
      ...(usual?.region === undefined ? {} : { region: usual.region }),
      ...(typeof kind === 'string' ? { matter: await this.matter(subject, ...matterName(kind)) } : {}),
      ...saying,
      fields,
      others: this.others,
    } as unknown as Submission;
  }

  /** Sends what many people submit at once, all of which has to be admitted. @returns the answers @throws Disproof for the first that is refused */
  async submitTogether(submissions: readonly Submission[]): Promise<readonly SubmissionAnswer[]> {
    this.saying = {};
    const end = performance.now() + ASKED_AGAIN_FOR_MS;
    let answers: readonly SubmissionAnswer[];
    for (;;) {
      ({ answers } = await this.doors.ask('backend', http.Collect, { body: { submissions: [...submissions] } }));
      const later = answers.some((each) => each.outcome === 'refused' && each.refusal.code === UNCERTAIN);
      if (!later || performance.now() > end) break;
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
    for (const answer of answers)
      if (answer.outcome === 'refused') throw new Disproof(`one of them was refused with "${answer.refusal.code}"`);
    return answers;
  }

  /** The last submission, under the same idempotency key. */
  async submitAgain(): Promise<void> {
    await this.#send(this.submitted);
  }

  async #send(submission: Submission): Promise<void> {
    this.saying = {};
    this.others = [];
    this.#submitted = submission;
    await this.asking(async () => {
      const answer = await this.#tell(submission);
      this.#record = answer.outcome === 'admitted' ? answer.record : undefined;
      if (answer.outcome === 'admitted') this.#kept.add(answer.record);
      return answer.outcome === 'refused' ? no(answer.refusal, answer) : yes(answer);
    });
  }

  async #tell(submission: Submission): Promise<SubmissionAnswer> {
    if (this.throughLog) return (await this.doors.log()).submit(submission);
    const { answers } = await this.doors.ask('backend', http.Collect, { body: { submissions: [submission] } });
    return answers[0]!;
  }

  /** @throws Disproof where nothing has been */
  get submitted(): Submission {
    if (this.#submitted === undefined) throw new Disproof('nothing has been submitted yet');
    return this.#submitted;
  }

  /** The record of the last submission. @throws Disproof where it was refused */
  get record(): string {
    if (this.#record === undefined) throw new Disproof('the last submission was not admitted');
    return this.#record;
  }

  /** The last act of consent that was recorded. */
  consent: string | undefined;

  close(): Promise<void> {
    return this.doors.close();
  }

  /**
   * Puts one question; a door that refuses to answer is an answer too. One that cannot answer now (503), or cannot say now whether
   * there is a basis, says nothing about the pack and is asked again, as a platform would.
   */
  async asking(ask: () => Promise<Answered>): Promise<void> {
    const end = performance.now() + ASKED_AGAIN_FOR_MS;
    for (;;) {
      this.#answered = await this.#once(ask);
      const { later = false, code } = this.#answered;
      if (!(later || code === UNCERTAIN) || performance.now() > end) return;
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }

  async #once(ask: () => Promise<Answered>): Promise<Answered> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Fault) || error.code.startsWith('client/') || error.code.startsWith('prover/'))
        throw error;
      const later = error.kind === 'unavailable' && error.code !== 'platform/mistake';
      return { yes: false, code: error.code, field: error.field, said: {}, later };
    }
  }

  /** Records of the last submission’s person and purpose that no answer has admitted, and values that are kept. */
  async unanswered(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { subject, purpose } = this.submitted;
    const { parts } = await this.doors.ask('backend', http.Access, { body: { subject } });
    return parts.filter((part) => part.purpose === purpose && !this.#kept.has(part.record)).map(({ fields }) => fields);
  }

  /** Where the person’s own copy says that the last submission lies. */
  async regions(): Promise<ReadonlySet<string>> {
    const { subject } = this.submitted;
    const { parts } = await this.doors.ask('backend', http.Access, { body: { subject } });
    const record = this.#record;
    return new Set(parts.flatMap((part) => (part.record === record ? [part.region ?? 'nowhere'] : [])));
  }

  /** What the person’s own copy shows of the last submission. */
  async kept(): Promise<Record<string, unknown>> {
    const { subject } = this.submitted;
    const { parts } = await this.doors.ask('backend', http.Access, { body: { subject } });
    const record = this.#record;
    return Object.assign({}, ...parts.filter((part) => part.record === record).map(({ fields }) => fields)) as Record<
      string,
      unknown
    >;
  }
}

export const yes = (said: object): Answered => ({ yes: true, said: { ...said } });
export const no = ({ code, clause, field }: Refusal, said: object = {}): Answered => ({
  yes: false,
  code,
  clause,
  field,
  said: { ...said },
});

/** `order`, or `order 2` for another one of that kind. */
export const matterName = (text: string): [kind: string, id: string] => {
  const [kind = text, id = kind] = text.split(' ');
  return [kind, id];
};
